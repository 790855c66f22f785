#pragma once

#include <cstdint>
#include <span>

#include "kernels/loss.h"

namespace inkling::kernels {

/// Row by row, e^logit / sum of e^logit; both (rows, classes), may be the same.
void softmax(std::span<const float> logits, int classes, std::span<float> probabilities);

/// Softmax cross-entropy of each of labels.size() rows, logits (rows, classes), by the rule: against the label with
/// 1 - label_smoothing and all classes with label_smoothing / classes. `losses`: a value a row. `gradient`, (rows,
/// classes), gets the gradient of the mean over rows that weigh `total_weight` together, of which these are some; empty
/// where none is wanted.
void softmax_cross_entropy(std::span<const float> logits, std::span<const std::int32_t> labels, int classes,
                           const LossRule& rule, float total_weight, std::span<SampleLoss> losses,
                           std::span<float> gradient);

}  // namespace inkling::kernels
