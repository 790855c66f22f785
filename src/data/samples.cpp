#include "data/samples.h"

#include <algorithm>
#include <tuple>

#include "core/random.h"

namespace inkling {

std::vector<std::uint32_t> pick_samples(const Dataset& data, std::optional<int> label, std::size_t count,
                                        std::uint64_t seed) {
    std::vector<std::uint32_t> samples;
    for (std::size_t i = 0; i < data.size(); ++i)
        if (!label || data.labels[i] == *label) samples.push_back(static_cast<std::uint32_t>(i));
    shuffle(samples, RandomStream(seed, Purpose::kPictures));

    std::vector<std::size_t> rounds(data.class_names.size());  // how many of each class were seen
    std::vector<std::tuple<std::size_t, std::uint8_t, std::uint32_t>> turns;
    for (const std::uint32_t sample : samples) {
        const std::uint8_t of_class = data.labels[sample];
        turns.emplace_back(rounds[of_class]++, of_class, sample);
    }
    count = std::min(count, turns.size());
    std::partial_sort(turns.begin(), turns.begin() + static_cast<std::ptrdiff_t>(count), turns.end());
    samples.resize(count);
    std::transform(turns.begin(), turns.begin() + static_cast<std::ptrdiff_t>(count), samples.begin(),
                   [](const auto& turn) { return std::get<2>(turn); });
    return samples;
}

}  // namespace inkling
