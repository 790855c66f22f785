#pragma once

#include <vector>

#include "pictures/page.h"

namespace inkling {

/// Deals a page's marks into blocks that are read one after another: columns of text side by side from left to right,
/// between what stands above and below them. Columns are both five heights wide and four high at least, which two
/// lines are not, with a gap of one and a half between them; what is narrower, such as the cells of a table, is read
/// line by line.
std::vector<std::vector<PagePiece>> find_blocks(std::vector<PagePiece> marks, double height);

}  // namespace inkling
