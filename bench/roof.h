#pragma once

#include <benchmark/benchmark.h>

#include <chrono>

#include "core/aligned_buffer.h"
#include "kernels/cpu/values.h"

namespace inkling {

// What the benchmarks share. The roofs are measured once in this run, with as many threads as the kernels use.

/// Floating-point operations a second of multiply-adds alone, of numbers of that precision.
double multiply_add_roof(Precision precision = Precision::kFloat32);

/// Bytes a second, read and written, of a pass over arrays that no cache holds.
double memory_roof();

/// What a case came to: `amount` in one iteration, in so many seconds altogether, beside the roof that it is under.
void report(benchmark::State& state, const char* unit, double amount, double roof, double seconds);

/// Times the case. `operations`: what one call of body does, counted directly, for GFLOP/s and their share of
/// multiply_add_roof(); above 1 where a way was found that takes fewer.
template <class Body>
void time_operations(benchmark::State& state, double operations, Body&& body,
                     Precision precision = Precision::kFloat32) {
    const auto start = std::chrono::steady_clock::now();
    for (auto _ : state) body();
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    report(state, "GFLOP/s", operations, multiply_add_roof(precision), seconds.count());
}

/// Likewise GB/s and their share of memory_roof(), above 1 where a cache holds what is worked on. `bytes`: what must be
/// read and written at least.
template <class Body>
void time_bytes(benchmark::State& state, double bytes, Body&& body) {
    const auto start = std::chrono::steady_clock::now();
    for (auto _ : state) body();
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    report(state, "GB/s", bytes, memory_roof(), seconds.count());
}

/// Uniform in [-1, 1).
AlignedBuffer<float> random_values(std::size_t size);

/// The same, stored as floats or as Bfloat16.
template <class Value>
AlignedBuffer<Value> random_values_as(std::size_t size) {
    const AlignedBuffer<float> floats = random_values(size);
    AlignedBuffer<Value> values(size);
    for (std::size_t i = 0; i < size; ++i) values.data()[i] = kernels::from_float<Value>(floats.data()[i]);
    return values;
}

template <class Value>
inline constexpr Precision kPrecisionOf = sizeof(Value) == sizeof(float) ? Precision::kFloat32 : Precision::kBfloat16;

}  // namespace inkling
