#pragma once

#include <cstddef>
#include <cstdint>

#include "core/shape.h"
#include "kernels/dropout.h"

namespace inkling::kernels {

/// Draws the mask of sample `sample`, blocked (layout.h) and of `shape`, and applies it: output = input * mask / (1 -
/// p). `kept` gets a byte for each value, not zero where it was kept. input and output may be the same. Instantiated
/// for float to float and to Bfloat16.
template <class Output>
void apply_dropout(const Dropout& dropout, std::uint32_t sample, const Shape& shape, const float* input, Output* output,
                   std::uint8_t* kept);

/// The backward pass: output = gradient * mask / (1 - p), by the mask that apply_dropout() noted. Instantiated for
/// float and Bfloat16.
template <class Gradient>
void mask_gradient(const Dropout& dropout, std::size_t count, const std::uint8_t* kept, const Gradient* gradient,
                   float* output);

}  // namespace inkling::kernels
