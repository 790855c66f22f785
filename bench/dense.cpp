#include "kernels/cpu/dense.h"

#include <benchmark/benchmark.h>

#include <algorithm>

#include "kernels/cpu/onednn.h"
#include "onednn_peers.h"
#include "roof.h"

namespace inkling {
namespace {

using kernels::Bfloat16;

/// The products of a dense layer - batch, inputs, units - with activations stored as Value.
template <class Value>
struct Case {
    explicit Case(const benchmark::State& state)
        : geometry{.batch = static_cast<int>(state.range(0)),
                   .inputs = static_cast<int>(state.range(1)),
                   .units = static_cast<int>(state.range(2)),
                   .input_stride = static_cast<int>(state.range(1)),
                   .output_stride = static_cast<int>(state.range(2)),
                   .precision = kPrecisionOf<Value>,
                   .output_precision = kPrecisionOf<Value>},
          products(geometry, 1),
          weight_product(geometry, 1) {
        products.enable_backward_data();
        scratch = AlignedBuffer<float>(std::max(products.scratch_size(), weight_product.scratch_size()));
        products.prepare(weights.data(), bias.data(), scratch.data());
    }

    double operations() const { return 2.0 * geometry.batch * geometry.inputs * geometry.units; }

    static std::size_t size(int rows, int columns) { return static_cast<std::size_t>(rows) * columns; }

    kernels::DenseGeometry geometry;
    kernels::DenseProducts products;
    kernels::DenseWeightGradient weight_product;
    AlignedBuffer<float> scratch;
    AlignedBuffer<Value> input = random_values_as<Value>(size(geometry.batch, geometry.inputs));
    AlignedBuffer<float> weights = random_values(size(geometry.units, geometry.inputs));
    AlignedBuffer<float> bias = random_values(size(geometry.units, 1));
    AlignedBuffer<Value> output = random_values_as<Value>(size(geometry.batch, geometry.units));
    AlignedBuffer<float> weight_gradient{weights.size()};
};

/// Times one product of the case.
template <class Value, class Product>
void time_product(benchmark::State& state, Product&& product) {
    if (kPrecisionOf<Value> == Precision::kBfloat16 && !kernels::has_bfloat16())
        return state.SkipWithError("needs AVX-512 BF16");
    Case<Value> own(state);
    time_operations(
        state, own.operations(), [&] { product(own); }, kPrecisionOf<Value>);
}

template <class Value>
void dense_forward(benchmark::State& state) {
    time_product<Value>(state, [](Case<Value>& own) {
        own.products.forward(0, own.input.data(), own.output.data(), own.scratch.data());
    });
}

template <class Value>
void dense_backward_weights(benchmark::State& state) {
    time_product<Value>(state, [](Case<Value>& own) {
        for (int part = 0; part < own.weight_product.parts(); ++part)
            own.weight_product.run(part, 0, own.input.data(), own.output.data(), own.weight_gradient.data(),
                                   own.scratch.data());
    });
}

template <class Value>
void dense_backward_data(benchmark::State& state) {
    time_product<Value>(state, [](Case<Value>& own) {
        own.products.backward_data(0, own.output.data(), own.input.data(), own.scratch.data());
    });
}

using MakePeer = peers::Run (*)(int, int, int);

void onednn_inner_product(benchmark::State& state, MakePeer make) {
    const int batch = static_cast<int>(state.range(0));
    const int inputs = static_cast<int>(state.range(1));
    const int units = static_cast<int>(state.range(2));
    const peers::Run run = make(batch, inputs, units);
    if (!run) return state.SkipWithError(peers::kMissing);
    time_operations(state, 2.0 * batch * inputs * units, run);
}

// mlp3's first layer and cnn3's, for a training batch, a slice of it and one image.
void sizes(benchmark::internal::Benchmark* benchmark) {
    benchmark->Args({64, 784, 512})->Args({256, 784, 512})->Args({256, 512, 256})->Args({256, 1152, 256});
    benchmark->ArgNames({"batch", "inputs", "units"})->UseRealTime();
}
void inference_sizes(benchmark::internal::Benchmark* benchmark) {
    benchmark->Args({1, 784, 512})->Args({1, 1152, 256});
}

BENCHMARK_TEMPLATE(dense_forward, float)->Apply(sizes)->Apply(inference_sizes);
BENCHMARK_TEMPLATE(dense_forward, Bfloat16)->Apply(sizes)->Apply(inference_sizes);
BENCHMARK_CAPTURE(onednn_inner_product, forward, peers::inner_product_forward)->Apply(sizes)->Apply(inference_sizes);
BENCHMARK_TEMPLATE(dense_backward_weights, float)->Apply(sizes);
BENCHMARK_TEMPLATE(dense_backward_weights, Bfloat16)->Apply(sizes);
BENCHMARK_CAPTURE(onednn_inner_product, backward_weights, peers::inner_product_backward_weights)->Apply(sizes);
BENCHMARK_TEMPLATE(dense_backward_data, float)->Apply(sizes);
BENCHMARK_TEMPLATE(dense_backward_data, Bfloat16)->Apply(sizes);
BENCHMARK_CAPTURE(onednn_inner_product, backward_data, peers::inner_product_backward_data)->Apply(sizes);

}  // namespace
}  // namespace inkling
