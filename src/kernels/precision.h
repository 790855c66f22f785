#pragma once

namespace inkling {

/// How activations and their gradients are stored, and what products are made of. Everything else - parameters, sums,
/// statistics, losses, updates, and the arithmetic between a load and a store - is always in 32-bit floats.
enum class Precision {
    kFloat32,
    kBfloat16,  // the upper half of a 32-bit float: 8 bits of exponent, 8 of precision
};

}  // namespace inkling
