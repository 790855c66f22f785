#include "data/image_measures.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace inkling {
namespace {

/// The total variation of an image, 0 to 1 a pixel: the length of its edges, however soft they are.
double edge_length(std::span<const std::uint8_t> image, std::size_t width) {
    const auto grey = [&](std::size_t at) { return at < image.size() ? image[at] / 255.0 : 0.0; };
    double length = 0;
    for (std::size_t at = 0; at < image.size(); ++at) {
        const double across = (at % width + 1 < width ? grey(at + 1) : 0.0) - grey(at);
        const double down = grey(at + width) - grey(at);
        length += std::sqrt(across * across + down * down);
    }
    return length;
}

}  // namespace

ImageMeasures measure_images(const Dataset& data) {
    ImageMeasures measures;
    const std::size_t pixels = data.shape.pixels();
    std::vector<std::uint64_t> sums(pixels);
    std::array<std::uint64_t, 16> counts{};
    for (std::size_t i = 0; i < data.size(); ++i) {
        const auto image = data.image(i);
        for (std::size_t k = 0; k < pixels; ++k) {
            sums[k] += image[k];
            ++counts[image[k] / 16];
        }
        const double area = std::accumulate(image.begin(), image.end(), 0.0) / 255;
        measures.ink.push_back(static_cast<float>(area / static_cast<double>(pixels)));
        const double edge = edge_length(image, static_cast<std::size_t>(data.shape.width));
        measures.stroke_width.push_back(static_cast<float>(edge > 0 ? 2 * area / edge : 0));
    }
    for (const std::uint64_t sum : sums) measures.mean_image.push_back(static_cast<std::uint8_t>(sum / data.size()));
    for (std::size_t k = 0; k < counts.size(); ++k)
        measures.greys[k] = static_cast<double>(counts[k]) / static_cast<double>(pixels * data.size());
    return measures;
}

Spread spread_of(std::vector<float> values) {
    std::sort(values.begin(), values.end());
    const auto quantile = [&](double part) {
        return static_cast<double>(values[static_cast<std::size_t>(part * static_cast<double>(values.size() - 1))]);
    };
    return {.mean = std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size()),
            .low = quantile(0.05),
            .median = quantile(0.5),
            .high = quantile(0.95)};
}

}  // namespace inkling
