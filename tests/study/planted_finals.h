#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <numbers>
#include <vector>

#include "core/random.h"
#include "study/crossed_difference.h"

namespace inkling {

// Final trainings whose answers are planted, so that the difference in accuracy of two configurations is known.

inline double normal_cdf(double z) { return std::erfc(-z / std::numbers::sqrt2) / 2; }

/// A configuration reads an image right where threshold + seed's effect + image's effect + their interaction is above
/// 0, all normal; the image's effect and the interaction have variance 1 together.
struct PlantedSide {
    double threshold = 0;
    double seed_deviation = 0;
    int seeds = 2;
    double image_share = 0.85;  // of the variance 1: what the image decides, whatever the seed

    /// Over all seeds and images.
    double accuracy() const { return normal_cdf(threshold / std::sqrt(1 + seed_deviation * seed_deviation)); }
};

struct PlantedFinals {
    PlantedSide a;
    PlantedSide b;
    double shared = 0.8;  // share of the images' effects that is the same for both configurations
    std::size_t images = 18800;

    double difference() const { return a.accuracy() - b.accuracy(); }
};

/// normal_cdf() from a table, for millions of images.
inline double planted_chance(double z) {
    constexpr int kSteps = 1 << 14;
    constexpr double kReach = 8;
    static const std::vector<double> table = [] {
        std::vector<double> values;
        for (int i = 0; i <= kSteps; ++i) values.push_back(normal_cdf(kReach * (2.0 * i / kSteps - 1)));
        return values;
    }();
    const double place = std::clamp((z / kReach + 1) / 2, 0.0, 1.0 - 1e-9) * kSteps;
    const auto low = static_cast<std::size_t>(place);
    return std::lerp(table[low], table[low + 1], place - static_cast<double>(low));
}

/// One study's answers: of each configuration, a training for each seed.
inline std::array<std::vector<RightImages>, 2> draw_finals(const PlantedFinals& plant, std::uint64_t seed,
                                                           std::uint32_t study) {
    RandomStream random(seed, Purpose::kBenchmark, study);
    std::vector<double> shared(plant.images);
    for (double& effect : shared) effect = std::sqrt(plant.shared) * random.normal();
    std::array<std::vector<RightImages>, 2> drawn;
    for (std::size_t i = 0; i < 2; ++i) {
        const PlantedSide& side = i == 0 ? plant.a : plant.b;
        std::vector<double> image(plant.images);
        for (std::size_t k = 0; k < plant.images; ++k)
            image[k] = std::sqrt(side.image_share) * (shared[k] + std::sqrt(1 - plant.shared) * random.normal());
        const double interaction = std::sqrt(1 - side.image_share);
        for (int run = 0; run < side.seeds; ++run) {
            const double level = side.threshold + side.seed_deviation * random.normal();
            RightImages& right = drawn[i].emplace_back(plant.images);
            for (std::size_t k = 0; k < plant.images; ++k)
                right[k] = random.uniform() < planted_chance((level + image[k]) / interaction);
        }
    }
    return drawn;
}

/// What came of planted studies.
struct FinalsCoverage {
    int studies = 0;
    int covered = 0;        // whose interval holds the difference that was planted
    double half_width = 0;  // mean, of the intervals
    double deviation = 0;   // of the differences that were found
    double coverage() const { return static_cast<double>(covered) / studies; }
};

inline FinalsCoverage cover_finals(const PlantedFinals& plant, int studies, std::uint64_t seed) {
    FinalsCoverage coverage{.studies = studies};
    std::vector<double> differences;
    for (int study = 0; study < studies; ++study) {
        const auto [a, b] = draw_finals(plant, seed, static_cast<std::uint32_t>(study));
        const CrossedDifference found = crossed_difference(a, b);
        coverage.covered += found.interval.contains(plant.difference());
        coverage.half_width += (found.interval.high - found.interval.low) / 2 / studies;
        differences.push_back(found.mean);
    }
    coverage.deviation = mean_deviation(differences).deviation;
    return coverage;
}

}  // namespace inkling
