#include "train/conformal.h"

#include <algorithm>

#include "train/metrics.h"

namespace inkling {
namespace {

/// The probability that a sample's network gave its label.
struct TrueProbability {
    double probability = 0;
    double weight = 1;
};

SetResult judge(const ConformalSets& sets, std::span<const float> probabilities, std::span<const std::uint8_t> labels,
                int classes) {
    SetResult result{.sets = sets};
    const auto width = static_cast<std::size_t>(classes);
    for (std::size_t i = 0; i < labels.size(); ++i) {
        const auto row = probabilities.subspan(i * width, width);
        const std::size_t first = likeliest(row);
        const auto in_set = [&](std::size_t c) { return c == first || row[c] >= sets.least_probability; };
        std::size_t size = 0;
        for (std::size_t c = 0; c < width; ++c) size += in_set(c) ? 1 : 0;
        result.size += static_cast<double>(size);
        if (size == 1) ++result.single;
        if (in_set(labels[i])) ++result.held;
    }
    const auto images = static_cast<double>(std::max<std::size_t>(labels.size(), 1));
    for (double* sum : {&result.held, &result.single, &result.size}) *sum /= images;
    return result;
}

}  // namespace

std::vector<ConformalSets> fit_conformal_sets(std::span<const float> probabilities,
                                              std::span<const std::uint8_t> labels, int classes,
                                              std::span<const float> weights) {
    std::vector<TrueProbability> samples;
    double all = 0;
    double most = 1;  // the image to come may be of any class
    for (std::size_t i = 0; i < labels.size(); ++i) {
        const double weight = weights.empty() ? 1.0 : double{weights[labels[i]]};
        samples.push_back({probabilities[i * static_cast<std::size_t>(classes) + labels[i]], weight});
        all += weight;
    }
    for (const float weight : weights) most = std::max(most, double{weight});
    std::ranges::sort(samples, {}, &TrueProbability::probability);
    std::vector<ConformalSets> fitted;
    for (const double coverage : kCoverages) {
        // So much of the weight may be missed, the image to come counted as one that is.
        double left = (1 - coverage) * (all + most) - most;
        double least = 0;
        for (const TrueProbability& sample : samples) {
            if (left < 0) break;
            least = sample.probability;
            left -= sample.weight;
        }
        fitted.push_back({coverage, least});
    }
    return fitted;
}

std::vector<SetResult> judge_sets(std::span<const ConformalSets> sets, std::span<const float> probabilities,
                                  std::span<const std::uint8_t> labels, int classes) {
    std::vector<SetResult> results;
    for (const ConformalSets& each : sets) results.push_back(judge(each, probabilities, labels, classes));
    return results;
}

}  // namespace inkling
