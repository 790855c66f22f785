#include "data/augmentation.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace inkling {
namespace {

/// Where in the image an output pixel comes from: offsets from the centre are mapped by the matrix, then moved.
struct AffineMap {
    float xx, xy, yx, yy;
    float x, y;
};

AffineMap draw_map(const AugmentationSpec& spec, RandomStream& random) {
    const float angle = random.uniform(-spec.rotation, spec.rotation) * std::numbers::pi_v<float> / 180;
    const float size = 1 / (1 + random.uniform(-spec.scale, spec.scale));
    const float shear = random.uniform(-spec.shear, spec.shear);
    const float cosine = size * std::cos(angle);
    const float sine = size * std::sin(angle);
    // Rotation and size, after a shear along x.
    return {.xx = cosine,
            .xy = cosine * shear - sine,
            .yx = sine,
            .yy = sine * shear + cosine,
            .x = random.uniform(-spec.translation, spec.translation),
            .y = random.uniform(-spec.translation, spec.translation)};
}

/// A plane with a border of one pixel, so that every clamped position has its four neighbours.
class BorderedPlane {
  public:
    BorderedPlane(std::span<const float> plane, const Shape& shape, float background, std::span<float> memory)
        : height_(shape.height), width_(shape.width), stride_(shape.width + 2), values_(memory) {
        std::fill(values_.begin(), values_.end(), background);
        for (int y = 0; y < height_; ++y)
            std::copy_n(&plane[static_cast<std::size_t>(y) * width_], width_,
                        &values_[static_cast<std::size_t>(y + 1) * stride_ + 1]);
    }

    float at(float x, float y) const {
        // Further out there is only background, and the last whole step must leave room for a right and a lower one.
        x = std::clamp(x + 1, 0.0f, static_cast<float>(width_) + 0.999f);
        y = std::clamp(y + 1, 0.0f, static_cast<float>(height_) + 0.999f);
        const int left = static_cast<int>(x);
        const int top = static_cast<int>(y);
        const float right_share = x - static_cast<float>(left);
        const float lower_share = y - static_cast<float>(top);
        const float* corner = &values_[static_cast<std::size_t>(top) * stride_ + left];
        const float upper = corner[0] + right_share * (corner[1] - corner[0]);
        const float lower = corner[stride_] + right_share * (corner[stride_ + 1] - corner[stride_]);
        return upper + lower_share * (lower - upper);
    }

  private:
    int height_;
    int width_;
    int stride_;
    std::span<float> values_;
};

}  // namespace

std::size_t distortion_scratch_size(const Shape& shape) {
    return static_cast<std::size_t>(shape.height + 2) * (shape.width + 2);
}

void distort_image(const AugmentationSpec& spec, std::span<const float> image, const Shape& shape, float background,
                   RandomStream random, std::span<float> scratch, float* output) {
    const AffineMap map = draw_map(spec, random);
    const float centre_x = static_cast<float>(shape.width - 1) / 2;
    const float centre_y = static_cast<float>(shape.height - 1) / 2;
    for (int channel = 0; channel < shape.channels; ++channel) {
        const BorderedPlane plane(image.subspan(channel * shape.pixels(), shape.pixels()), shape, background,
                                  scratch.first(distortion_scratch_size(shape)));
        for (int y = 0; y < shape.height; ++y) {
            const float dy = static_cast<float>(y) - centre_y;
            for (int x = 0; x < shape.width; ++x) {
                const float dx = static_cast<float>(x) - centre_x;
                *output++ = plane.at(centre_x + map.x + map.xx * dx + map.xy * dy,
                                     centre_y + map.y + map.yx * dx + map.yy * dy);
            }
        }
    }
}

}  // namespace inkling
