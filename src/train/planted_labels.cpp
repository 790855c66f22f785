#include "train/planted_labels.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/random.h"

namespace inkling {
namespace {

// Streams of one seed; images and labels are drawn independently.
constexpr std::uint32_t kWhich = 0x706c616e;
constexpr std::uint32_t kLabels = kWhich + 1;

}  // namespace

std::vector<PlantedLabel> plant_wrong_labels(Dataset& data, double share, std::uint64_t seed) {
    std::vector<std::uint8_t> classes;
    const std::vector<std::size_t> histogram = class_histogram(data);
    for (std::size_t label = 0; label < histogram.size(); ++label)
        if (histogram[label] > 0) classes.push_back(static_cast<std::uint8_t>(label));
    std::vector<std::uint32_t> images(data.size());
    std::iota(images.begin(), images.end(), 0u);
    shuffle(images, RandomStream(seed, Purpose::kBenchmark, kWhich));
    if (classes.size() < 2) images.clear();
    images.resize(
        std::min(images.size(), static_cast<std::size_t>(std::lround(share * static_cast<double>(data.size())))));
    std::sort(images.begin(), images.end());
    std::vector<PlantedLabel> planted;
    planted.reserve(images.size());
    for (const std::uint32_t image : images) {
        std::uint8_t& label = data.labels[image];
        planted.push_back({.image = image, .truth = label});
        RandomStream random(seed, Purpose::kBenchmark, kLabels, image);
        // One of the others: those from the own one on move down by a place.
        const std::size_t drawn = random.below(static_cast<std::uint32_t>(classes.size() - 1));
        label = classes[drawn] < label ? classes[drawn] : classes[drawn + 1];
    }
    return planted;
}

PlantedScore score_planted(std::span<const PlantedLabel> planted, std::span<const DoubtfulLabel> doubts) {
    PlantedScore score{.planted = planted.size(), .listed = doubts.size()};
    for (const DoubtfulLabel& doubt : doubts) {
        const auto found =
            std::lower_bound(planted.begin(), planted.end(), doubt.image,
                             [](const PlantedLabel& label, std::uint32_t image) { return label.image < image; });
        if (found == planted.end() || found->image != doubt.image) continue;
        ++score.found;
        if (found->truth == doubt.suggested) ++score.named;
    }
    return score;
}

}  // namespace inkling
