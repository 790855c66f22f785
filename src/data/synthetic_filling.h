#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "data/dataset.h"

namespace inkling {

/// A data set with images added to it, and which of all to learn from.
struct FilledData {
    Dataset data;                        // the images that were there keep their indices; who wrote them is left out
    std::vector<std::uint32_t> samples;  // in rising order
};

/// Adds synthetic images to classes that are thin among `samples`, until each has `share` (0 to 1) of what the largest
/// class has, rounded. Which ones is a function of `seed`: another writer's for each image of a class. Throws Error
/// (wrong usage) where a thin class is none that the synthetic writer knows, or images are not 28x28.
FilledData fill_classes(const Dataset& data, std::span<const std::uint32_t> samples, double share, std::uint64_t seed);

}  // namespace inkling
