#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "train/model.h"

namespace inkling {

/// How a network's filters and matrices are kept where every byte counts. Biases and norms are few and stay as they
/// are.
enum class WeightFormat {
    kInt8,     // whole numbers of -127 to 127, times a scale for each output: what makes its largest weight 127
    kFloat16,  // IEEE 754's binary16, to the nearest, ties to even
    kFloat32,
};

/// 8, 16 or 32.
int weight_bits(WeightFormat format);

/// The weights of one output, (inputs): little-endian numbers in the format, which times `scale` are the weights.
struct RoundedRow {
    std::vector<std::byte> bytes;
    float scale = 1;
};
RoundedRow round_row(std::span<const float> weights, WeightFormat format);

/// What a network has for weights once its own went through round_row() and back.
Model with_rounded_weights(Model model, WeightFormat format);

}  // namespace inkling
