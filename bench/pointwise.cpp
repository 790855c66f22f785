#include "kernels/cpu/pointwise.h"

#include <benchmark/benchmark.h>

#include <cmath>
#include <vector>

#include "kernels/cpu/layout.h"
#include "onednn_peers.h"
#include "roof.h"

namespace inkling {
namespace {

using kernels::kChannelBlock;

constexpr int kBatch = 32;
constexpr kernels::Slice kSlice{.first = 0, .count = kBatch};

/// What follows cnn3's convolutions, over a slice of 32 images: channels, height and width.
struct Case {
    Case(const benchmark::State& state, bool pools, Activation activation = activation::Relu{})
        : shape{static_cast<int>(state.range(0)), static_cast<int>(state.range(1)), static_cast<int>(state.range(1))},
          pointwise{.input = shape, .normalizes = true, .activation = activation, .pool = {}} {
        if (pools) pointwise.pool = kernels::Pool{.height = shape.height, .width = shape.width};
        output = random_values(kBatch * kernels::blocked_size(pointwise.output()));
        winners = AlignedBuffer<std::uint8_t>(output.size());
        scratch = AlignedBuffer<float>(kernels::pointwise_scratch_size(pointwise));
        kernels::pointwise_forward(pointwise, kSlice, input.data(), map(), nullptr, output.data(), {winners.data()},
                                   scratch.span());
    }

    kernels::ChannelMap map() const { return {mean.span(), scale.span(), shift.span()}; }
    kernels::ChannelSums channel_sums() { return {first_sums, second_sums}; }
    double input_bytes() const { return 4.0 * static_cast<double>(input.size()); }
    double output_bytes() const { return 4.0 * static_cast<double>(output.size()); }

    Shape shape;
    kernels::Pointwise pointwise;
    AlignedBuffer<float> input = random_values(kBatch * kernels::blocked_size(shape));
    AlignedBuffer<float> input_gradient{input.size()};
    AlignedBuffer<float> output;
    AlignedBuffer<std::uint8_t> winners;
    AlignedBuffer<float> scratch;
    std::size_t channels = static_cast<std::size_t>(kernels::padded_channels(shape.channels));
    AlignedBuffer<float> scale = random_values(channels), shift = random_values(channels);
    AlignedBuffer<float> mean{channels}, variance{channels};
    std::vector<double> first_sums = std::vector<double>(channels);
    std::vector<double> second_sums = first_sums;
};

void slice_moments(benchmark::State& state) {
    Case own(state, false);
    time_bytes(state, own.input_bytes(),
               [&] { kernels::slice_moments(kSlice, own.input.data(), own.shape, own.channel_sums()); });
}

void pointwise_forward(benchmark::State& state, bool pools, Activation activation) {
    Case own(state, pools, activation);
    time_bytes(state, own.input_bytes() + own.output_bytes() * (pools ? 1.25 : 1), [&] {
        kernels::pointwise_forward(own.pointwise, kSlice, own.input.data(), own.map(), nullptr, own.output.data(),
                                   {own.winners.data()}, own.scratch.span());
    });
}

/// Both passes of the way back: batch norm's sums, then the input's gradient.
void pointwise_backward(benchmark::State& state, bool pools, Activation activation) {
    Case own(state, pools, activation);
    const kernels::GradientMap gradient_map{own.scale.span(), own.variance.span(), own.shift.span()};
    time_bytes(state, 3 * own.input_bytes() + 2 * own.output_bytes() * (pools ? 1.25 : 1), [&] {
        kernels::pointwise_backward_sums(own.pointwise, kSlice, own.input.data(), own.map(), nullptr, own.output.data(),
                                         {own.winners.data()}, own.channel_sums(), own.scratch.span());
        kernels::pointwise_backward(own.pointwise, kSlice, own.input.data(), own.map(), nullptr, own.output.data(),
                                    {own.winners.data()}, gradient_map, own.input_gradient.data(), own.scratch.span());
    });
}

void dropout(benchmark::State& state) {
    Case own(state, false);
    const kernels::Dropout dropout{.p = 0.3f};
    const std::size_t sample = kernels::blocked_size(own.shape);
    AlignedBuffer<std::uint8_t> kept(own.input.size());
    time_bytes(state, 2.25 * own.input_bytes(), [&] {
        for (std::size_t n = 0; n < kBatch; ++n)
            kernels::apply_dropout(dropout, static_cast<std::uint32_t>(n), own.shape, own.input.data() + n * sample,
                                   own.input_gradient.data() + n * sample, kept.data() + n * sample);
    });
}

using MakePeer = peers::Run (*)(int, const Shape&);

/// oneDNN's primitive, with the bytes that it must read and write: so many inputs and outputs, the latter as pooled.
void onednn(benchmark::State& state, MakePeer make, double inputs, double pooled) {
    const Case own(state, true);
    const peers::Run run = make(kBatch, own.shape);
    if (!run) return state.SkipWithError(peers::kMissing);
    time_bytes(state, inputs * own.input_bytes() + pooled * own.output_bytes(), run);
}

void of_cnn3(benchmark::internal::Benchmark* benchmark) {
    benchmark->Args({32, 28})->Args({64, 14})->Args({128, 7})->ArgNames({"channels", "side"})->UseRealTime();
}

BENCHMARK(slice_moments)->Apply(of_cnn3);
BENCHMARK_CAPTURE(pointwise_forward, norm_relu, false, activation::Relu{})->Apply(of_cnn3);
BENCHMARK_CAPTURE(pointwise_forward, norm_gelu, false, activation::Gelu{})->Apply(of_cnn3);
BENCHMARK_CAPTURE(pointwise_forward, norm_relu_pool, true, activation::Relu{})->Apply(of_cnn3);
// Statistics, norm and relu in one; relu, gelu and pool alone.
BENCHMARK_CAPTURE(onednn, batch_norm_relu_forward, peers::batch_norm_relu_forward, 2, 0)->Apply(of_cnn3);
BENCHMARK_CAPTURE(onednn, relu_forward, peers::relu_forward, 2, 0)->Apply(of_cnn3);
BENCHMARK_CAPTURE(onednn, gelu_forward, peers::gelu_forward, 2, 0)->Apply(of_cnn3);
BENCHMARK_CAPTURE(onednn, max_pool_forward, peers::max_pool_forward, 1, 1.25)->Apply(of_cnn3);

BENCHMARK_CAPTURE(pointwise_backward, norm_relu, false, activation::Relu{})->Apply(of_cnn3);
BENCHMARK_CAPTURE(pointwise_backward, norm_gelu, false, activation::Gelu{})->Apply(of_cnn3);
BENCHMARK_CAPTURE(pointwise_backward, norm_relu_pool, true, activation::Relu{})->Apply(of_cnn3);
BENCHMARK_CAPTURE(pointwise_backward, norm_gelu_pool, true, activation::Gelu{})->Apply(of_cnn3);
BENCHMARK_CAPTURE(onednn, batch_norm_relu_backward, peers::batch_norm_relu_backward, 3, 0)->Apply(of_cnn3);
BENCHMARK_CAPTURE(onednn, max_pool_backward, peers::max_pool_backward, 1, 1.25)->Apply(of_cnn3);

BENCHMARK(dropout)->Args({256, 1})->Args({128, 3})->ArgNames({"channels", "side"})->UseRealTime();

}  // namespace
}  // namespace inkling
