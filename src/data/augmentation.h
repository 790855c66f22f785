#pragma once

#include <span>

#include "core/random.h"
#include "core/shape.h"

namespace inkling {

/// How far an image may be moved at random, anew each time it is seen. All are the most, either way; 0 is none.
struct AugmentationSpec {
    float rotation = 0;     // degrees
    float scale = 0;        // share of the size: 0.1 is 90% to 110%
    float shear = 0;        // pixels sideways for each pixel of height
    float translation = 0;  // pixels, along each axis

    bool active() const { return rotation > 0 || scale > 0 || shear > 0 || translation > 0; }
};

/// Floats of scratch that distort_image() needs.
std::size_t distortion_scratch_size(const Shape& shape);

/// Writes `image`, (channels, height, width), to `output` under an affine map drawn from `random`, about the image's
/// centre, with bilinear interpolation. What comes from outside the image is `background`.
/// P. Simard et al., "Best practices for convolutional neural networks", 2003.
void distort_image(const AugmentationSpec& spec, std::span<const float> image, const Shape& shape, float background,
                   RandomStream random, std::span<float> scratch, float* output);

}  // namespace inkling
