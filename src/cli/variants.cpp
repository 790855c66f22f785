#include "cli/variants.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <span>

#include "data/batches.h"

namespace inkling::cli {

std::vector<std::vector<Variant>> variants_of(const Dataset& data, const std::vector<std::uint32_t>& samples,
                                              const TrainingSpec& training, int epochs) {
    Batches batches(data, samples, static_cast<int>(samples.size()), {.mean = 0, .deviation = 1},
                    training.augmentation);
    const std::size_t pixels = data.shape.size();
    std::vector<float> images(samples.size() * pixels);
    std::vector<std::int32_t> labels(samples.size());
    std::vector<std::vector<Variant>> variants(samples.size());
    for (int epoch = 0; epoch < epochs; ++epoch) {
        batches.shuffle(training.seed, static_cast<std::uint32_t>(epoch));
        batches.load(0, images, labels);
        const Mixture mixture = batches.mixture();
        for (std::size_t place = 0; place < samples.size(); ++place) {
            Variant variant{.pixels = std::vector<std::uint8_t>(pixels), .caption = fmt::format("epoch {}", epoch + 1)};
            const auto image = std::span(images).subspan(place * pixels, pixels);
            std::transform(image.begin(), image.end(), variant.pixels.begin(),
                           [](float value) { return static_cast<std::uint8_t>(std::lround(255 * value)); });
            if (!mixture.labels.empty())
                variant.caption += fmt::format(", {:.0f}% {}", 100 * (1 - mixture.shares[place]),
                                               data.class_names[static_cast<std::size_t>(mixture.labels[place])]);
            const auto row = std::ranges::find(samples, batches.sample(0, place)) - samples.begin();
            variants[static_cast<std::size_t>(row)].push_back(std::move(variant));
        }
    }
    return variants;
}

}  // namespace inkling::cli
