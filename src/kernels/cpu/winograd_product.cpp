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

// Halves of a block of channels, so that there are sums enough to hide how long each takes, and registers for them.
constexpr int kChannelsAtOnce = kLanes / 2;

/// The gradients of kChannelsAtOnce channels, at which `input` begins, and kBlocks blocks of filters.
template <int kBlocks, bool kAdd>
void multiply_channels(int tiles, const float* input, const float* output_gradient, std::size_t output_stride,
                       float* weight_gradient) {
    Lanes sums[kChannelsAtOnce][kBlocks]{};
    if constexpr (kAdd)
#pragma GCC unroll 16
        for (int channel = 0; channel < kChannelsAtOnce; ++channel)
#pragma GCC unroll 4
            for (int block = 0; block < kBlocks; ++block)
                sums[channel][block] = load(weight_gradient + (channel * kBlocks + block) * kLanes);
    for (int tile = 0; tile < tiles; ++tile, input += kLanes, output_gradient += kLanes) {
        Lanes row[kBlocks];
#pragma GCC unroll 4
        for (int block = 0; block < kBlocks; ++block) row[block] = load(output_gradient + block * output_stride);
#pragma GCC unroll 16
        for (int channel = 0; channel < kChannelsAtOnce; ++channel) {
            const float value = input[channel];
#pragma GCC unroll 4
            for (int block = 0; block < kBlocks; ++block) sums[channel][block] += value * row[block];
        }
    }
#pragma GCC unroll 16
    for (int channel = 0; channel < kChannelsAtOnce; ++channel)
#pragma GCC unroll 4
        for (int block = 0; block < kBlocks; ++block)
            store(weight_gradient + (channel * kBlocks + block) * kLanes, sums[channel][block]);
}

template <int kBlocks>
void multiply_blocks(int tiles, int channels, const float* input, std::size_t input_stride,
                     const float* output_gradient, std::size_t output_stride, bool add, float* weight_gradient) {
    const auto run = add ? multiply_channels<kBlocks, true> : multiply_channels<kBlocks, false>;
    for (int channel = 0; channel < channels; channel += kChannelsAtOnce)
        run(tiles, input + channel / kLanes * input_stride + channel % kLanes, output_gradient, output_stride,
            weight_gradient + static_cast<std::size_t>(channel) * kBlocks * kLanes);
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
    for (int first = 0, blocks = 0; first < filter_blocks; first += blocks) {
        blocks = gradient_group(filter_blocks, first);
        const auto run = blocks == 3 ? multiply_blocks<3> : blocks == 2 ? multiply_blocks<2> : multiply_blocks<1>;
        run(tiles, channels, input, input_stride, output_gradient + first * output_stride, output_stride, add,
            weight_gradient + gradient_place(channels, filter_blocks, 0, first));
    }
}

}  // namespace inkling::kernels::winograd
