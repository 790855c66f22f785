#pragma once

#include <cstdint>
#include <vector>

#include "data/dataset.h"

namespace inkling {

/// Indices of samples to learn from and of samples to judge by, both in rising order.
struct Holdout {
    std::vector<std::uint32_t> train;
    std::vector<std::uint32_t> validation;
};

/// Holds `fraction` (0 to less than 1) of each class out, rounded to the nearest whole sample, chosen by `seed`.
/// Every class keeps at least one sample to learn from.
Holdout stratified_holdout(const Dataset& data, double fraction, std::uint64_t seed);

}  // namespace inkling
