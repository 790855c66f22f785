#include "kernels/cpu/depthwise.h"

#include <algorithm>
#include <array>

#include "kernels/cpu/bfloat16.h"
#include "kernels/cpu/layout.h"

namespace inkling::kernels {
namespace {

constexpr int kMostTaps = 256;  // of a filter: its side is at most 16

int taps(const DepthwiseGeometry& g) { return g.kernel * g.kernel; }

std::size_t plane(const Shape& shape) { return shape.pixels() * kChannelBlock; }

/// Along one side: which of a filter's positions lie on the input where its first one stands at `from`.
struct Extent {
    int begin = 0;
    int end = 0;
};

Extent extent(int from, int kernel, int side) { return {std::max(0, -from), std::min(kernel, side - from)}; }

/// What an outer loop over the output's pixels needs of one: visit(y, x of the filter's first position on the input,
/// the pixel's number).
template <class Visit>
void for_each_output(const DepthwiseGeometry& g, Visit&& visit) {
    const Shape output = g.output();
    std::size_t pixel = 0;
    for (int y = 0; y < output.height; ++y)
        for (int x = 0; x < output.width; ++x) visit(y * g.stride - g.padding, x * g.stride - g.padding, pixel++);
}

bool inside(const DepthwiseGeometry& g, int y, int x) {
    return y >= 0 && x >= 0 && y + g.kernel <= g.input.height && x + g.kernel <= g.input.width;
}

/// Calls visit(tap, offset of the input's value) for each of a filter's positions that lies on the input. kSide is the
/// side of a filter that is known when compiling and lies on the input whole, or 0.
template <int kSide, class Visit>
void for_each_tap(const DepthwiseGeometry& g, int y, int x, Visit&& visit) {
    const Extent rows = kSide > 0 ? Extent{0, kSide} : extent(y, g.kernel, g.input.height);
    const Extent columns = kSide > 0 ? Extent{0, kSide} : extent(x, g.kernel, g.input.width);
    const int side = kSide > 0 ? kSide : g.kernel;
    for (int dy = rows.begin; dy < rows.end; ++dy)
        for (int dx = columns.begin; dx < columns.end; ++dx)
            visit(dy * side + dx, (static_cast<std::ptrdiff_t>(y + dy) * g.input.width + (x + dx)) * kChannelBlock);
}

/// The same at any place, unrolled where the filter is 3x3 and lies on the input whole.
template <class Visit>
void for_each_tap_at(const DepthwiseGeometry& g, int y, int x, Visit&& visit) {
    if (g.kernel == 3 && inside(g, y, x))
        for_each_tap<3>(g, y, x, visit);
    else
        for_each_tap<0>(g, y, x, visit);
}

template <class Value>
void convolve_plane(const DepthwiseGeometry& g, const Value* input, const float* weights, const Lanes& bias,
                    Value* output) {
    for_each_output(g, [&](int y, int x, std::size_t pixel) {
        Lanes sum = bias;
        for_each_tap_at(g, y, x, [&](int tap, std::ptrdiff_t offset) {
            sum += load(weights + tap * kChannelBlock) * load(input + offset);
        });
        store(output + pixel * kChannelBlock, sum);
    });
}

/// Calls body(sample, block).
template <class Body>
void for_each_plane(const DepthwiseGeometry& g, int samples, Body&& body) {
    const int blocks = channel_blocks(g.input.channels);
    for (int sample = 0; sample < samples; ++sample)
        for (int block = 0; block < blocks; ++block) body(static_cast<std::size_t>(sample) * blocks + block, block);
}

/// Without a stride, the gradient by the input is a convolution of the output's by the filters turned by half a turn.
void backward_data_unstrided(const DepthwiseGeometry& g, int samples, const ConstValues& output_gradient,
                             const float* weights, const Values& input_gradient) {
    const DepthwiseGeometry back{
        .input = g.output(), .kernel = g.kernel, .stride = 1, .padding = g.kernel - 1 - g.padding};
    std::array<float, kMostTaps * kChannelBlock> turned;
    with_type(input_gradient.precision, [&]<class Value>(Value) {
        for_each_plane(g, samples, [&](std::size_t index, int block) {
            const float* const own = weights + static_cast<std::size_t>(block) * taps(g) * kChannelBlock;
            for (int tap = 0; tap < taps(g); ++tap)
                store(&turned[static_cast<std::size_t>(tap) * kChannelBlock],
                      load(own + (taps(g) - 1 - tap) * kChannelBlock));
            convolve_plane(back, as<Value>(output_gradient) + index * plane(back.input), turned.data(), Lanes{},
                           as<Value>(input_gradient) + index * plane(g.input));
        });
    });
}

}  // namespace

std::size_t depthwise_weights_size(const DepthwiseGeometry& geometry) {
    return static_cast<std::size_t>(padded_channels(geometry.input.channels)) * taps(geometry);
}

void depthwise_weights(const DepthwiseGeometry& geometry, const float* filters, std::span<float> weights) {
    std::ranges::fill(weights, 0.0f);
    for (int channel = 0; channel < geometry.input.channels; ++channel)
        for (int tap = 0; tap < taps(geometry); ++tap)
            weights[(static_cast<std::size_t>(channel / kChannelBlock) * taps(geometry) + tap) * kChannelBlock +
                    channel % kChannelBlock] = filters[static_cast<std::size_t>(channel) * taps(geometry) + tap];
}

void depthwise_forward(const DepthwiseGeometry& geometry, int samples, const ConstValues& input, const float* weights,
                       const float* bias, const Values& output) {
    with_type(output.precision, [&]<class Value>(Value) {
        for_each_plane(geometry, samples, [&](std::size_t index, int block) {
            convolve_plane(geometry, as<Value>(input) + index * plane(geometry.input),
                           weights + static_cast<std::size_t>(block) * taps(geometry) * kChannelBlock,
                           bias == nullptr ? Lanes{} : load(bias + block * kChannelBlock),
                           as<Value>(output) + index * plane(geometry.output()));
        });
    });
}

std::size_t depthwise_scratch_size(const DepthwiseGeometry& geometry) { return plane(geometry.input); }

void depthwise_backward_data(const DepthwiseGeometry& geometry, int samples, const ConstValues& output_gradient,
                             const float* weights, const Values& input_gradient, float* scratch) {
    if (geometry.stride == 1)
        return backward_data_unstrided(geometry, samples, output_gradient, weights, input_gradient);
    const std::size_t size = plane(geometry.input);
    with_type(input_gradient.precision, [&]<class Value>(Value) {
        for_each_plane(geometry, samples, [&](std::size_t index, int block) {
            const Value* const gradient = as<Value>(output_gradient) + index * plane(geometry.output());
            const float* const own = weights + static_cast<std::size_t>(block) * taps(geometry) * kChannelBlock;
            std::fill_n(scratch, size, 0.0f);
            for_each_output(geometry, [&](int y, int x, std::size_t pixel) {
                const Lanes value = load(gradient + pixel * kChannelBlock);
                for_each_tap_at(geometry, y, x, [&](int tap, std::ptrdiff_t offset) {
                    store(scratch + offset, load(scratch + offset) + value * load(own + tap * kChannelBlock));
                });
            });
            Value* const target = as<Value>(input_gradient) + index * size;
            for (std::size_t i = 0; i < size; i += kChannelBlock) store(target + i, load(scratch + i));
        });
    });
}

void depthwise_backward_weights(const DepthwiseGeometry& geometry, int samples, const ConstValues& input,
                                const ConstValues& output_gradient, float* filter_gradient, float* bias_gradient) {
    const int blocks = channel_blocks(geometry.input.channels);
    std::array<Lanes, kMostTaps> sums;
    with_type(input.precision, [&]<class Value>(Value) {
        for (int block = 0; block < blocks; ++block) {
            std::fill_n(sums.begin(), taps(geometry), Lanes{});
            Lanes bias_sum{};
            for (int sample = 0; sample < samples; ++sample) {
                const std::size_t index = static_cast<std::size_t>(sample) * blocks + block;
                const Value* const values = as<Value>(input) + index * plane(geometry.input);
                const Value* const gradient = as<Value>(output_gradient) + index * plane(geometry.output());
                for_each_output(geometry, [&](int y, int x, std::size_t pixel) {
                    const Lanes value = load(gradient + pixel * kChannelBlock);
                    bias_sum += value;
                    for_each_tap_at(geometry, y, x, [&](int tap, std::ptrdiff_t offset) {
                        sums[static_cast<std::size_t>(tap)] += value * load(values + offset);
                    });
                });
            }
            const int first = block * kChannelBlock;
            for (int lane = 0; lane < std::min(kChannelBlock, geometry.input.channels - first); ++lane) {
                for (int tap = 0; tap < taps(geometry); ++tap)
                    filter_gradient[static_cast<std::size_t>(first + lane) * taps(geometry) + tap] =
                        sums[static_cast<std::size_t>(tap)][lane];
                if (bias_gradient != nullptr) bias_gradient[first + lane] = bias_sum[lane];
            }
        }
    });
}

}  // namespace inkling::kernels
