#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "data/dataset.h"

namespace inkling {

/// Indices of `count` samples, or of all if there are fewer, chosen by `seed`: class after class in turn, so that every
/// class is seen as soon as may be, or only samples of class `label`.
std::vector<std::uint32_t> pick_samples(const Dataset& data, std::optional<int> label, std::size_t count,
                                        std::uint64_t seed);

}  // namespace inkling
