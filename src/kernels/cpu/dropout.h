#pragma once

#include <cstddef>
#include <cstdint>

namespace inkling::kernels {

/// Dropout's probability and what names its masks: the same layer, seed and step give the same mask, forward and
/// backward and on whichever thread.
struct Dropout {
    float p = 0;  // of a value becoming zero, 0 to less than 1; the rest are multiplied by 1 / (1 - p)
    std::uint64_t seed = 0;
    std::uint32_t step = 0;
    std::uint32_t layer = 0;
};

/// Applies the mask of sample `sample` to its `count` values, a multiple of kLanes: output = input * mask / (1 - p).
/// input and output may be the same. The backward pass is the same call on gradients.
/// N. Srivastava et al., "Dropout", 2014. Instantiated for float to float, and from and to Bfloat16.
template <class Input, class Output>
void apply_dropout(const Dropout& dropout, std::uint32_t sample, std::size_t count, const Input* input, Output* output);

}  // namespace inkling::kernels
