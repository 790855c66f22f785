#pragma once

#include "kernels/activation.h"

namespace inkling::reference {

/// What an element-wise function makes of a number, and its derivative there; at a kink PyTorch's.
struct ActivationResult {
    double value = 0;
    double derivative = 0;
};

ActivationResult activate(const Activation& activation, double x);

}  // namespace inkling::reference
