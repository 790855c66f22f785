#pragma once

#include <span>
#include <vector>

#include "pictures/page.h"

namespace inkling {

/// How many pixels too far to the right the page's strokes go for each that they go up. What, taken out, makes the
/// longest strokes of the marks' columns is how they lean (as A. Vinciarelli, J. Luettin, "A new normalization
/// technique for cursive handwritten words", 2001, find it); what writing leans as a rule is none too many. 0 where it
/// is not clear.
double find_lean(std::span<const PagePiece> marks, double height);

/// The mark without that lean, where row `middle` of the page stays as it is.
PagePiece straightened(const PagePiece& mark, double lean, double middle);

}  // namespace inkling
