#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "data/dataset.h"
#include "pictures/grey_picture.h"

namespace inkling {

/// How a page is written and photographed. Greys are 0 to 1, lengths are in heights of a capital.
struct PageCondition {
    const char* name;
    int height = 48;       // of a capital, in pixels
    double paper = 0.92;   // grey
    double ink = 0.15;     // grey
    double shade = 0;      // share of the light that is gone in the darkest corner
    double shadow = 0;     // share of the light that is gone behind an edge through the page
    double noise = 0.02;   // deviation of a pixel's grey
    double rules = 0;      // share of the light that rules take on which one writes
    double squares = 0;    // share of the light that the lines of squared paper take
    double turn = 0;       // degrees
    double spacing = 0.2;  // between characters
    double lean = 0;       // degrees, to the right
    int columns = 1;       // of text, side by side
    bool stops = false;    // full stops, commas and dashes stand there, which are no characters
};

std::span<const PageCondition> page_conditions();

/// The words that pages are of, with spaces between them.
std::string page_words();

/// A page, and what is written there: words with spaces between them, each line with its end.
struct RenderedPage {
    GreyPicture picture;
    std::string text;
};

/// A page of English words and numbers, in capitals or small letters, of real characters drawn by `seed` from those of
/// a data set with the classes of EMNIST Balanced. Each is written by another hand.
RenderedPage render_page(const Dataset& characters, const PageCondition& condition, std::uint32_t seed);

}  // namespace inkling
