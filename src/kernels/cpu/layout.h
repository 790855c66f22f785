#pragma once

#include <cstddef>
#include <span>

#include "core/shape.h"
#include "kernels/cpu/lanes.h"
#include "kernels/cpu/values.h"

namespace inkling::kernels {

// How activations lie in memory: (batch, ceil(C / block), H, W, block), channels in blocks of one vector, the last
// block filled up with lanes that hold no channel. Features of a dense layer are the case H = W = 1, which is (batch,
// C) with C rounded up. It is oneDNN's nChw16c (nChw8c without AVX-512), so convolutions read and write it as it is.
// Lanes without a channel may hold anything finite: no real channel ever depends on them.

inline constexpr int kChannelBlock = kLanes;

inline int channel_blocks(int channels) { return (channels + kChannelBlock - 1) / kChannelBlock; }

/// Channels rounded up to whole blocks.
inline int padded_channels(int channels) { return channel_blocks(channels) * kChannelBlock; }

/// Floats of one blocked sample.
inline std::size_t blocked_size(const Shape& shape) { return padded_channels(shape.channels) * shape.pixels(); }

/// Copies samples of (C, H, W) as it stands, `plain_stride` values from one to the next, into channel blocks.
void block_channels(const ConstValues& plain, int samples, const Shape& shape, std::size_t plain_stride,
                    const Values& blocked);

/// The way back.
void unblock_channels(const ConstValues& blocked, int samples, const Shape& shape, std::size_t plain_stride,
                      const Values& plain);

/// Copies rows of `width` values that lie `from_stride` apart to where they lie `to_stride` apart.
void copy_rows(const ConstValues& from, std::size_t from_stride, int rows, std::size_t width, std::size_t to_stride,
               const Values& to);

/// sum += values, of `count` values, whole blocks, that are stored alike.
void add_in_place(std::size_t count, const ConstValues& values, const Values& sum);

/// scaled = factor * values, likewise; may be the same.
void scale(std::size_t count, float factor, const ConstValues& values, const Values& scaled);

/// Adds up `count` rows of sums.size() values that lie `stride` apart, e.g. a bias's gradient.
void sum_rows(const ConstValues& rows, int count, std::size_t stride, std::span<float> sums);

}  // namespace inkling::kernels
