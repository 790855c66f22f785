#pragma once

#include <cstdint>

namespace inkling::kernels {

/// Dropout's probability and what names its masks. N. Srivastava et al., "Dropout", 2014.
struct Dropout {
    float p = 0;  // of a value becoming zero, 0 to less than 1; the rest are multiplied by 1 / (1 - p)
    std::uint64_t seed = 0;
    std::uint32_t step = 0;
    std::uint32_t layer = 0;
};

/// Whether dropout keeps a value: a function of who it is - `sample` in its batch, `channel`, `pixel` of the `pixels`
/// of a channel's plane - and of nothing that an engine chooses, such as layout, vectors or threads. Sixteen channels
/// have sixteen of Philox's counters (core/random.h) for every four pixels, a word of each for a pixel.
bool dropout_keeps(const Dropout& dropout, std::uint32_t sample, int channel, int pixel, int pixels);

/// Words below it drop their value.
inline std::uint32_t dropout_threshold(float p) { return static_cast<std::uint32_t>(static_cast<double>(p) * 0x1p32); }

}  // namespace inkling::kernels
