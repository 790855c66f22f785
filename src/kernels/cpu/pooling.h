#pragma once

#include <cstdint>

#include "kernels/pool.h"

namespace inkling::kernels {

// Over one channel block's plane, (height, width, kChannelBlock). Instantiated for the two ways in which values are
// stored (values.h): float and Bfloat16.

/// Pools a plane into `output`. A max pool with `winners`, of the output's size, notes there which position of its
/// window each maximum came from (the first, if several are equal; 256 positions at most); inference passes null.
template <class Value>
void pool_plane(const Pool& pool, const float* input, Value* output, std::uint8_t* winners);

/// The values of another plane of the input's kind where the winners stand.
template <class Value>
void values_of_winners(const Pool& pool, const Value* input, const std::uint8_t* winners, float* output);

/// Gives each output gradient to the inputs that it came from; the others get zero.
template <class Value>
void pool_plane_backward(const Pool& pool, const Value* output_gradient, const std::uint8_t* winners,
                         float* input_gradient);

}  // namespace inkling::kernels
