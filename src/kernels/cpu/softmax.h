#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "kernels/loss.h"

namespace inkling::kernels {

/// Row by row, e^logit / sum of e^logit; both (rows, classes), may be the same.
void softmax(std::span<const float> logits, int classes, std::span<float> probabilities);

/// Softmax cross-entropy of each of labels.size() rows, logits (rows, classes), against the label with weight
/// 1 - label_smoothing and all classes with label_smoothing / classes, as torch.nn.CrossEntropyLoss. `losses`: a value
/// a row. `gradient`, (rows, classes), gets the gradient of the mean loss over `mean_over` rows, of which these are
/// some; empty where none is wanted.
void softmax_cross_entropy(std::span<const float> logits, std::span<const std::int32_t> labels, int classes,
                           float label_smoothing, std::size_t mean_over, std::span<SampleLoss> losses,
                           std::span<float> gradient);

}  // namespace inkling::kernels
