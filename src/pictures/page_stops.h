#pragma once

#include <vector>

#include "pictures/page.h"

namespace inkling {

/// A line's pieces, from left to right, without full stops, commas, apostrophes and dashes, which are no characters
/// that a network here knows, but would be taken for some: what is flat, and what is small and stands at the foot of
/// its neighbours or at their top.
std::vector<PagePiece> without_stops(std::vector<PagePiece> pieces, double height);

}  // namespace inkling
