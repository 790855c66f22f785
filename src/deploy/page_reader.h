#pragma once

#include <string>
#include <vector>

#include "deploy/character_reader.h"
#include "pictures/page.h"

namespace inkling {

/// A character of a page, as it was read.
struct PageCharacter {
    PictureBox box;  // in the picture
    Reading reading;
};

/// What stands between two spaces.
struct PageWord {
    std::vector<PageCharacter> characters;
    std::string text;  // the likeliest class of each
};

/// A page as it was read: its lines from top to bottom, their words from left to right.
struct PageReading {
    std::vector<std::vector<PageWord>> lines;

    /// Words with spaces between them, each line with its end.
    std::string text() const;
};

/// Reads a page of writing. Of all ways to make characters of the pieces of a line, that one is taken whose characters
/// the network is surest of in sum, less what it costs to cut a mark and to join two (shortest path; R. Casey, E.
/// Lecolinet, "A survey of methods and strategies in character segmentation", 1996). A gap is a space where it is wide
/// among the page's. Throws Error (bad data) as segment_page() does.
PageReading read_page(const GreyPicture& picture, CharacterReader& reader, const std::vector<std::string>& class_names,
                      const std::string& name);

}  // namespace inkling
