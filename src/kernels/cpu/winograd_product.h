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

/// How many blocks of filters, from `first` on, have their gradients made at once: up to 3, but two and two of 4.
constexpr int gradient_group(int filter_blocks, int first) {
    const int left = filter_blocks - first;
    return left == 4 ? 2 : left < 3 ? left : 3;
}

/// Where the gradients by the weights of a channel and a group's first block of filters lie at one pair of points:
/// (group, channels rounded up, blocks of the group, kLanes).
constexpr std::size_t gradient_place(int channels, int filter_blocks, int channel, int first_of_group) {
    const std::size_t padded = (channels + kLanes - 1) / kLanes * kLanes;
    return (first_of_group * padded + channel * gradient_group(filter_blocks, first_of_group)) * kLanes;
}

/// weight_gradient (+)= input^T output_gradient, summed over the tiles.
void multiply_transposed(int tiles, int channels, int filter_blocks, const float* input, std::size_t input_stride,
                         const float* output_gradient, std::size_t output_stride, bool add, float* weight_gradient);

}  // namespace inkling::kernels::winograd
