#pragma once

#include <span>

#include "kernels/loss.h"

namespace inkling::reference {

/// Cross-entropy of softmax(logits + offsets), logits (batch, classes), each class's part times its weight, summed over
/// the first samples, those with a label in 0 .. classes-1. The target is 1 - label_smoothing at the label - where
/// there are two, shared out between them - plus label_smoothing / classes everywhere, as in PyTorch. Of samples with a
/// teacher, what LossRule says of them, times their weight.
double softmax_cross_entropy_sum(int classes, const LossRule& rule, std::span<const double> logits,
                                 const Targets& targets);

/// Writes the gradient of the mean over these samples, by the weights of their labels, by logits, zero for the samples
/// behind them.
void softmax_cross_entropy_backward(int classes, const LossRule& rule, std::span<const double> logits,
                                    const Targets& targets, std::span<double> logits_gradient);

}  // namespace inkling::reference
