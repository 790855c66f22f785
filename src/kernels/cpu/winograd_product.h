#pragma once

#include <cstddef>

#include "kernels/cpu/lanes.h"

// Matrix products of Winograd's transformed values at one pair of points. Such values lie as activations do, in blocks
// of one vector of channels: (ceil(channels / kLanes), tiles, kLanes), where `stride` floats lead from one block to the
// next. Sums stay in registers from the first factor to the last.

namespace inkling::kernels::winograd {

/// Filters' blocks that are worked on at once.
inline constexpr int kFilterGroup = 2;

/// How many floats weights take at one pair of points. They lie in groups of up to kFilterGroup blocks of filters:
/// (group, channels, blocks of the group, kLanes).
constexpr std::size_t weight_plane(int channels, int filter_blocks) {
    return static_cast<std::size_t>(channels) * filter_blocks * kLanes;
}

/// Where the weights of a channel and a block of filters lie there.
constexpr std::size_t weight_place(int channels, int filter_blocks, int channel, int filter_block) {
    const int group = filter_block / kFilterGroup * kFilterGroup;
    const int blocks = filter_blocks - group < kFilterGroup ? filter_blocks - group : kFilterGroup;
    return (static_cast<std::size_t>(group) * channels + channel * blocks + (filter_block - group)) * kLanes;
}

/// output = input weights, for each tile. Lanes of the input without a channel are not read.
void multiply(int tiles, int channels, int filter_blocks, const float* input, std::size_t input_stride,
              const float* weights, float* output, std::size_t output_stride);

/// weight_gradient (+)= input^T output_gradient, summed over the tiles: (channels rounded up to whole blocks, blocks of
/// filters, kLanes).
void multiply_transposed(int tiles, int channels, int filter_blocks, const float* input, std::size_t input_stride,
                         const float* output_gradient, std::size_t output_stride, bool add, float* weight_gradient);

}  // namespace inkling::kernels::winograd
