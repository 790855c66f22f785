#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace inkling::kernels {

// Vectors of floats by the compiler's vector extension: operators work lane by lane, a comparison gives a mask of -1
// and 0, and `mask ? a : b` selects. One vector is one channel block (see layout.h).

#ifdef __AVX512F__
inline constexpr int kLanes = 16;
#else
inline constexpr int kLanes = 8;
#endif

using Lanes [[gnu::vector_size(kLanes * sizeof(float))]] = float;
using IntLanes [[gnu::vector_size(kLanes * sizeof(float))]] = std::int32_t;
using ByteLanes [[gnu::vector_size(kLanes)]] = std::uint8_t;

inline Lanes load(const float* values) {
    Lanes lanes;
    std::memcpy(&lanes, values, sizeof lanes);
    return lanes;
}

inline void store(float* values, Lanes lanes) { std::memcpy(values, &lanes, sizeof lanes); }

// By a difference, which no sign of zero stands in the way of: it compiles to one broadcast.
inline Lanes broadcast(float value) { return value - Lanes{}; }

// Where a is not a number, so is the result: a network that diverged must show it.
inline Lanes max(Lanes a, Lanes b) { return a < b ? b : a; }
inline Lanes min(Lanes a, Lanes b) { return a > b ? b : a; }
inline Lanes abs(Lanes x) { return x < 0.0f ? -x : x; }

inline float sum(Lanes x) {
    float total = 0;
    for (int i = 0; i < kLanes; ++i) total += x[i];
    return total;
}

inline float largest(Lanes x) {
    float most = x[0];
    for (int i = 1; i < kLanes; ++i) most = x[i] > most ? x[i] : most;
    return most;
}

}  // namespace inkling::kernels
