#include "kernels/cpu/winograd_product.h"

#include <algorithm>
#include <array>
#include <utility>

namespace inkling::kernels::winograd {
namespace {

// As many sums as there are registers for: 28 of 32 with AVX-512, 12 of 16 with AVX2. Two vectors of weights for each
// number that is spread over a vector leave half of the loads that one would take.
constexpr int kMostTiles = kLanes == 16 ? 14 : 6;

/// kTiles tiles and kBlocks blocks of filters.
template <int kTiles, int kBlocks>
void multiply_tiles(int channels, const float* input, std::size_t input_stride, const float* weights, float* output,
                    std::size_t output_stride) {
    Lanes sums[kTiles][kBlocks]{};
    for (; channels > 0; channels -= kLanes, input += input_stride) {
        const int lanes = std::min(channels, kLanes);
        for (int lane = 0; lane < lanes; ++lane, weights += kBlocks * kLanes) {
            Lanes row[kBlocks];
#pragma GCC unroll 4
            for (int block = 0; block < kBlocks; ++block) row[block] = load(weights + block * kLanes);
#pragma GCC unroll 16
            for (int tile = 0; tile < kTiles; ++tile) {
                const float value = input[tile * kLanes + lane];
#pragma GCC unroll 4
                for (int block = 0; block < kBlocks; ++block) sums[tile][block] += value * row[block];
            }
        }
    }
#pragma GCC unroll 4
    for (int block = 0; block < kBlocks; ++block)
#pragma GCC unroll 16
        for (int tile = 0; tile < kTiles; ++tile)
            store(output + block * output_stride + tile * kLanes, sums[tile][block]);
}

using MultiplyTiles = void (*)(int, const float*, std::size_t, const float*, float*, std::size_t);

/// By number of tiles from 1 on.
template <int kBlocks>
constexpr auto kMultiplyTiles = []<int... kLess>(std::integer_sequence<int, kLess...>) {
    return std::array<MultiplyTiles, sizeof...(kLess)>{multiply_tiles<kLess + 1, kBlocks>...};
}
(std::make_integer_sequence<int, kMostTiles>{});

template <int kBlocks>
void multiply_group(int tiles, int channels, const float* input, std::size_t input_stride, const float* weights,
                    float* output, std::size_t output_stride) {
    while (tiles > 0) {
        // Two halves rather than a whole and a few, whose sums would wait for one another.
        const bool few_remain = tiles > kMostTiles && tiles < kMostTiles + kMostTiles / 2;
        const int now = few_remain ? tiles / 2 : std::min(tiles, kMostTiles);
        kMultiplyTiles<kBlocks>[now - 1](channels, input, input_stride, weights, output, output_stride);
        tiles -= now;
        input += now * kLanes;
        output += now * kLanes;
    }
}

/// The gradients of kChannels channels, at which `input` begins, and kBlocks blocks of filters.
template <int kChannels, int kBlocks>
void multiply_channels(int tiles, const float* input, const float* output_gradient, std::size_t output_stride, bool add,
                       float* weight_gradient, std::size_t gradient_stride) {
    Lanes sums[kChannels][kBlocks]{};
    if (add)
#pragma GCC unroll 16
        for (int channel = 0; channel < kChannels; ++channel)
#pragma GCC unroll 4
            for (int block = 0; block < kBlocks; ++block)
                sums[channel][block] = load(weight_gradient + channel * gradient_stride + block * kLanes);
    for (int tile = 0; tile < tiles; ++tile, input += kLanes, output_gradient += kLanes) {
        Lanes row[kBlocks];
#pragma GCC unroll 4
        for (int block = 0; block < kBlocks; ++block) row[block] = load(output_gradient + block * output_stride);
#pragma GCC unroll 16
        for (int channel = 0; channel < kChannels; ++channel) {
            const float value = input[channel];
#pragma GCC unroll 4
            for (int block = 0; block < kBlocks; ++block) sums[channel][block] += value * row[block];
        }
    }
#pragma GCC unroll 16
    for (int channel = 0; channel < kChannels; ++channel)
#pragma GCC unroll 4
        for (int block = 0; block < kBlocks; ++block)
            store(weight_gradient + channel * gradient_stride + block * kLanes, sums[channel][block]);
}

// Halves of a block of channels, so that there are sums enough to hide how long each takes, and registers for them.
constexpr int kChannelsAtOnce = kLanes / 2;
constexpr int kMostBlocks = 3;

template <int kBlocks>
void multiply_blocks(int tiles, int channels, const float* input, std::size_t input_stride,
                     const float* output_gradient, std::size_t output_stride, bool add, float* weight_gradient,
                     std::size_t gradient_stride) {
    for (int channel = 0; channel < channels; channel += kChannelsAtOnce)
        multiply_channels<kChannelsAtOnce, kBlocks>(tiles, input + channel / kLanes * input_stride + channel % kLanes,
                                                    output_gradient, output_stride, add,
                                                    weight_gradient + channel * gradient_stride, gradient_stride);
}

}  // namespace

void multiply(int tiles, int channels, int filter_blocks, const float* input, std::size_t input_stride,
              const float* weights, float* output, std::size_t output_stride) {
    int block = 0;
    for (; block + kFilterGroup <= filter_blocks; block += kFilterGroup) {
        multiply_group<kFilterGroup>(tiles, channels, input, input_stride, weights, output, output_stride);
        weights += static_cast<std::size_t>(channels) * kFilterGroup * kLanes;
        output += kFilterGroup * output_stride;
    }
    if (block < filter_blocks) multiply_group<1>(tiles, channels, input, input_stride, weights, output, output_stride);
}

void multiply_transposed(int tiles, int channels, int filter_blocks, const float* input, std::size_t input_stride,
                         const float* output_gradient, std::size_t output_stride, bool add, float* weight_gradient) {
    const std::size_t gradient_stride = static_cast<std::size_t>(filter_blocks) * kLanes;
    int block = 0;
    while (block < filter_blocks) {
        const int left = filter_blocks - block;
        // Two and two rather than three and one.
        const int blocks = left == 4 ? 2 : std::min(left, kMostBlocks);
        const auto run = blocks == 3 ? multiply_blocks<3> : blocks == 2 ? multiply_blocks<2> : multiply_blocks<1>;
        run(tiles, channels, input, input_stride, output_gradient + block * output_stride, output_stride, add,
            weight_gradient + static_cast<std::size_t>(block) * kLanes, gradient_stride);
        block += blocks;
    }
}

}  // namespace inkling::kernels::winograd
