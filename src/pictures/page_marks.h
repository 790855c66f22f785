#pragma once

#include <string>
#include <vector>

#include "pictures/page.h"

namespace inkling {

/// The 8-connected marks of a page's ink, as pieces. Throws Error (bad data), which names the page, where there are
/// more than 20,000.
std::vector<PagePiece> find_marks(const GreyPicture& ink, const std::string& name);

/// The marks' median height, each counted by its pixels; 0 where there are none.
double usual_height(const std::vector<PagePiece>& marks);

/// Deals marks into lines, from top to bottom. Leaves out what is too small to be told from a speck.
std::vector<PageLine> find_lines(std::vector<PagePiece> marks, double height);

/// The mean row of the marks' middles.
double mean_middle(const PageLine& line);

}  // namespace inkling
