#pragma once

#include <cstdint>
#include <span>

#include "kernels/loss.h"

namespace inkling::reference {

/// Cross-entropy of softmax(logits + offsets), logits (batch, classes), each class's part times its weight, summed over
/// the first labels.size() samples; labels in 0 .. classes-1. The target is 1 - label_smoothing at the label plus
/// label_smoothing / classes everywhere, as in PyTorch.
double softmax_cross_entropy_sum(int classes, const LossRule& rule, std::span<const double> logits,
                                 std::span<const std::int32_t> labels);

/// Writes the gradient of the mean over these samples, by the weights of their labels, by logits, zero for the samples
/// behind them.
void softmax_cross_entropy_backward(int classes, const LossRule& rule, std::span<const double> logits,
                                    std::span<const std::int32_t> labels, std::span<double> logits_gradient);

}  // namespace inkling::reference
