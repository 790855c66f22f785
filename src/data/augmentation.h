#pragma once

#include <optional>
#include <span>

#include "core/random.h"
#include "core/shape.h"
#include "data/elastic_field.h"

namespace inkling {

/// How far an image may be moved at random, anew each time it is seen. The affine map's are the most, either way; 0 is
/// none.
struct AugmentationSpec {
    float rotation = 0;       // degrees
    float scale = 0;          // share of the size: 0.1 is 90% to 110%
    float shear = 0;          // pixels sideways for each pixel of height
    float translation = 0;    // pixels, along each axis
    float elastic_alpha = 0;  // pixels; see ElasticField
    float elastic_sigma = 4;  // pixels

    bool active() const { return rotation > 0 || scale > 0 || shear > 0 || translation > 0 || elastic_alpha > 0; }
};

/// Distorts images of one shape as a spec says: an affine map about the image's centre and an elastic displacement of
/// each pixel, in one pass with bilinear interpolation. What comes from outside the image is background.
/// P. Simard et al., "Best practices for convolutional neural networks", 2003.
class Distortion {
  public:
    Distortion(const AugmentationSpec& spec, const Shape& shape);

    /// Floats of scratch that apply() needs.
    std::size_t scratch_size() const;

    /// Writes `image`, (channels, height, width), to `output` under a map drawn from `random`. May be called by several
    /// threads at once, each with its own scratch.
    void apply(std::span<const float> image, float background, RandomStream random, std::span<float> scratch,
               float* output) const;

  private:
    AugmentationSpec spec_;
    Shape shape_;
    std::optional<ElasticField> elastic_;
};

}  // namespace inkling
