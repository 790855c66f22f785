#include <benchmark/benchmark.h>

#include "kernels/cpu/onednn.h"
#include "onednn_peers.h"
#include "roof.h"

namespace inkling {
namespace {

/// The products of a dense layer: batch, inputs, units.
struct Case {
    explicit Case(const benchmark::State& state)
        : batch(static_cast<std::size_t>(state.range(0))),
          inputs(static_cast<std::size_t>(state.range(1))),
          units(static_cast<std::size_t>(state.range(2))) {}

    double operations() const { return 2.0 * static_cast<double>(batch * inputs * units); }

    std::size_t batch, inputs, units;
    AlignedBuffer<float> input = random_values(batch * inputs);
    AlignedBuffer<float> weights = random_values(units * inputs);
    AlignedBuffer<float> output = random_values(batch * units);
};

void dense_forward(benchmark::State& state) {
    Case own(state);
    time_operations(state, own.operations(), [&] {
        kernels::multiply({.transpose_b = true,
                           .rows = own.batch,
                           .columns = own.units,
                           .depth = own.inputs,
                           .a = own.input.data(),
                           .leading_a = own.inputs,
                           .b = own.weights.data(),
                           .leading_b = own.inputs,
                           .c = own.output.data(),
                           .leading_c = own.units});
    });
}

void dense_backward_weights(benchmark::State& state) {
    Case own(state);
    time_operations(state, own.operations(), [&] {
        kernels::multiply({.transpose_a = true,
                           .rows = own.units,
                           .columns = own.inputs,
                           .depth = own.batch,
                           .a = own.output.data(),
                           .leading_a = own.units,
                           .b = own.input.data(),
                           .leading_b = own.inputs,
                           .c = own.weights.data(),
                           .leading_c = own.inputs});
    });
}

void dense_backward_data(benchmark::State& state) {
    Case own(state);
    time_operations(state, own.operations(), [&] {
        kernels::multiply({.rows = own.batch,
                           .columns = own.inputs,
                           .depth = own.units,
                           .a = own.output.data(),
                           .leading_a = own.units,
                           .b = own.weights.data(),
                           .leading_b = own.inputs,
                           .c = own.input.data(),
                           .leading_c = own.inputs});
    });
}

using MakePeer = peers::Run (*)(int, int, int);

void onednn_inner_product(benchmark::State& state, MakePeer make) {
    const Case own(state);
    const peers::Run run = make(static_cast<int>(own.batch), static_cast<int>(own.inputs), static_cast<int>(own.units));
    if (!run) return state.SkipWithError(peers::kMissing);
    time_operations(state, own.operations(), run);
}

// mlp3's first layer and cnn3's, for a training batch and one image.
void sizes(benchmark::internal::Benchmark* benchmark) {
    benchmark->Args({256, 784, 512})->Args({256, 512, 256})->Args({256, 1152, 256});
    benchmark->ArgNames({"batch", "inputs", "units"})->UseRealTime();
}
void inference_sizes(benchmark::internal::Benchmark* benchmark) {
    benchmark->Args({1, 784, 512})->Args({1, 1152, 256});
}

BENCHMARK(dense_forward)->Apply(sizes)->Apply(inference_sizes);
BENCHMARK_CAPTURE(onednn_inner_product, forward, peers::inner_product_forward)->Apply(sizes)->Apply(inference_sizes);
BENCHMARK(dense_backward_weights)->Apply(sizes);
BENCHMARK_CAPTURE(onednn_inner_product, backward_weights, peers::inner_product_backward_weights)->Apply(sizes);
BENCHMARK(dense_backward_data)->Apply(sizes);
BENCHMARK_CAPTURE(onednn_inner_product, backward_data, peers::inner_product_backward_data)->Apply(sizes);

}  // namespace
}  // namespace inkling
