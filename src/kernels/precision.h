#pragma once

#include <cstddef>

namespace inkling {

/// How activations and their gradients are stored, and what products are made of. Everything else - parameters, sums,
/// statistics, losses, updates, and the arithmetic between a load and a store - is always in 32-bit floats.
enum class Precision {
    kFloat32,
    kBfloat16,  // the upper half of a 32-bit float: 8 bits of exponent, 8 of precision
};

/// Bytes of a stored value.
inline std::size_t bytes_of(Precision precision) { return precision == Precision::kFloat32 ? 4 : 2; }

}  // namespace inkling
