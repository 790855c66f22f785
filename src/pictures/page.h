#pragma once

#include <span>
#include <string>
#include <vector>

#include "data/emnist_conversion.h"
#include "pictures/page_ink.h"

namespace inkling {

/// A piece of a line's ink: a character, a part of one, or several that touch.
struct PagePiece {
    PictureBox box;       // on the upright page; of a line that leans, as if it did not
    GreyPicture ink;      // of the box's size, without what of others reaches into it
    bool is_cut = false;  // from the piece before it, with which it is one mark
};

/// A line of writing, its pieces from left to right.
struct PageLine {
    std::vector<PagePiece> pieces;
    double lean = 0;    // that was taken out: pixels to the right for each that a stroke goes up
    double middle = 0;  // the row of the upright page that stayed where it was

    /// The box on the upright page about what stands in a box of this line.
    PictureBox box_on_page(const PictureBox& box) const;
};

/// A page in lines, from top to bottom.
struct Page {
    PageInk ink;
    double height = 0;  // of a character as most are, in pixels of the upright page
    std::vector<PageLine> lines;
};

/// Cuts a page into lines and their pieces. Marks are 8-connected; the usual height is the median over their ink.
/// Columns of text side by side come one after another (page_columns.h). Marks join the line whose course they overlap
/// most, from left to right; what is small joins the nearest. Where the writing leans, that is taken out (page_lean.h).
/// What stands above one another is one piece, so that i has its dot; specks, full stops, commas, apostrophes and
/// dashes are left out. A piece that is wide enough for several characters is cut where few pixels hold it together:
/// more cuts than there are characters, for a network to choose among. Throws Error (bad data), which names the
/// picture, for more than 20,000 marks.
Page segment_page(const GreyPicture& picture, const std::string& name);

/// The box about pieces that follow one another.
PictureBox box_about(std::span<const PagePiece> pieces);

/// What a network is to read of pieces that follow one another, as one character.
EmnistImage image_of(std::span<const PagePiece> pieces);

}  // namespace inkling
