#pragma once

#include <utility>

#include "kernels/cpu/lanes.h"

namespace inkling::kernels {

namespace detail {

/// Exchanges the upper right and the lower left of every square of 2 kStep by 2 kStep numbers.
template <int kStep, int... kLane>
void exchange(Lanes (&rows)[kLanes], std::integer_sequence<int, kLane...>) {
#pragma GCC unroll 16
    for (int i = 0; i < kLanes; ++i) {
        if (i & kStep) continue;
        const Lanes upper = rows[i], lower = rows[i + kStep];
        rows[i] = __builtin_shufflevector(upper, lower, (kLane & kStep ? kLanes + kLane - kStep : kLane)...);
        rows[i + kStep] = __builtin_shufflevector(upper, lower, (kLane & kStep ? kLanes + kLane : kLane + kStep)...);
    }
}

}  // namespace detail

/// Transposes a square of numbers in place.
inline void transpose(Lanes (&rows)[kLanes]) {
    constexpr auto kEvery = std::make_integer_sequence<int, kLanes>{};
    detail::exchange<1>(rows, kEvery);
    detail::exchange<2>(rows, kEvery);
    detail::exchange<4>(rows, kEvery);
    if constexpr (kLanes == 16) detail::exchange<8>(rows, kEvery);
}

}  // namespace inkling::kernels
