#pragma once

#include <cstddef>
#include <cstdint>

namespace inkling::kernels {

/// Dropout's probability and what names its masks: the same layer, seed and step give the same mask, on whichever
/// thread.
struct Dropout {
    float p = 0;  // of a value becoming zero, 0 to less than 1; the rest are multiplied by 1 / (1 - p)
    std::uint64_t seed = 0;
    std::uint32_t step = 0;
    std::uint32_t layer = 0;
};

/// Draws the mask of sample `sample` for its `count` values, a multiple of kLanes, and applies it: output = input *
/// mask / (1 - p). `kept` gets a byte for each value, not zero where it was kept. input and output may be the same. N.
/// Srivastava et al., "Dropout", 2014. Instantiated for float to float and to Bfloat16.
template <class Output>
void apply_dropout(const Dropout& dropout, std::uint32_t sample, std::size_t count, const float* input, Output* output,
                   std::uint8_t* kept);

/// The backward pass: output = gradient * mask / (1 - p), by the mask that apply_dropout() noted. Instantiated for
/// float and Bfloat16.
template <class Gradient>
void mask_gradient(const Dropout& dropout, std::size_t count, const std::uint8_t* kept, const Gradient* gradient,
                   float* output);

}  // namespace inkling::kernels
