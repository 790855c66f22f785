#include <benchmark/benchmark.h>

#include <vector>

#include "core/aligned_buffer.h"
#include "core/random.h"
#include "kernels/cpu/layout.h"
#include "kernels/cpu/onednn.h"
#include "kernels/cpu/updates.h"

namespace inkling {
namespace {

AlignedBuffer<float> random_values(std::size_t size) {
    AlignedBuffer<float> values(size);
    RandomStream random(0, Purpose::kBenchmark);
    for (float& value : values.span()) value = random.uniform();
    return values;
}

/// A 3x3 convolution of 256 images, forward: channels, filters, height and width.
void convolution_forward(benchmark::State& state) {
    const Shape input{static_cast<int>(state.range(0)), static_cast<int>(state.range(2)),
                      static_cast<int>(state.range(2))};
    const kernels::ConvolutionGeometry geometry{
        .batch = 256, .input = input, .filters = static_cast<int>(state.range(1)), .plain_input = input.channels == 1};
    kernels::Convolution convolution(geometry, kernels::Convolution::Use::kForward);
    const auto weights = random_values(static_cast<std::size_t>(geometry.filters) * input.channels * 9);
    const auto bias = random_values(static_cast<std::size_t>(geometry.filters));
    const auto images = random_values(256 * kernels::blocked_size(input));
    AlignedBuffer<float> output(256 * kernels::blocked_size(geometry.output()));
    convolution.prepare(weights.data(), bias.data());
    for (auto _ : state) {
        convolution.forward(images.data(), output.data());
        benchmark::ClobberMemory();
    }
    state.SetItemsProcessed(state.iterations() * 256);
}
BENCHMARK(convolution_forward)->Args({1, 32, 28})->Args({32, 64, 14})->Args({64, 128, 7})->UseRealTime();

/// Adam's step over so many parameters.
void adam_update(benchmark::State& state) {
    const auto count = static_cast<std::size_t>(state.range(0));
    AlignedBuffer<float> parameters = random_values(count);
    const AlignedBuffer<float> gradients = random_values(count);
    AdamRule rule{.learning_rate = 1e-3f, .beta1 = 0.9f, .beta2 = 0.999f, .eps = 1e-8f};
    AlignedBuffer<float> slots(count * static_cast<std::size_t>(cpu::slots(rule)));
    for (auto _ : state) {
        cpu::update(rule, {}, parameters.span(), gradients.span(), slots.span());
        ++rule.step;
    }
    state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(adam_update)->Arg(100'000)->Arg(1'000'000)->UseRealTime();

}  // namespace
}  // namespace inkling
