#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/random.h"

namespace inkling {

/// Numbers in [low, high), the same ones for the same seed.
inline std::vector<float> random_values(std::size_t count, std::uint64_t seed, float low = -1, float high = 1) {
    RandomStream random(seed, Purpose::kBenchmark);
    std::vector<float> values(count);
    for (float& value : values) value = random.uniform(low, high);
    return values;
}

/// As the reference kernels take them.
inline std::vector<double> doubles(const std::vector<float>& values) { return {values.begin(), values.end()}; }

}  // namespace inkling
