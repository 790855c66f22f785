#include "data/orientation.h"

#include <algorithm>
#include <cmath>

#include "core/threads.h"
#include "data/idx.h"

namespace inkling {
namespace {

constexpr std::size_t kSide = kIdxImageShape.width;
constexpr std::size_t kPixels = kSide * kSide;

/// Mean of the pixels at an image's four sides.
double border_mean(std::span<const std::uint8_t> image) {
    constexpr std::size_t kBorder = 4 * (kSide - 1);
    double sum = 0;
    for (std::size_t i = 0; i + 1 < kSide; ++i)
        sum += image[i] + image[(kSide - 1) * kSide + i + 1] + image[(i + 1) * kSide] + image[i * kSide + kSide - 1];
    return sum / kBorder;
}

/// Scatter of an image's ink along its rows minus that along its columns, in pixels squared. `paper`: 0 or 255.
double tallness(std::span<const std::uint8_t> image, int paper) {
    double ink = 0, row_sum = 0, column_sum = 0, row_squares = 0, column_squares = 0;
    for (std::size_t row = 0; row < kSide; ++row) {
        for (std::size_t column = 0; column < kSide; ++column) {
            const double weight = std::abs(paper - image[row * kSide + column]);
            ink += weight;
            row_sum += weight * row;
            column_sum += weight * column;
            row_squares += weight * row * row;
            column_squares += weight * column * column;
        }
    }
    if (ink == 0) return 0;
    const double row_mean = row_sum / ink;
    const double column_mean = column_sum / ink;
    return (row_squares / ink - row_mean * row_mean) - (column_squares / ink - column_mean * column_mean);
}

}  // namespace

const char* orientation_name(Orientation orientation) {
    return orientation == Orientation::kUpright ? "upright" : "transposed";
}

std::optional<Orientation> find_orientation(std::string_view name) {
    for (const Orientation orientation : {Orientation::kUpright, Orientation::kTransposed})
        if (name == orientation_name(orientation)) return orientation;
    return {};
}

bool are_dark_on_light(std::span<const std::uint8_t> images) {
    constexpr std::size_t kMostImages = 500;
    const std::size_t all = images.size() / kPixels;
    const std::size_t count = std::min(all, kMostImages);
    double sum = 0;
    for (std::size_t i = 0; i < count; ++i) sum += border_mean(images.subspan(all * i / count * kPixels, kPixels));
    return sum > 255.0 / 2 * static_cast<double>(count);
}

std::optional<Orientation> measure_orientation(std::span<const std::uint8_t> images) {
    constexpr std::size_t kMostImages = 2000;
    constexpr std::size_t kFewestImages = 250;
    constexpr double kStandardErrors = 8;
    const std::size_t all = images.size() / kPixels;
    const std::size_t count = std::min(all, kMostImages);
    if (count < kFewestImages) return {};
    const int paper = are_dark_on_light(images) ? 255 : 0;
    double sum = 0, squares = 0;
    for (std::size_t i = 0; i < count; ++i) {
        const double value = tallness(images.subspan(all * i / count * kPixels, kPixels), paper);
        sum += value;
        squares += value * value;
    }
    const auto n = static_cast<double>(count);
    const double mean = sum / n;
    const double standard_error = std::sqrt(std::max(squares / n - mean * mean, 0.0) / n);
    if (std::abs(mean) <= kStandardErrors * standard_error) return {};
    return mean > 0 ? Orientation::kUpright : Orientation::kTransposed;
}

void transpose_images(std::span<std::uint8_t> images) {
    parallel_for(images.size() / kPixels, 256, [&](std::size_t begin, std::size_t end, int) {
        for (std::size_t i = begin; i < end; ++i) {
            std::uint8_t* image = &images[i * kPixels];
            for (std::size_t row = 0; row < kSide; ++row)
                for (std::size_t column = 0; column < row; ++column)
                    std::swap(image[row * kSide + column], image[column * kSide + row]);
        }
    });
}

}  // namespace inkling
