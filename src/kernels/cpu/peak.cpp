#include "kernels/cpu/peak.h"

#include <algorithm>
#include <chrono>
#include <numeric>
#include <vector>

#include "core/threads.h"
#include "kernels/cpu/lanes.h"
#include "kernels/cpu/onednn.h"

#ifdef __AVX512F__
#include <immintrin.h>
#endif

namespace inkling::kernels {
namespace {

/// Sums that do not wait for one another: enough to hide a multiply-add's latency on two units, few enough to stay in
/// 16 registers beside the factors.
constexpr int kChains = 12;
constexpr int kSteps = 1 << 18;  // of each chain in a round, about a millisecond
constexpr int kRounds = 30;

using Clock = std::chrono::steady_clock;

// Each chain begins with another value, lest the compiler should see that one is enough.

/// Multiply-adds that tend to 1, so that no value becomes slow to compute with.
float spin_floats() {
    const Lanes factor = broadcast(0.75f);
    const Lanes rest = broadcast(0.25f);
    Lanes chains[kChains];
    for (int i = 0; i < kChains; ++i) chains[i] = broadcast(static_cast<float>(i));
    for (int step = 0; step < kSteps; ++step)
        for (Lanes& chain : chains) chain = chain * factor + rest;
    Lanes total{};
    for (const Lanes& chain : chains) total += chain;
    return total[0];
}

#ifdef __AVX512F__
[[gnu::target("avx512bf16")]] float spin_bfloat16() {
    const __m512bh ones = _mm512_cvtne2ps_pbh(_mm512_set1_ps(1), _mm512_set1_ps(1));
    __m512 chains[kChains];
    for (int i = 0; i < kChains; ++i) chains[i] = _mm512_set1_ps(static_cast<float>(i));
    for (int step = 0; step < kSteps; ++step)
        for (__m512& chain : chains) chain = _mm512_dpbf16_ps(chain, ones, ones);
    __m512 total{};
    for (const __m512& chain : chains) total += chain;
    return total[0];
}
#endif

/// Rounds of `spin`, which does `operations`, on all threads at once. Each counts with its fastest, so that a moment in
/// which something else ran does not matter.
template <class Spin>
double fastest_rounds(double operations, Spin&& spin) {
    std::vector<double> rates(static_cast<std::size_t>(thread_count()));
    parallel_for(rates.size(), 1, [&](std::size_t begin, std::size_t end, int) {
        for (std::size_t worker = begin; worker < end; ++worker) {
            for (int round = 0; round < kRounds; ++round) {
                const auto start = Clock::now();
                const bool computed = spin() > 0;  // looked at, so that it must be done
                const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
                if (computed) rates[worker] = std::max(rates[worker], operations / seconds);
            }
        }
    });
    return std::accumulate(rates.begin(), rates.end(), 0.0);
}

}  // namespace

double multiply_add_peak(Precision precision) {
    if (precision == Precision::kFloat32) return fastest_rounds(2.0 * kLanes * kChains * kSteps, spin_floats);
#ifdef __AVX512F__
    if (has_bfloat16()) return fastest_rounds(2.0 * 32 * kChains * kSteps, spin_bfloat16);
#endif
    return 0;
}

}  // namespace inkling::kernels
