#include "kernels/cpu/winograd.h"

#include <benchmark/benchmark.h>

#include "core/threads.h"
#include "kernels/cpu/convolution.h"
#include "kernels/cpu/layout.h"
#include "roof.h"

namespace inkling {
namespace {

// A worker's slice of a batch on one thread, by kernels::Winograd and by oneDNN's best, which kernels::Convolution
// takes. Shares are those of one thread's roof with OMP_NUM_THREADS=1.

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

struct OneDnn : Tensors {
    explicit OneDnn(const kernels::ConvolutionGeometry& of)
        : Tensors(of), convolution(of, kernels::Convolution::Use::kForwardAndBackward) {
        convolution.enable_backward_data();
        prepare();
    }

    void prepare() { convolution.prepare(weights.data(), bias.data()); }
    void forward() { convolution.forward(input.data(), output.data()); }
    void backward_data() { convolution.backward_data(output.data(), input.data()); }
    void backward_weights() {
        convolution.backward_weights(input.data(), output.data(), weight_gradient.data(), bias_gradient.data());
    }

    kernels::Convolution convolution;
};

/// One thread for as long as this lives.
class OneThread {
  public:
    OneThread() { set_thread_count(1); }
    ~OneThread() { set_thread_count(before_); }
    OneThread(const OneThread&) = delete;
    OneThread& operator=(const OneThread&) = delete;

  private:
    int before_ = thread_count();
};

template <class Algorithm>
void slice_pass(benchmark::State& state, void (Algorithm::*run)()) {
    multiply_add_roof();  // of all threads, before there is only one
    const OneThread one_thread;
    Algorithm algorithm(geometry_of(state));
    time_operations(state, algorithm.operations(), [&] { (algorithm.*run)(); });
}

template <class Algorithm>
void slice_prepare(benchmark::State& state) {
    const OneThread one_thread;
    Algorithm algorithm(geometry_of(state));
    for (auto _ : state) algorithm.prepare();
}

void layers(benchmark::internal::Benchmark* benchmark) {
    benchmark->Args({16, 32, 28})->Args({32, 32, 28})->Args({32, 64, 14})->Args({64, 64, 14})->Args({96, 96, 14});
    benchmark->Args({64, 128, 7})->Args({128, 128, 7});
    benchmark->ArgNames({"channels", "filters", "side"})->UseRealTime();
}

BENCHMARK_CAPTURE(slice_pass, forward_winograd, &OwnWinograd::forward)->Apply(layers);
BENCHMARK_CAPTURE(slice_pass, forward_onednn, &OneDnn::forward)->Apply(layers);
BENCHMARK_CAPTURE(slice_pass, backward_data_winograd, &OwnWinograd::backward_data)->Apply(layers);
BENCHMARK_CAPTURE(slice_pass, backward_data_onednn, &OneDnn::backward_data)->Apply(layers);
BENCHMARK_CAPTURE(slice_pass, backward_weights_winograd, &OwnWinograd::backward_weights)->Apply(layers);
BENCHMARK_CAPTURE(slice_pass, backward_weights_onednn, &OneDnn::backward_weights)->Apply(layers);
BENCHMARK_TEMPLATE(slice_prepare, OwnWinograd)->Apply(layers);
BENCHMARK_TEMPLATE(slice_prepare, OneDnn)->Apply(layers);

}  // namespace
}  // namespace inkling
