#include "kernels/cpu/winograd.h"

#include <benchmark/benchmark.h>

#include "kernels/cpu/direct_convolution.h"
#include "kernels/cpu/layout.h"
#include "roof.h"

namespace inkling {
namespace {

// A worker's slice of a batch by Winograd's algorithm, which kernels::Convolution takes where it can, and by oneDNN's
// direct convolution.

constexpr int kSlice = 32;

kernels::ConvolutionGeometry geometry_of(const benchmark::State& state) {
    const int side = static_cast<int>(state.range(2));
    return {.batch = kSlice,
            .input = {static_cast<int>(state.range(0)), side, side},
            .filters = static_cast<int>(state.range(1))};
}

struct Tensors {
    explicit Tensors(const kernels::ConvolutionGeometry& of) : geometry(of) {}

    std::size_t weight_count() const { return std::size_t{9} * geometry.filters * geometry.input.channels; }
    double operations() const {
        return 2.0 * kSlice * geometry.output().pixels() * static_cast<double>(weight_count());
    }

    kernels::ConvolutionGeometry geometry;
    AlignedBuffer<float> weights = random_values(weight_count());
    AlignedBuffer<float> bias = random_values(static_cast<std::size_t>(geometry.filters));
    AlignedBuffer<float> input = random_values(kSlice * kernels::blocked_size(geometry.input));
    AlignedBuffer<float> output = random_values(kSlice * kernels::blocked_size(geometry.output()));
    AlignedBuffer<float> weight_gradient{weight_count()};
    AlignedBuffer<float> bias_gradient{static_cast<std::size_t>(geometry.filters)};
};

struct OwnWinograd : Tensors {
    explicit OwnWinograd(const kernels::ConvolutionGeometry& of) : Tensors(of), convolution(of) {
        convolution.enable_backward_data();
        scratch = AlignedBuffer<float>(convolution.scratch_size());
        prepare();
    }

    void prepare() { convolution.prepare(weights.data(), bias.data()); }
    void forward() { convolution.forward(kSlice, input.data(), output.data(), scratch.span()); }
    void backward_data() { convolution.backward_data(kSlice, output.data(), input.data(), scratch.span()); }
    void backward_weights() {
        convolution.backward_weights(kSlice, input.data(), output.data(), weight_gradient.data(), bias_gradient.data(),
                                     scratch.span());
    }

    kernels::Winograd convolution;
    AlignedBuffer<float> scratch;
};

struct Direct : Tensors {
    explicit Direct(const kernels::ConvolutionGeometry& of)
        : Tensors(of), convolution(of, kernels::ConvolutionUse::kForwardAndBackward, 1) {
        convolution.enable_backward_data();
        scratch = AlignedBuffer<float>(convolution.scratch_size());
        prepare();
    }

    void prepare() { convolution.prepare(weights.data(), bias.data(), scratch.data()); }
    void forward() { convolution.forward(0, input.data(), output.data(), scratch.data()); }
    void backward_data() { convolution.backward_data(0, output.data(), input.data(), scratch.data()); }
    void backward_weights() {
        convolution.backward_weights(0, input.data(), output.data(), weight_gradient.data(), bias_gradient.data(),
                                     scratch.data());
    }

    kernels::DirectConvolution convolution;
    AlignedBuffer<float> scratch;
};

template <class Algorithm>
void slice_pass(benchmark::State& state, void (Algorithm::*run)()) {
    Algorithm algorithm(geometry_of(state));
    time_operations(state, algorithm.operations(), [&] { (algorithm.*run)(); });
}

template <class Algorithm>
void slice_prepare(benchmark::State& state) {
    Algorithm algorithm(geometry_of(state));
    for (auto _ : state) algorithm.prepare();
}

void layers(benchmark::internal::Benchmark* benchmark) {
    benchmark->Args({16, 32, 28})->Args({32, 32, 28})->Args({32, 64, 14})->Args({64, 64, 14})->Args({96, 96, 14});
    benchmark->Args({64, 128, 7})->Args({128, 128, 7});
    benchmark->ArgNames({"channels", "filters", "side"})->UseRealTime();
}

BENCHMARK_CAPTURE(slice_pass, forward_winograd, &OwnWinograd::forward)->Apply(layers);
BENCHMARK_CAPTURE(slice_pass, forward_direct, &Direct::forward)->Apply(layers);
BENCHMARK_CAPTURE(slice_pass, backward_data_winograd, &OwnWinograd::backward_data)->Apply(layers);
BENCHMARK_CAPTURE(slice_pass, backward_data_direct, &Direct::backward_data)->Apply(layers);
BENCHMARK_CAPTURE(slice_pass, backward_weights_winograd, &OwnWinograd::backward_weights)->Apply(layers);
BENCHMARK_CAPTURE(slice_pass, backward_weights_direct, &Direct::backward_weights)->Apply(layers);
BENCHMARK_TEMPLATE(slice_prepare, OwnWinograd)->Apply(layers);
BENCHMARK_TEMPLATE(slice_prepare, Direct)->Apply(layers);

}  // namespace
}  // namespace inkling
