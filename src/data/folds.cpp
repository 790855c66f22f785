#include "data/folds.h"

#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "core/random.h"

namespace inkling {

Holdout stratified_holdout(const Dataset& data, double fraction, std::uint64_t seed) {
    if (!(fraction >= 0 && fraction < 1))
        throw wrong_usage("validation fraction {}, expected 0 or more and less than 1", fraction);
    std::vector<std::vector<std::uint32_t>> samples_by_class(data.class_names.size());
    for (std::size_t i = 0; i < data.size(); ++i)
        samples_by_class[data.labels[i]].push_back(static_cast<std::uint32_t>(i));

    Holdout holdout;
    for (std::size_t label = 0; label < samples_by_class.size(); ++label) {
        std::vector<std::uint32_t>& samples = samples_by_class[label];
        if (samples.empty()) continue;
        shuffle(samples, RandomStream(seed, Purpose::kSplit, static_cast<std::uint32_t>(label)));
        const auto wanted = static_cast<std::size_t>(std::lround(fraction * static_cast<double>(samples.size())));
        const auto middle = samples.begin() + static_cast<std::ptrdiff_t>(std::min(wanted, samples.size() - 1));
        holdout.validation.insert(holdout.validation.end(), samples.begin(), middle);
        holdout.train.insert(holdout.train.end(), middle, samples.end());
    }
    std::sort(holdout.train.begin(), holdout.train.end());
    std::sort(holdout.validation.begin(), holdout.validation.end());
    return holdout;
}

}  // namespace inkling
