#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "data/dataset.h"
#include "train/recipe.h"

namespace inkling::cli {

/// What becomes of an image where it is trained on.
struct Variant {
    std::vector<std::uint8_t> pixels;
    std::string caption;  // "epoch 3, 30% g": mixed with a g, which is 30% of it
};

/// What a training sees of each of `samples` in its first epochs, as if they were a batch: (samples, epochs).
std::vector<std::vector<Variant>> variants_of(const Dataset& data, const std::vector<std::uint32_t>& samples,
                                              const TrainingSpec& training, int epochs);

}  // namespace inkling::cli
