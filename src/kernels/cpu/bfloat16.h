#pragma once

#include <cstdint>
#include <cstring>

#include "kernels/cpu/lanes.h"

namespace inkling::kernels {

/// A number as its float's upper half.
struct Bfloat16 {
    std::uint16_t bits;
};

using HalfLanes [[gnu::vector_size(kLanes * sizeof(std::uint16_t))]] = std::uint16_t;
using WholeLanes [[gnu::vector_size(kLanes * sizeof(std::uint32_t))]] = std::uint32_t;

inline Lanes load(const Bfloat16* values) {
    HalfLanes halves;
    std::memcpy(&halves, values, sizeof halves);
    const WholeLanes whole = __builtin_convertvector(halves, WholeLanes) << 16;
    Lanes lanes;
    std::memcpy(&lanes, &whole, sizeof lanes);
    return lanes;
}

#ifdef __AVX512F__
/// Whether the processor rounds to bfloat16 by an instruction, which x86-64-v4 alone does not say.
inline const bool kRoundsInHardware = __builtin_cpu_supports("avx512bf16") != 0;
#endif

/// Rounded to the nearest, ties to even, by integers; what is not a number stays so.
inline HalfLanes rounded(Lanes lanes) {
    WholeLanes whole;
    std::memcpy(&whole, &lanes, sizeof whole);
    const WholeLanes nearest = whole + 0x7FFFu + ((whole >> 16) & 1u);
    const WholeLanes kept = lanes != lanes ? whole | 0x400000u : nearest;
    return __builtin_convertvector(kept >> 16, HalfLanes);
}

/// Rounds as rounded() does.
inline void store(Bfloat16* values, Lanes lanes) {
    HalfLanes halves;
#ifdef __AVX512F__
    if (kRoundsInHardware) {
        asm("vcvtneps2bf16 %1, %0" : "=v"(halves) : "v"(lanes));
        std::memcpy(values, &halves, sizeof halves);
        return;
    }
#endif
    halves = rounded(lanes);
    std::memcpy(values, &halves, sizeof halves);
}

inline float to_float(float value) { return value; }

inline float to_float(Bfloat16 value) {
    const std::uint32_t whole = std::uint32_t{value.bits} << 16;
    float result;
    std::memcpy(&result, &whole, sizeof result);
    return result;
}

/// `value` stored as a Value, rounded as store() does.
template <class Value>
Value from_float(float value) {
    if constexpr (sizeof(Value) == sizeof(float)) {
        return value;
    } else {
        std::uint32_t whole;
        std::memcpy(&whole, &value, sizeof whole);
        whole = value != value ? whole | 0x400000u : whole + 0x7FFFu + ((whole >> 16) & 1u);
        return {static_cast<std::uint16_t>(whole >> 16)};
    }
}

}  // namespace inkling::kernels
