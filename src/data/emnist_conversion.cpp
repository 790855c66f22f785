#include "data/emnist_conversion.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace inkling {
namespace {

constexpr int kSide = 28;
constexpr int kBorder = 2;
constexpr int kBlurReach = 4;  // sigmas

/// Columns left .. right - 1, rows top .. bottom - 1.
struct Box {
    int left = 0;
    int top = 0;
    int right = 0;
    int bottom = 0;

    int width() const { return right - left; }
    int height() const { return bottom - top; }
};

/// A part of a picture, in floats; blank outside.
struct Plane {
    Box box;
    std::vector<float> values;

    explicit Plane(Box extent)
        : box(extent), values(static_cast<std::size_t>(extent.width()) * static_cast<std::size_t>(extent.height())) {}
    float* row(int y) { return values.data() + static_cast<std::ptrdiff_t>(y - box.top) * box.width(); }
    const float* row(int y) const { return values.data() + static_cast<std::ptrdiff_t>(y - box.top) * box.width(); }
};

/// The smallest box around all values for which is_ink(x, y) holds; empty where there is none.
template <class IsInk>
Box bounding_box(Box within, IsInk&& is_ink) {
    Box box{.left = within.right, .top = within.bottom, .right = within.left, .bottom = within.top};
    for (int y = within.top; y < within.bottom; ++y)
        for (int x = within.left; x < within.right; ++x) {
            if (!is_ink(x, y)) continue;
            box.left = std::min(box.left, x);
            box.right = std::max(box.right, x + 1);
            box.top = std::min(box.top, y);
            box.bottom = y + 1;
        }
    return box;
}

/// Gaussian with sigma 1, weights that add up to 1.
std::array<float, 2 * kBlurReach + 1> blur_kernel() {
    std::array<float, 2 * kBlurReach + 1> kernel{};
    float sum = 0;
    for (std::size_t k = 0; k < kernel.size(); ++k) {
        const float at = static_cast<float>(k) - kBlurReach;
        kernel[k] = std::exp(-0.5f * at * at);
        sum += kernel[k];
    }
    for (float& weight : kernel) weight /= sum;
    return kernel;
}

/// The blurred picture, as far as any ink reaches.
Plane blur(std::span<const std::uint8_t> pixels, int width, const Box& ink) {
    const auto kernel = blur_kernel();
    Plane across({ink.left - kBlurReach, ink.top, ink.right + kBlurReach, ink.bottom});
    for (int y = ink.top; y < ink.bottom; ++y) {
        float* out = across.row(y);
        for (int k = 0; k <= 2 * kBlurReach; ++k)
            for (int x = ink.left; x < ink.right; ++x)
                out[x - ink.left + k] += kernel[static_cast<std::size_t>(k)] *
                                         static_cast<float>(pixels[static_cast<std::size_t>(y) * width + x]);
    }
    Plane both({across.box.left, ink.top - kBlurReach, across.box.right, ink.bottom + kBlurReach});
    for (int y = ink.top; y < ink.bottom; ++y)
        for (int k = 0; k <= 2 * kBlurReach; ++k) {
            const float weight = kernel[static_cast<std::size_t>(k)];
            const float* in = across.row(y);
            float* out = both.row(y + k - kBlurReach);
            for (int x = 0; x < both.box.width(); ++x) out[x] += weight * in[x];
        }
    return both;
}

/// R. Keys, "Cubic convolution interpolation for digital image processing", 1981, with a = -0.5.
float cubic(float distance) {
    const float x = std::abs(distance);
    if (x >= 2) return 0;
    return x < 1 ? (1.5f * x - 2.5f) * x * x + 1 : ((-0.5f * x + 2.5f) * x - 4) * x + 2;
}

/// The weights of the samples that one line of output pixels is made of.
struct Taps {
    int first = 0;
    std::vector<float> weights;
};

/// For each of the 28 pixels: around `centre` lie so many samples a pixel, `scale`; samples are there for low ..
/// high-1.
std::array<Taps, kSide> resampling(float centre, float scale, int low, int high) {
    std::array<Taps, kSide> all;
    const float widening = std::max(1.0f, scale / 2);
    for (int i = 0; i < kSide; ++i) {
        const float place = centre + (static_cast<float>(i) + 0.5f - kSide / 2.0f) * scale - 0.5f;
        const int first = static_cast<int>(std::ceil(place - 2 * widening));
        const int last = static_cast<int>(std::floor(place + 2 * widening));
        float sum = 0;
        for (int s = first; s <= last; ++s) sum += cubic((static_cast<float>(s) - place) / widening);
        Taps& taps = all[static_cast<std::size_t>(i)];
        taps.first = std::clamp(first, low, high);
        for (int s = taps.first; s <= std::min(last, high - 1); ++s)
            taps.weights.push_back(cubic((static_cast<float>(s) - place) / widening) / sum);
    }
    return all;
}

std::array<float, kSide * kSide> resample(const Plane& picture, const Box& ink) {
    const float scale = static_cast<float>(std::max(ink.width(), ink.height())) / (kSide - 2 * kBorder);
    const Box& box = picture.box;
    const auto columns = resampling(0.5f * static_cast<float>(ink.left + ink.right), scale, box.left, box.right);
    const auto rows = resampling(0.5f * static_cast<float>(ink.top + ink.bottom), scale, box.top, box.bottom);
    std::vector<float> narrow(static_cast<std::size_t>(box.height()) * kSide);  // all rows, 28 columns
    for (int y = 0; y < box.height(); ++y)
        for (std::size_t i = 0; i < kSide; ++i) {
            const float* in = picture.row(box.top + y) + (columns[i].first - box.left);
            float sum = 0;
            for (std::size_t k = 0; k < columns[i].weights.size(); ++k) sum += columns[i].weights[k] * in[k];
            narrow[static_cast<std::size_t>(y) * kSide + i] = sum;
        }
    std::array<float, kSide * kSide> small{};
    for (std::size_t i = 0; i < kSide; ++i)
        for (std::size_t k = 0; k < rows[i].weights.size(); ++k) {
            const float weight = rows[i].weights[k];
            const float* in = narrow.data() + (static_cast<std::size_t>(rows[i].first - box.top) + k) * kSide;
            for (std::size_t x = 0; x < kSide; ++x) small[i * kSide + x] += weight * in[x];
        }
    return small;
}

}  // namespace

EmnistImage convert_to_emnist(std::span<const std::uint8_t> pixels, int width, int height) {
    EmnistImage image{};
    const Box any = bounding_box({0, 0, width, height},
                                 [&](int x, int y) { return pixels[static_cast<std::size_t>(y) * width + x] > 0; });
    if (any.width() <= 0) return image;
    const Plane soft = blur(pixels, width, any);
    const float half = 0.5f * *std::max_element(soft.values.begin(), soft.values.end());
    const Box ink = bounding_box(soft.box, [&](int x, int y) { return soft.row(y)[x - soft.box.left] >= half; });
    const auto values = resample(soft, ink);
    const float most = *std::max_element(values.begin(), values.end());
    for (std::size_t i = 0; i < image.size(); ++i)
        image[i] = static_cast<std::uint8_t>(std::lround(std::max(0.0f, values[i]) * (255 / most)));
    return image;
}

}  // namespace inkling
