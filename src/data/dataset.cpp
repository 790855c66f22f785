#include "data/dataset.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace inkling {

const char* part_name(Part part) { return part == Part::kTrain ? "train" : "test"; }

Dataset subset(const Dataset& data, std::span<const std::uint32_t> indices) {
    Dataset part{.split = data.split,
                 .part = data.part,
                 .shape = data.shape,
                 .images = {},
                 .labels = {},
                 .class_names = data.class_names,
                 .files = data.files,
                 .stored = data.stored,
                 .read_as = data.read_as,
                 .assumed = data.assumed};
    part.images.reserve(indices.size() * data.shape.size());
    for (const std::uint32_t index : indices) {
        const auto image = data.image(index);
        part.images.insert(part.images.end(), image.begin(), image.end());
        part.labels.push_back(data.labels[index]);
        if (!data.writers.empty()) part.writers.push_back(data.writers[index]);
    }
    return part;
}

std::string describe_assumptions(const Dataset& data) {
    const std::string assumed = fmt::format("{}", fmt::join(data.assumed, "; "));
    if (data.read_as.empty()) return assumed.empty() ? "" : fmt::format("assumed of split {}: {}", data.split, assumed);
    return fmt::format("split {}: {}{}{}", data.split, data.read_as, assumed.empty() ? "" : "; assumed: ", assumed);
}

Normalization measure_normalization(const Dataset& data, std::span<const std::uint32_t> indices) {
    std::array<std::uint64_t, 256> counts{};
    const auto count_pixels = [&](std::size_t index) {
        for (const std::uint8_t pixel : data.image(index)) ++counts[pixel];
    };
    if (indices.empty())
        for (std::size_t i = 0; i < data.size(); ++i) count_pixels(i);
    else
        std::for_each(indices.begin(), indices.end(), count_pixels);

    double pixels = 0, sum = 0, squares = 0;
    for (std::size_t value = 0; value < counts.size(); ++value) {
        const auto count = static_cast<double>(counts[value]);
        const double scaled = static_cast<double>(value) / 255.0;
        pixels += count;
        sum += count * scaled;
        squares += count * scaled * scaled;
    }
    if (pixels == 0) return {};
    const double mean = sum / pixels;
    const double variance = squares / pixels - mean * mean;
    // Below a millionth of a grey step it is rounding, not contrast.
    const double deviation = variance > 1e-12 ? std::sqrt(variance) : 1.0;
    return {static_cast<float>(mean), static_cast<float>(deviation)};
}

std::vector<std::size_t> class_histogram(const Dataset& data) {
    std::vector<std::size_t> histogram(data.class_names.size());
    for (const std::uint8_t label : data.labels) ++histogram[label];
    return histogram;
}

}  // namespace inkling
