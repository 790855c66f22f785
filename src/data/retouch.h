#pragma once

#include <span>

#include "core/shape.h"

namespace inkling {

// What happens to an image's plane, (height, width), once it stands where it shall. `scratch` holds a plane.

/// Makes strokes bolder, amount up to 1, or finer, down to -1: each pixel moves that part of the way to the brightest,
/// or darkest, of itself and its four neighbours (grey dilation and erosion).
void thicken(std::span<float> plane, const Shape& shape, float amount, std::span<float> scratch);

/// Moves each pixel `amount`, 0 to 1, of the way to the mean of itself and its neighbours, up to eight.
void blur(std::span<float> plane, const Shape& shape, float amount, std::span<float> scratch);

/// A part of a plane: pixels from `left` and `top` on, as many as there are within it.
struct Patch {
    int left = 0;
    int top = 0;
    int width = 0;
    int height = 0;
};

/// Fills a patch.
void erase(std::span<float> plane, const Shape& shape, const Patch& patch, float background);

}  // namespace inkling
