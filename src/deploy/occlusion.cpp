#include "deploy/occlusion.h"

#include <algorithm>
#include <vector>

namespace inkling {
namespace {

constexpr int kSide = 28;
constexpr int kReach = 2;  // of the square about its centre

/// Calls for every pixel of the square about `centre` that is within the image.
template <class Action>
void for_square(int centre, Action&& action) {
    const int row = centre / kSide, column = centre % kSide;
    for (int y = std::max(row - kReach, 0); y <= std::min(row + kReach, kSide - 1); ++y)
        for (int x = std::max(column - kReach, 0); x <= std::min(column + kReach, kSide - 1); ++x)
            action(static_cast<std::size_t>(y) * kSide + static_cast<std::size_t>(x));
}

}  // namespace

std::array<float, 28 * 28> measure_occlusion(CharacterReader& reader, const EmnistImage& image, std::size_t label) {
    std::vector<EmnistImage> images(kSide * kSide, image);
    for (int centre = 0; centre < kSide * kSide; ++centre)
        for_square(centre, [&](std::size_t pixel) { images[static_cast<std::size_t>(centre)][pixel] = 0; });
    images.push_back(image);
    const std::vector<double> probabilities = reader.probabilities_of(label, images);
    std::array<float, kSide * kSide> falls{};
    for (int pixel = 0; pixel < kSide * kSide; ++pixel) {
        double sum = 0;
        int squares = 0;
        // The squares that cover a pixel are those about the pixels of the square about it.
        for_square(pixel, [&](std::size_t centre) {
            sum += probabilities.back() - probabilities[centre];
            ++squares;
        });
        falls[static_cast<std::size_t>(pixel)] = static_cast<float>(sum / squares);
    }
    return falls;
}

}  // namespace inkling
