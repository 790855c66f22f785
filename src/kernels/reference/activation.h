#pragma once

#include "kernels/activation.h"

namespace inkling::reference {

/// What an element-wise function makes of a number, and its derivative there; at a kink PyTorch's.
struct ActivationResult {
    double value = 0;
    double derivative = 0;
};

/// alpha: leaky_relu's negative_slope or elu's alpha, unused elsewhere. selu as in G. Klambauer et al.,
/// "Self-normalizing neural networks", 2017; mish, x * tanh(softplus(x)), as in D. Misra, "Mish", 2019.
ActivationResult activate(Activation kind, double alpha, double x);

}  // namespace inkling::reference
