#include "kernels/cpu/winograd_weights.h"

#include <algorithm>
#include <cstring>

#include "kernels/cpu/layout.h"
#include "kernels/cpu/transpose.h"
#include "kernels/cpu/winograd_product.h"
#include "kernels/cpu/winograd_transforms.h"

namespace inkling::kernels::winograd {
namespace {

constexpr int kTaps = 9;
constexpr int kWholeTaps = std::min(kTaps, kLanes);  // that a vector holds

/// A tap of up to kLanes kernels, `stride` floats apart, in each vector. `readable`: floats from `kernels` to the end
/// of the weights.
void gather_taps(const float* kernels, int count, std::size_t stride, std::size_t readable, Lanes (&taps)[kTaps]) {
    if (count < kLanes || (kLanes - 1) * stride + kLanes > readable) {
        for (Lanes& tap : taps) tap = Lanes{};
        for (int lane = 0; lane < count; ++lane)
            for (int tap = 0; tap < kTaps; ++tap) taps[tap][lane] = kernels[lane * stride + tap];
        return;
    }
    Lanes rows[kLanes];
#pragma GCC unroll 16
    for (int lane = 0; lane < kLanes; ++lane) rows[lane] = load(kernels + lane * stride);
    transpose(rows);
#pragma GCC unroll 16
    for (int tap = 0; tap < kWholeTaps; ++tap) taps[tap] = rows[tap];
#pragma GCC unroll 16
    for (int tap = kWholeTaps; tap < kTaps; ++tap)
#pragma GCC unroll 16
        for (int lane = 0; lane < kLanes; ++lane) taps[tap][lane] = kernels[lane * stride + tap];
}

/// The way back.
void scatter_taps(const Lanes (&taps)[kTaps], int count, std::size_t stride, float* kernels) {
    Lanes rows[kLanes]{};
#pragma GCC unroll 16
    for (int tap = 0; tap < kWholeTaps; ++tap) rows[tap] = taps[tap];
    transpose(rows);
    for (int lane = 0; lane < count; ++lane) {
        std::memcpy(kernels + lane * stride, &rows[lane], kWholeTaps * sizeof(float));
        for (int tap = kWholeTaps; tap < kTaps; ++tap) kernels[lane * stride + tap] = taps[tap][lane];
    }
}

void transform_kernels(const Lanes (&taps)[kTaps], float* planes, std::size_t stride) {
    Lanes half[kPoints][3];
#pragma GCC unroll 8
    for (int j = 0; j < 3; ++j) {
        Lanes to[kPoints];
        transform_kernel<Lanes>({taps[j], taps[3 + j], taps[6 + j]}, to);
#pragma GCC unroll 8
        for (int i = 0; i < kPoints; ++i) half[i][j] = to[i];
    }
#pragma GCC unroll 8
    for (int i = 0; i < kPoints; ++i) {
        Lanes to[kPoints];
        transform_kernel(half[i], to);
#pragma GCC unroll 8
        for (int j = 0; j < kPoints; ++j) store(planes + (i * kPoints + j) * stride, to[j]);
    }
}

void transform_kernel_gradients(const float* planes, std::size_t stride, Lanes (&taps)[kTaps]) {
    Lanes half[3][kPoints];
#pragma GCC unroll 8
    for (int j = 0; j < kPoints; ++j) {
        Lanes from[kPoints], to[3];
#pragma GCC unroll 8
        for (int i = 0; i < kPoints; ++i) from[i] = load(planes + (i * kPoints + j) * stride);
        transform_kernel_gradient(from, to);
#pragma GCC unroll 8
        for (int i = 0; i < 3; ++i) half[i][j] = to[i];
    }
#pragma GCC unroll 8
    for (int i = 0; i < 3; ++i) {
        Lanes to[3];
        transform_kernel_gradient(half[i], to);
        std::copy_n(to, 3, taps + i * 3);
    }
}

/// Calls body(input, output block) for all of them in the order in which they lie in a plane of weights.
template <class Body>
void for_each_in_plane(int inputs, int outputs, Body&& body) {
    const int blocks = channel_blocks(outputs);
    for (int group = 0; group < blocks; group += kFilterGroup)
        for (int input = 0; input < inputs; ++input)
            for (int block = group; block < std::min(group + kFilterGroup, blocks); ++block) body(input, block);
}

/// Transforms kernels from each of the inputs to each of the outputs; their strides say where these lie in `weights`.
template <bool kFlipped>
void transform(int inputs, std::size_t input_stride, int outputs, std::size_t output_stride, const float* weights,
               float* planes, std::size_t stride) {
    const std::size_t size = std::size_t{kTaps} * inputs * outputs;
    for_each_in_plane(inputs, outputs, [&](int input, int block) {
        const int output = block * kLanes;
        const std::size_t first = input * input_stride + output * output_stride;
        Lanes taps[kTaps];
        gather_taps(weights + first, std::min(kLanes, outputs - output), output_stride, size - first, taps);
        if (kFlipped) std::reverse(taps, taps + kTaps);
        transform_kernels(taps, planes + weight_place(inputs, channel_blocks(outputs), input, block), stride);
    });
}

}  // namespace

void transform_weights(int channels, int filters, const float* weights, float* planes, std::size_t stride) {
    transform<false>(channels, kTaps, filters, std::size_t{kTaps} * channels, weights, planes, stride);
}

void transform_weights_for_data(int channels, int filters, const float* weights, float* planes, std::size_t stride) {
    transform<true>(filters, std::size_t{kTaps} * channels, channels, kTaps, weights, planes, stride);
}

void transform_weight_gradients(int channels, int filters, const float* planes, std::size_t stride,
                                float* weight_gradient) {
    const int blocks = channel_blocks(filters);
    for (int first = 0; first < blocks; first += gradient_group(blocks, first))
        for (int channel = 0; channel < channels; ++channel) {
            const float* const group = planes + gradient_place(channels, blocks, channel, first);
            for (int block = 0; block < gradient_group(blocks, first); ++block) {
                Lanes taps[kTaps];
                transform_kernel_gradients(group + block * kLanes, stride, taps);
                const int filter = (first + block) * kLanes;
                scatter_taps(taps, std::min(kLanes, filters - filter), std::size_t{kTaps} * channels,
                             weight_gradient + (static_cast<std::size_t>(filter) * channels + channel) * kTaps);
            }
        }
}

}  // namespace inkling::kernels::winograd
