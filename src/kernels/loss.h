#pragma once

#include <span>

namespace inkling {

/// Softmax cross-entropy as torch.nn.CrossEntropyLoss takes it, with the mean over the samples' weights.
struct LossRule {
    float label_smoothing = 0;
    std::span<const float> offsets = {};  // added to each class's logit before the softmax; empty: none
    std::span<const float> weights = {};  // of each class; empty: 1
};

}  // namespace inkling

namespace inkling::kernels {

/// Most classes that a network tells apart; labels are bytes.
inline constexpr int kMaxClasses = 256;

/// What the loss of one sample comes to.
struct SampleLoss {
    float loss = 0;
    bool correct = false;  // the first of the largest logits, offsets included, is the label's
};

}  // namespace inkling::kernels
