#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace inkling::kernels {

/// Most classes that the softmax kernels take; labels are bytes.
inline constexpr int kMaxClasses = 256;

/// What the loss of one sample comes to.
struct SampleLoss {
    float loss = 0;
    bool correct = false;  // the first of the largest logits is the label's
};

/// Row by row, e^logit / sum of e^logit; both (rows, classes), may be the same.
void softmax(std::span<const float> logits, int classes, std::span<float> probabilities);

/// Softmax cross-entropy of each of labels.size() rows, logits (rows, classes), against the label with weight
/// 1 - label_smoothing and all classes with label_smoothing / classes, as torch.nn.CrossEntropyLoss. `losses`: a value
/// a row. `gradient`, (rows, classes), gets the gradient of the mean loss over the rows; empty where none is wanted.
void softmax_cross_entropy(std::span<const float> logits, std::span<const std::int32_t> labels, int classes,
                           float label_smoothing, std::span<SampleLoss> losses, std::span<float> gradient);

}  // namespace inkling::kernels
