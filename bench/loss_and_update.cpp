#include <benchmark/benchmark.h>

#include <array>
#include <vector>

#include "core/random.h"
#include "kernels/cpu/softmax.h"
#include "kernels/cpu/updates.h"
#include "onednn_peers.h"
#include "roof.h"

namespace inkling {
namespace {

constexpr int kClasses = 47;
constexpr int kBatch = 256;
constexpr double kLogitBytes = 4.0 * kBatch * kClasses;

void softmax(benchmark::State& state) {
    const AlignedBuffer<float> logits = random_values(kBatch * kClasses);
    AlignedBuffer<float> probabilities(logits.size());
    time_bytes(state, 2 * kLogitBytes, [&] { kernels::softmax(logits.span(), kClasses, probabilities.span()); });
}
BENCHMARK(softmax)->UseRealTime();

void onednn_softmax(benchmark::State& state) {
    const peers::Run run = peers::softmax(kBatch, kClasses);
    if (!run) return state.SkipWithError(peers::kMissing);
    time_bytes(state, 2 * kLogitBytes, run);
}
BENCHMARK(onednn_softmax)->UseRealTime();

/// Loss and gradient.
void softmax_cross_entropy(benchmark::State& state) {
    const AlignedBuffer<float> logits = random_values(kBatch * kClasses);
    AlignedBuffer<float> gradient(logits.size());
    std::vector<kernels::SampleLoss> losses(kBatch);
    RandomStream random(1, Purpose::kBenchmark);
    std::vector<std::int32_t> labels(kBatch);
    for (std::int32_t& label : labels) label = static_cast<std::int32_t>(random.below(kClasses));
    time_bytes(state, 2 * kLogitBytes, [&] {
        kernels::softmax_cross_entropy(logits.span(), {.labels = labels}, kClasses, {.label_smoothing = 0.05f}, kBatch,
                                       losses, gradient.span());
    });
}
BENCHMARK(softmax_cross_entropy)->UseRealTime();

/// A step over so many parameters; they, their state and gradients are read, all but the gradients written.
void update(benchmark::State& state, const UpdateRule& rule) {
    const auto count = static_cast<std::size_t>(state.range(0));
    AlignedBuffer<float> parameters = random_values(count);
    const AlignedBuffer<float> gradients = random_values(count);
    AlignedBuffer<float> state_values(count * static_cast<std::size_t>(slots(rule)));
    time_bytes(state, 4.0 * static_cast<double>(count) * (3 + 2 * slots(rule)),
               [&] { cpu::update(rule, {}, parameters.span(), gradients.span(), state_values.span()); });
}
const SgdRule kSgd{.learning_rate = 1e-3f, .momentum = 0.9f};
const AdamRule kAdam{.learning_rate = 1e-3f, .beta1 = 0.9f, .beta2 = 0.999f, .eps = 1e-8f};
// About as many as cnn3 has, and more than a cache holds.
BENCHMARK_CAPTURE(update, sgd, kSgd)->Arg(400'000)->Arg(10'000'000)->UseRealTime();
BENCHMARK_CAPTURE(update, adam, kAdam)->Arg(400'000)->Arg(10'000'000)->UseRealTime();

/// One matrix, which is read once more for the length of its move.
void lamb(benchmark::State& state) {
    constexpr int kColumns = 1000;
    const std::array matrix{MatrixPlace{0, static_cast<int>(state.range(0)) / kColumns, kColumns}};
    update(state, LambRule{.adam = kAdam, .matrices = matrix});
}
BENCHMARK(lamb)->Arg(400'000)->Arg(10'000'000)->UseRealTime();

void sum_of_squares(benchmark::State& state) {
    const AlignedBuffer<float> gradients = random_values(static_cast<std::size_t>(state.range(0)));
    time_bytes(state, 4.0 * static_cast<double>(state.range(0)),
               [&] { benchmark::DoNotOptimize(cpu::sum_of_squares(gradients.span())); });
}
BENCHMARK(sum_of_squares)->Arg(400'000)->UseRealTime();

}  // namespace
}  // namespace inkling
