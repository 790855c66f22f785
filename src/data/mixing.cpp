#include "data/mixing.h"

#include <algorithm>
#include <cmath>

namespace inkling {
namespace {

/// The logarithm of a number of the distribution Gamma(alpha), which for small alpha may be less than any double.
double draw_log_gamma(double alpha, RandomStream& random) {
    // Of alpha + 1, so that the method holds for alpha below 1 too, and brought back at the end.
    const double d = alpha + 1 - 1.0 / 3;
    const double c = 1 / std::sqrt(9 * d);
    while (true) {
        const double x = random.normal();
        const double u = 1.0 - random.uniform();
        if (c * x <= -1) continue;
        const double v = std::pow(1 + c * x, 3);
        if (std::log(u) >= x * x / 2 + d * (1 - v + std::log(v))) continue;
        return std::log(d * v) + std::log(1.0 - random.uniform()) / alpha;
    }
}

/// The square of 1 - share about a point of the image, as much of it as is within.
Patch draw_patch(double share, const Shape& shape, RandomStream& random) {
    const double half = std::sqrt(1 - share) / 2;
    struct Extent {
        int begin;
        int length;
    };
    const auto draw = [&](int whole) {
        const int reach = static_cast<int>(half * whole);
        const int centre = static_cast<int>(random.below(static_cast<std::uint32_t>(whole)));
        const int begin = std::max(centre - reach, 0);
        return Extent{begin, std::min(centre + reach, whole) - begin};
    };
    const Extent across = draw(shape.width);
    const Extent down = draw(shape.height);
    return {.left = across.begin, .top = down.begin, .width = across.length, .height = down.length};
}

}  // namespace

double draw_beta(double alpha, RandomStream& random) {
    const double one = draw_log_gamma(alpha, random);
    const double other = draw_log_gamma(alpha, random);
    return 1 / (1 + std::exp(other - one));
}

Mix draw_mix(const AugmentationSpec& spec, const Shape& shape, RandomStream random) {
    if (random.uniform() >= spec.mix_probability) return {};
    const bool choice = random.uniform() < 0.5f;
    const bool cuts = spec.cutmix > 0 && (spec.mixup == 0 || choice);
    const double share = draw_beta(cuts ? spec.cutmix : spec.mixup, random);
    if (!cuts) return {.share = static_cast<float>(share)};
    const Patch patch = draw_patch(share, shape, random);
    const double cut = static_cast<double>(patch.width * patch.height) / static_cast<double>(shape.pixels());
    return {.share = static_cast<float>(1 - cut), .patch = patch};
}

void mix_images(const Mix& mix, const Shape& shape, std::span<float> one, std::span<float> other) {
    if (!mix.patch) {
        for (std::size_t i = 0; i < one.size(); ++i) {
            const float difference = one[i] - other[i];
            one[i] -= (1 - mix.share) * difference;
            other[i] += (1 - mix.share) * difference;
        }
        return;
    }
    const Patch& patch = *mix.patch;
    for (int channel = 0; channel < shape.channels; ++channel)
        for (int y = patch.top; y < patch.top + patch.height; ++y) {
            const auto row = channel * shape.pixels() + static_cast<std::size_t>(y * shape.width + patch.left);
            std::swap_ranges(&one[row], &one[row] + patch.width, &other[row]);
        }
}

}  // namespace inkling
