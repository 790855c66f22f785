#pragma once

namespace inkling::kernels {

/// Most classes that a network tells apart; labels are bytes.
inline constexpr int kMaxClasses = 256;

/// What the loss of one sample comes to.
struct SampleLoss {
    float loss = 0;
    bool correct = false;  // the first of the largest logits is the label's
};

}  // namespace inkling::kernels
