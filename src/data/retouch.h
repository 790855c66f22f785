#pragma once

#include <span>

#include "core/random.h"
#include "core/shape.h"

namespace inkling {

/// The values that black and white have in an image.
struct Greys {
    float black = 0;
    float white = 1;
};

// What happens to an image's plane, (height, width), once it stands where it shall. `scratch` holds a plane.

/// Makes strokes bolder, amount up to 1, or finer, down to -1: each pixel moves that part of the way to the brightest,
/// or darkest, of itself and its four neighbours (grey dilation and erosion).
void thicken(std::span<float> plane, const Shape& shape, float amount, std::span<float> scratch);

/// Moves each pixel `amount`, 0 to 1, of the way to the mean of itself and its neighbours, up to eight.
void blur(std::span<float> plane, const Shape& shape, float amount, std::span<float> scratch);

/// Adds Gaussian noise to each pixel; `deviation` is in parts of the way from black to white, at which values end.
void add_noise(std::span<float> plane, float deviation, const Greys& greys, RandomStream& random);

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
