#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "nn/network.h"

namespace inkling {

/// What one training pass gives; tensors by name.
struct ReferenceResult {
    std::vector<double> logits;
    double loss_sum = 0;
    std::map<std::string, std::vector<double>> gradients;
    std::map<std::string, std::vector<double>> statistics;  // after the pass
    std::vector<double> input_gradient;
};

/// Runs forward, loss and backward in training with a network's spec, parameters, statistics and input, layer by layer
/// with kernels/reference. Layers of dropout must have p = 0. Call it before the network's own pass.
ReferenceResult run_reference(Network& network, std::span<const std::int32_t> labels, const LossRule& rule);

}  // namespace inkling
