#include "roof.h"

#include <algorithm>
#include <chrono>

#include "core/random.h"
#include "core/threads.h"
#include "kernels/cpu/peak.h"

namespace inkling {
namespace {

/// Four times what large caches hold.
constexpr std::size_t kLargeArray = std::size_t{1} << 25;  // floats
constexpr int kPasses = 6;

double measure_memory() {
    const AlignedBuffer<float> from = random_values(kLargeArray);
    AlignedBuffer<float> to(kLargeArray);
    double best = 0;
    for (int pass = 0; pass < kPasses; ++pass) {
        const auto start = std::chrono::steady_clock::now();
        parallel_for(kLargeArray, 1, [&](std::size_t begin, std::size_t end, int) {
            for (std::size_t i = begin; i < end; ++i) to.data()[i] = 2 * from.data()[i];
        });
        const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
        best = std::max(best, 2.0 * sizeof(float) * kLargeArray / seconds.count());
    }
    return best;
}

}  // namespace

double multiply_add_roof(Precision precision) {
    static const double floats = kernels::multiply_add_peak(Precision::kFloat32);
    static const double halves = kernels::multiply_add_peak(Precision::kBfloat16);
    return precision == Precision::kBfloat16 && halves > 0 ? halves : floats;
}

double memory_roof() {
    static const double roof = measure_memory();
    return roof;
}

void report(benchmark::State& state, const char* unit, double amount, double roof, double seconds) {
    const double rate = amount * static_cast<double>(state.iterations()) / seconds;
    state.counters[unit] = rate / 1e9;
    state.counters["of roof"] = rate / roof;
}

AlignedBuffer<float> random_values(std::size_t size) {
    AlignedBuffer<float> values(size);
    RandomStream random(0, Purpose::kBenchmark);
    for (float& value : values.span()) value = random.uniform(-1, 1);
    return values;
}

}  // namespace inkling
