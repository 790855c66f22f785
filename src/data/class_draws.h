#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/random.h"
#include "data/dataset.h"

namespace inkling {

/// A sample's turn in an epoch.
struct Draw {
    std::uint32_t sample = 0;
    std::uint32_t repeat = 0;  // how often it had one before
};

/// As many draws as there are `samples`, class after class, in which classes come as `shares` (classes), rounded;
/// classes without a sample are left out. Within a class each sample has its turn as often as any other, or once more,
/// which ones by `random`.
std::vector<Draw> draw_by_class(const Dataset& data, std::span<const std::uint32_t> samples,
                                std::span<const double> shares, RandomStream random);

}  // namespace inkling
