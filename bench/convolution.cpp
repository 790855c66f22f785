#include <benchmark/benchmark.h>

#include "kernels/cpu/layout.h"
#include "kernels/cpu/onednn.h"
#include "roof.h"

namespace inkling {
namespace {

constexpr int kBatch = 256;

/// A 3x3 convolution of 256 images: channels, filters, height and width.
struct Case {
    explicit Case(const benchmark::State& state)
        : geometry{.batch = kBatch,
                   .input = {static_cast<int>(state.range(0)), static_cast<int>(state.range(2)),
                             static_cast<int>(state.range(2))},
                   .filters = static_cast<int>(state.range(1)),
                   .plain_input = state.range(0) == 1},
          convolution(geometry, kernels::Convolution::Use::kForwardAndBackward) {
        if (geometry.input.channels > 1) convolution.enable_backward_data();
        convolution.prepare(weights.data(), bias.data());
    }

    double operations() const { return 2.0 * kBatch * geometry.output().size() * geometry.input.channels * 9; }

    std::size_t weight_count() const {
        return static_cast<std::size_t>(geometry.filters) * geometry.input.channels * 9;
    }

    kernels::ConvolutionGeometry geometry;
    kernels::Convolution convolution;
    AlignedBuffer<float> weights = random_values(weight_count());
    AlignedBuffer<float> bias = random_values(static_cast<std::size_t>(geometry.filters));
    AlignedBuffer<float> input = random_values(kBatch * kernels::blocked_size(geometry.input));
    AlignedBuffer<float> output = random_values(kBatch * kernels::blocked_size(geometry.output()));
    AlignedBuffer<float> weight_gradient{weight_count()};
    AlignedBuffer<float> bias_gradient{static_cast<std::size_t>(geometry.filters)};
};

void convolution_forward(benchmark::State& state) {
    Case own(state);
    time_operations(state, own.operations(), [&] { own.convolution.forward(own.input.data(), own.output.data()); });
}

void convolution_backward_weights(benchmark::State& state) {
    Case own(state);
    time_operations(state, own.operations(), [&] {
        own.convolution.backward_weights(own.input.data(), own.output.data(), own.weight_gradient.data(),
                                         own.bias_gradient.data());
    });
}

void convolution_backward_data(benchmark::State& state) {
    Case own(state);
    time_operations(state, own.operations(),
                    [&] { own.convolution.backward_data(own.output.data(), own.input.data()); });
}

// Those of cnn3: 1-32-64-128 filters.
void of_cnn3(benchmark::internal::Benchmark* benchmark) {
    benchmark->Args({32, 64, 14})->Args({64, 128, 7})->ArgNames({"channels", "filters", "side"})->UseRealTime();
}
// What vgg6 has besides.
void of_vgg6(benchmark::internal::Benchmark* benchmark) {
    benchmark->Args({32, 32, 28})->Args({64, 64, 14})->Args({128, 128, 7});
}

BENCHMARK(convolution_forward)->Args({1, 32, 28})->Apply(of_cnn3)->Apply(of_vgg6);
BENCHMARK(convolution_backward_weights)->Args({1, 32, 28})->Apply(of_cnn3)->Apply(of_vgg6);
BENCHMARK(convolution_backward_data)->Apply(of_cnn3)->Apply(of_vgg6);

}  // namespace
}  // namespace inkling
