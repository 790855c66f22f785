#include "data/class_draws.h"

#include <cmath>

namespace inkling {

std::vector<Draw> draw_by_class(const Dataset& data, std::span<const std::uint32_t> samples,
                                std::span<const double> shares, RandomStream random) {
    std::vector<std::vector<std::uint32_t>> classes(shares.size());
    for (const std::uint32_t sample : samples) classes[data.labels[sample]].push_back(sample);
    double all = 0;
    for (std::size_t label = 0; label < classes.size(); ++label)
        if (!classes[label].empty()) all += shares[label];

    std::vector<Draw> draws;
    draws.reserve(samples.size());
    double until = 0;  // the part of the draws that the classes so far have
    for (std::size_t label = 0; label < classes.size(); ++label) {
        std::vector<std::uint32_t>& members = classes[label];
        if (members.empty()) continue;
        shuffle(members, random);
        until += shares[label] / all;
        const auto end = static_cast<std::size_t>(std::llround(until * static_cast<double>(samples.size())));
        for (std::size_t i = 0; draws.size() < end; ++i)
            draws.push_back(
                {.sample = members[i % members.size()], .repeat = static_cast<std::uint32_t>(i / members.size())});
    }
    return draws;
}

}  // namespace inkling
