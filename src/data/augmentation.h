#pragma once

#include <array>
#include <optional>
#include <span>

#include "core/random.h"
#include "core/shape.h"
#include "data/elastic_field.h"
#include "data/retouch.h"

namespace inkling {

/// How far an image may be moved at random, anew each time it is seen, and how it is mixed with others. The affine
/// map's are the most, either way; 0 is none.
struct AugmentationSpec {
    float rotation = 0;         // degrees
    float scale = 0;            // share of the size: 0.1 is 90% to 110%
    float shear = 0;            // pixels sideways for each pixel of height
    float translation = 0;      // pixels, along each axis
    float elastic_alpha = 0;    // pixels; see ElasticField
    float elastic_sigma = 4;    // pixels
    float perspective = 0;      // how much larger one border may look than the opposite one, along each axis
    float thickness = 0;        // see thicken(); drawn either way
    float blur = 0;             // see blur()
    float erasing = 0;          // the chance that a patch is erased
    float erasing_side = 0.4f;  // of the patch, at most, in the image's
    float noise = 0;            // its deviation; see add_noise()
    float mixup = 0;            // Beta's alpha, as cutmix's; see Mix
    float cutmix = 0;
    float mix_probability = 1;  // of a batch being mixed, if any is

    bool distorts() const {
        return rotation > 0 || scale > 0 || shear > 0 || translation > 0 || elastic_alpha > 0 || perspective > 0 ||
               thickness > 0 || blur > 0 || erasing > 0 || noise > 0;
    }
    bool mixes() const { return (mixup > 0 || cutmix > 0) && mix_probability > 0; }
    bool active() const { return distorts() || mixes(); }
};

/// A fixed move of an image: turned about its centre, then shifted.
struct Placement {
    float rotation = 0;  // degrees
    float x = 0;         // pixels to the right
    float y = 0;         // pixels down

    bool moves() const { return rotation != 0 || x != 0 || y != 0; }
};

/// Placements at which an image is looked at where one look is not enough: as it is, a pixel aside each way, turned by
/// five degrees either way, a pixel aside along both axes; never mirrored, for few characters stay what they are.
inline constexpr std::array<Placement, 11> kViews{{{0, 0, 0},
                                                   {0, 1, 0},
                                                   {0, -1, 0},
                                                   {0, 0, 1},
                                                   {0, 0, -1},
                                                   {5, 0, 0},
                                                   {-5, 0, 0},
                                                   {0, 1, 1},
                                                   {0, -1, -1},
                                                   {0, 1, -1},
                                                   {0, -1, 1}}};

/// Distorts images of one shape as a spec says: an affine map about the image's centre, seen in perspective, and an
/// elastic displacement of each pixel, in one pass with bilinear interpolation; then strokes become bolder or finer,
/// all blurs, noise is added, a patch is erased. What comes from outside the image is background.
/// P. Simard et al., "Best practices for convolutional neural networks", 2003; Z. Zhong et al., "Random erasing data
/// augmentation", 2017.
class Distortion {
  public:
    Distortion(const AugmentationSpec& spec, const Shape& shape);

    /// Floats of scratch that apply() needs.
    std::size_t scratch_size() const;

    /// Writes `image`, (channels, height, width), to `output` under a map drawn from `random`. May be called by several
    /// threads at once, each with its own scratch.
    void apply(std::span<const float> image, const Greys& greys, RandomStream random, std::span<float> scratch,
               float* output) const;

    /// The same at a fixed placement, whatever the spec.
    void place(std::span<const float> image, const Greys& greys, const Placement& placement, std::span<float> scratch,
               float* output) const;

  private:
    /// Where in the image an output pixel comes from: offsets from the centre are mapped by the matrix, then moved.
    struct AffineMap {
        float xx, xy, yx, yy;
        float x, y;
    };
    /// What is drawn behind the affine map and the elastic field.
    struct Touches {
        float tilt_x = 0;  // a pixel at the right border comes from as much further out
        float tilt_y = 0;  // likewise, at the lower one
        float thickness = 0;
        float blur = 0;
        float noise = 0;
        Patch erased = {};
    };
    static AffineMap draw_map(const AugmentationSpec& spec, RandomStream& random);
    Touches draw_touches(RandomStream& random) const;
    /// `field` is the elastic one's, drawn before; empty: none. `random` goes on to the noise of each pixel.
    void apply(std::span<const float> image, const Greys& greys, const AffineMap& map, std::span<float> field,
               const Touches& touches, RandomStream random, std::span<float> scratch, float* output) const;

    AugmentationSpec spec_;
    Shape shape_;
    std::optional<ElasticField> elastic_;
};

}  // namespace inkling
