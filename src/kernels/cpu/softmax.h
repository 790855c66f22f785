#pragma once

#include <span>

#include "kernels/loss.h"

namespace inkling::kernels {

/// Row by row, e^logit / sum of e^logit; both (rows, classes), may be the same.
void softmax(std::span<const float> logits, int classes, std::span<float> probabilities);

/// The loss of each row with a target, logits (rows, classes), by the rule: cross-entropy against the label - where
/// images are mixed, both labels by their shares - with 1 - label_smoothing and all classes with label_smoothing /
/// classes; and what a teacher adds. `losses`: a value a row. `gradient`, (rows, classes), gets the gradient of the
/// mean over rows that weigh `total_weight` together, of which these are some; empty where none is wanted.
void softmax_cross_entropy(std::span<const float> logits, const Targets& targets, int classes, const LossRule& rule,
                           float total_weight, std::span<SampleLoss> losses, std::span<float> gradient);

}  // namespace inkling::kernels
