#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace inkling {

/// A set of classes for an image, "O or 0", that holds the true one with probability `coverage`: its likeliest class
/// and all of at least `least_probability`. Split conformal prediction by the probability of the true class (M. Sadinle
/// et al., "Least ambiguous set-valued classifiers with bounded error levels", 2019).
struct ConformalSets {
    double coverage = 0;
    double least_probability = 0;
};

inline constexpr std::array kCoverages{0.9, 0.95, 0.99};

/// The sets of kCoverages, from probabilities, (samples, classes), and labels, (samples), of images that the network
/// did not learn from. `weights`, one for each class, say how often images of it come against how often they came here;
/// empty: as often. The coverage is that of an image to come, over all draws of these, and not of any one class. Too
/// few samples for a coverage give sets of all classes.
std::vector<ConformalSets> fit_conformal_sets(std::span<const float> probabilities,
                                              std::span<const std::uint8_t> labels, int classes,
                                              std::span<const float> weights = {});

/// What sets came to on other images.
struct SetResult {
    ConformalSets sets;
    double held = 0;    // share of the images whose set holds the true class
    double single = 0;  // share of the images whose set is one class
    double size = 0;    // classes in a set, on average
};

std::vector<SetResult> judge_sets(std::span<const ConformalSets> sets, std::span<const float> probabilities,
                                  std::span<const std::uint8_t> labels, int classes);

}  // namespace inkling
