#pragma once

#include <span>
#include <vector>

#include "handwriting/glyphs.h"

namespace inkling {

/// The pen's way along a stroke's knots: points about `step` apart, of lines and of cubic Bezier curves whose tangents
/// at smooth knots follow from the neighbours'.
std::vector<Point> trace_stroke(std::span<const Knot> stroke, float step);

/// What becomes of a way when the hand is fast: each point gives way to a mean of its neighbours, weighted by a
/// Gaussian of `sigma` points, so that corners turn round and loops shrink. Ends stay.
void smooth_path(std::vector<Point>& path, float sigma);

}  // namespace inkling
