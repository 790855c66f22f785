#include "kernels/cpu/convolution.h"

#include <benchmark/benchmark.h>

#include "kernels/cpu/layout.h"
#include "kernels/cpu/onednn.h"
#include "roof.h"

namespace inkling {
namespace {

using kernels::Bfloat16;
using kernels::Convolution;
using kernels::DirectConvolution;

constexpr int kBatch = 32;

/// A 3x3 convolution of a slice of 32 images: channels, filters, height and width.
kernels::ConvolutionGeometry geometry_of(const benchmark::State& state, Precision precision) {
    const int side = static_cast<int>(state.range(2));
    return {.batch = kBatch,
            .input = {static_cast<int>(state.range(0)), side, side},
            .filters = static_cast<int>(state.range(1)),
            .plain_input = state.range(0) == 1,
            .precision = precision};
}

/// With activations stored as Value. Algorithm: Convolution, which chooses, or DirectConvolution beside it.
template <class Value, class Algorithm>
struct Case {
    explicit Case(const benchmark::State& state)
        : geometry(geometry_of(state, kPrecisionOf<Value>)),
          convolution(geometry, kernels::ConvolutionUse::kForwardAndBackward, 1) {
        if (geometry.input.channels > 1) convolution.enable_backward_data();
        scratch = AlignedBuffer<float>(convolution.scratch_size());
        convolution.prepare(weights.data(), bias.data(), scratch.data());
    }

    double operations() const { return 2.0 * kBatch * geometry.output().size() * geometry.input.channels * 9; }

    std::size_t weight_count() const {
        return static_cast<std::size_t>(geometry.filters) * geometry.input.channels * 9;
    }

    kernels::ConvolutionGeometry geometry;
    Algorithm convolution;
    AlignedBuffer<float> scratch;
    AlignedBuffer<float> weights = random_values(weight_count());
    AlignedBuffer<float> bias = random_values(static_cast<std::size_t>(geometry.filters));
    AlignedBuffer<Value> input = random_values_as<Value>(kBatch * kernels::blocked_size(geometry.input));
    AlignedBuffer<Value> output = random_values_as<Value>(kBatch * kernels::blocked_size(geometry.output()));
    AlignedBuffer<float> weight_gradient{weight_count()};
    AlignedBuffer<float> bias_gradient{static_cast<std::size_t>(geometry.filters)};
};

constexpr const char* kNoBfloat16 = "needs AVX-512 BF16";

template <class Value>
bool runs_here() {
    return kPrecisionOf<Value> == Precision::kFloat32 || kernels::has_bfloat16();
}

template <class Value, class Algorithm = Convolution>
void convolution_forward(benchmark::State& state) {
    if (!runs_here<Value>()) return state.SkipWithError(kNoBfloat16);
    Case<Value, Algorithm> own(state);
    time_operations(
        state, own.operations(),
        [&] { own.convolution.forward(0, own.input.data(), own.output.data(), own.scratch.data()); },
        kPrecisionOf<Value>);
}

template <class Value, class Algorithm = Convolution>
void convolution_backward_weights(benchmark::State& state) {
    if (!runs_here<Value>()) return state.SkipWithError(kNoBfloat16);
    Case<Value, Algorithm> own(state);
    const auto run = [&] {
        own.convolution.backward_weights(0, own.input.data(), own.output.data(), own.weight_gradient.data(),
                                         own.bias_gradient.data(), own.scratch.data());
    };
    time_operations(state, own.operations(), run, kPrecisionOf<Value>);
}

template <class Value, class Algorithm = Convolution>
void convolution_backward_data(benchmark::State& state) {
    if (!runs_here<Value>()) return state.SkipWithError(kNoBfloat16);
    Case<Value, Algorithm> own(state);
    time_operations(
        state, own.operations(),
        [&] { own.convolution.backward_data(0, own.output.data(), own.input.data(), own.scratch.data()); },
        kPrecisionOf<Value>);
}

// Those of cnn3, 1-32-64-128 filters, what vgg6 has besides, and wider and narrower ones.
void inner_layers(benchmark::internal::Benchmark* benchmark) {
    benchmark->Args({32, 64, 14})->Args({64, 128, 7});
    benchmark->Args({32, 32, 28})->Args({64, 64, 14})->Args({128, 128, 7});
    benchmark->Args({16, 32, 28})->Args({96, 96, 14});
    benchmark->ArgNames({"channels", "filters", "side"})->UseRealTime();
}
void all_layers(benchmark::internal::Benchmark* benchmark) {
    benchmark->Args({1, 32, 28});
    inner_layers(benchmark);
}

BENCHMARK_TEMPLATE(convolution_forward, float)->Apply(all_layers);
BENCHMARK_TEMPLATE(convolution_forward, float, DirectConvolution)->Apply(inner_layers);
BENCHMARK_TEMPLATE(convolution_forward, Bfloat16)->Apply(all_layers);
BENCHMARK_TEMPLATE(convolution_backward_weights, float)->Apply(all_layers);
BENCHMARK_TEMPLATE(convolution_backward_weights, float, DirectConvolution)->Apply(inner_layers);
BENCHMARK_TEMPLATE(convolution_backward_weights, Bfloat16)->Apply(all_layers);
BENCHMARK_TEMPLATE(convolution_backward_data, float)->Apply(inner_layers);
BENCHMARK_TEMPLATE(convolution_backward_data, float, DirectConvolution)->Apply(inner_layers);
BENCHMARK_TEMPLATE(convolution_backward_data, Bfloat16)->Apply(inner_layers);

}  // namespace
}  // namespace inkling
