#include "train/pair_errors.h"

#include <algorithm>
#include <map>
#include <utility>

#include "train/metrics.h"

namespace inkling {

Readings read_together(std::vector<std::vector<float>> networks) {
    Readings readings{.networks = std::move(networks), .together = {}};
    const float share = 1 / static_cast<float>(readings.networks.size());
    readings.together.resize(readings.networks.front().size());
    for (const std::vector<float>& network : readings.networks)
        for (std::size_t i = 0; i < network.size(); ++i) readings.together[i] += share * network[i];
    return readings;
}

std::vector<PairErrors> split_errors(const Readings& readings, std::span<const std::uint8_t> labels,
                                     std::size_t classes, std::span<const DoubtfulLabel> doubts) {
    std::vector<bool> doubted(labels.size());
    for (const DoubtfulLabel& doubt : doubts) doubted[doubt.image] = true;
    std::map<std::pair<std::size_t, std::size_t>, PairErrors> pairs;
    const auto pair_of = [&](std::size_t one, std::size_t other) -> PairErrors& {
        const auto [a, b] = std::minmax(one, other);
        PairErrors& pair = pairs[{a, b}];
        pair.a = a;
        pair.b = b;
        return pair;
    };
    const auto read = [&](const std::vector<float>& probabilities, std::size_t image) {
        return likeliest(std::span(probabilities).subspan(image * classes, classes));
    };
    for (std::size_t i = 0; i < labels.size(); ++i) {
        const std::size_t label = labels[i];
        const std::size_t together = read(readings.together, i);
        std::vector<std::size_t> others;  // that networks read
        for (const std::vector<float>& network : readings.networks)
            if (const std::size_t alone = read(network, i); alone != label) others.push_back(alone);
        if (together != label) {
            PairErrors& pair = pair_of(label, together);
            const bool resolved = others.size() < readings.networks.size();
            ++(doubted[i] ? pair.wrong_label : resolved ? pair.to_gain : pair.unresolved);
            continue;
        }
        std::sort(others.begin(), others.end());
        others.erase(std::unique(others.begin(), others.end()), others.end());
        for (const std::size_t other : others) ++pair_of(label, other).to_lose;
    }
    std::vector<PairErrors> result;
    for (const auto& [classes_of, pair] : pairs)
        if (pair.errors() > 0) result.push_back(pair);
    std::stable_sort(result.begin(), result.end(),
                     [](const PairErrors& x, const PairErrors& y) { return x.errors() > y.errors(); });
    return result;
}

PairErrors sum_of(std::span<const PairErrors> pairs) {
    PairErrors sum;
    for (const PairErrors& pair : pairs) {
        sum.wrong_label += pair.wrong_label;
        sum.unresolved += pair.unresolved;
        sum.to_gain += pair.to_gain;
        sum.to_lose += pair.to_lose;
    }
    return sum;
}

}  // namespace inkling
