#include "data/augmentation.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace inkling {
namespace {

float radians(float degrees) { return degrees * std::numbers::pi_v<float> / 180; }

/// A plane with a border of one pixel, so that every clamped position has its four neighbours.
class BorderedPlane {
  public:
    static std::size_t size(const Shape& shape) {
        return static_cast<std::size_t>(shape.height + 2) * (shape.width + 2);
    }

    BorderedPlane(std::span<const float> plane, const Shape& shape, float background, std::span<float> memory)
        : height_(shape.height), width_(shape.width), stride_(shape.width + 2), values_(memory) {
        std::fill(values_.begin(), values_.end(), background);
        for (int y = 0; y < height_; ++y)
            std::copy_n(&plane[static_cast<std::size_t>(y) * width_], width_,
                        &values_[static_cast<std::size_t>(y + 1) * stride_ + 1]);
    }

    /// The interpolated values at `count` positions.
    void sample(const float* __restrict xs, const float* __restrict ys, int count, float* __restrict output) const {
        const float* __restrict values = values_.data();
        // Further out there is only background, and the last whole step must leave room for a right and a lower one.
        const float most_x = static_cast<float>(width_) + 0.999f;
        const float most_y = static_cast<float>(height_) + 0.999f;
        for (int i = 0; i < count; ++i) {
            const float x = std::min(std::max(xs[i] + 1, 0.0f), most_x);
            const float y = std::min(std::max(ys[i] + 1, 0.0f), most_y);
            const int left = static_cast<int>(x);
            const int top = static_cast<int>(y);
            const float right_share = x - static_cast<float>(left);
            const float lower_share = y - static_cast<float>(top);
            const int corner = top * stride_ + left;
            const float upper = values[corner] + right_share * (values[corner + 1] - values[corner]);
            const float lower =
                values[corner + stride_] + right_share * (values[corner + stride_ + 1] - values[corner + stride_]);
            output[i] = upper + lower_share * (lower - upper);
        }
    }

  private:
    int height_;
    int width_;
    int stride_;
    std::span<float> values_;
};

}  // namespace

Distortion::AffineMap Distortion::draw_map(const AugmentationSpec& spec, RandomStream& random) {
    const float angle = radians(random.uniform(-spec.rotation, spec.rotation));
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

Distortion::Touches Distortion::draw_touches(RandomStream& random) const {
    Touches touches;
    if (spec_.perspective > 0) {
        touches.tilt_x = random.uniform(-spec_.perspective, spec_.perspective) / 2;
        touches.tilt_y = random.uniform(-spec_.perspective, spec_.perspective) / 2;
    }
    if (spec_.thickness > 0) touches.thickness = random.uniform(-spec_.thickness, spec_.thickness);
    if (spec_.blur > 0) touches.blur = random.uniform(0, spec_.blur);
    if (spec_.erasing > 0 && random.uniform() < spec_.erasing) {
        const auto side = [&](int whole) {
            return 1 + static_cast<int>(random.uniform(0, spec_.erasing_side) * static_cast<float>(whole));
        };
        Patch& patch = touches.erased;
        patch.width = side(shape_.width);
        patch.height = side(shape_.height);
        patch.left = static_cast<int>(random.below(static_cast<std::uint32_t>(shape_.width - patch.width + 1)));
        patch.top = static_cast<int>(random.below(static_cast<std::uint32_t>(shape_.height - patch.height + 1)));
    }
    if (spec_.noise > 0) touches.noise = random.uniform(0, spec_.noise);
    return touches;
}

Distortion::Distortion(const AugmentationSpec& spec, const Shape& shape) : spec_(spec), shape_(shape) {
    if (spec.elastic_alpha > 0) elastic_.emplace(spec.elastic_alpha, spec.elastic_sigma, shape);
}

std::size_t Distortion::scratch_size() const {
    return BorderedPlane::size(shape_) + 2 * ElasticField::padded_width(shape_.width) +
           (elastic_ ? elastic_->scratch_size() : 0);
}

void Distortion::apply(std::span<const float> image, const Greys& greys, RandomStream random, std::span<float> scratch,
                       float* output) const {
    const AffineMap map = draw_map(spec_, random);
    const std::size_t own = scratch_size() - (elastic_ ? elastic_->scratch_size() : 0);
    const std::span<float> field = elastic_ ? scratch.subspan(own) : std::span<float>();
    if (elastic_) elastic_->draw(random, field);
    const Touches touches = draw_touches(random);
    apply(image, greys, map, field, touches, random, scratch.first(own), output);
}

void Distortion::place(std::span<const float> image, const Greys& greys, const Placement& placement,
                       std::span<float> scratch, float* output) const {
    // Back from where the image stands to where its pixels are.
    const float cosine = std::cos(radians(placement.rotation));
    const float sine = std::sin(radians(placement.rotation));
    const AffineMap map{.xx = cosine,
                        .xy = sine,
                        .yx = -sine,
                        .yy = cosine,
                        .x = -(cosine * placement.x + sine * placement.y),
                        .y = sine * placement.x - cosine * placement.y};
    apply(image, greys, map, {}, {}, {0, Purpose::kAugmentation}, scratch, output);
}

void Distortion::apply(std::span<const float> image, const Greys& greys, const AffineMap& map, std::span<float> field,
                       const Touches& touches, RandomStream random, std::span<float> scratch, float* output) const {
    const std::size_t padded = ElasticField::padded_width(shape_.width);
    const auto plane_memory = scratch.first(BorderedPlane::size(shape_));
    float* const xs = scratch.data() + plane_memory.size();
    float* const ys = xs + padded;
    const float centre_x = static_cast<float>(shape_.width - 1) / 2;
    const float centre_y = static_cast<float>(shape_.height - 1) / 2;
    const bool tilts = touches.tilt_x != 0 || touches.tilt_y != 0;
    for (int channel = 0; channel < shape_.channels; ++channel) {
        const BorderedPlane plane(image.subspan(channel * shape_.pixels(), shape_.pixels()), shape_, greys.black,
                                  plane_memory);
        const std::span<float> made(output, shape_.pixels());
        for (int y = 0; y < shape_.height; ++y, output += shape_.width) {
            const float dy = static_cast<float>(y) - centre_y;
            for (std::size_t x = 0; x < padded; ++x) {
                const float dx = static_cast<float>(x) - centre_x;
                xs[x] = centre_x + map.x + map.xx * dx + map.xy * dy;
                ys[x] = centre_y + map.y + map.yx * dx + map.yy * dy;
            }
            for (std::size_t x = 0; tilts && x < padded; ++x) {
                const float across = xs[x] - centre_x;
                const float down = ys[x] - centre_y;
                const float further = touches.tilt_x * across / centre_x + touches.tilt_y * down / centre_y;
                xs[x] += further * across;
                ys[x] += further * down;
            }
            if (!field.empty()) elastic_->add_row(y, field, xs, ys);
            plane.sample(xs, ys, shape_.width, output);
        }
        if (touches.thickness != 0) thicken(made, shape_, touches.thickness, plane_memory);
        if (touches.blur > 0) blur(made, shape_, touches.blur, plane_memory);
        if (touches.noise > 0) add_noise(made, touches.noise, greys, random);
        erase(made, shape_, touches.erased, greys.black);
    }
}

}  // namespace inkling
