#pragma once

#include <cstdint>
#include <cstring>

#include "kernels/cpu/lanes.h"

namespace inkling::kernels {

// Functions of vectors, lane by lane, by polynomials.

/// e^x to about 2 units in the last place; x is clamped to [-87, 88]. Cody and Waite's reduction and the polynomial of
/// S. Moshier's Cephes library (expf).
inline Lanes exp(Lanes x) {
    x = min(max(x, broadcast(-87.0f)), broadcast(88.0f));
    // Adding and taking away 1.5 * 2^23 rounds to the nearest whole number.
    const Lanes rounded = (x * 1.44269504088896341f + 12582912.0f) - 12582912.0f;
    const Lanes r = (x - rounded * 0.693359375f) - rounded * -2.12194440e-4f;
    Lanes p = broadcast(1.9875691500e-4f);
    p = p * r + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    p = p * r * r + r + 1.0f;
    const IntLanes exponent = __builtin_convertvector(rounded, IntLanes) << 23;
    IntLanes bits;
    std::memcpy(&bits, &p, sizeof bits);
    bits += exponent;
    std::memcpy(&p, &bits, sizeof p);
    return p;
}

/// 1 / (1 + e^-x)
inline Lanes sigmoid(Lanes x) { return 1.0f / (1.0f + exp(-x)); }

/// By e^(-2|x|), and near zero, where that loses digits, by Cephes' polynomial (tanhf).
inline Lanes tanh(Lanes x) {
    const Lanes size = abs(x);
    const Lanes e = exp(-2.0f * size);
    const Lanes far = (1.0f - e) / (1.0f + e);
    const Lanes z = x * x;
    Lanes p = broadcast(-5.70498872745e-3f);
    p = p * z + 2.06390887954e-2f;
    p = p * z - 5.37397155531e-2f;
    p = p * z + 1.33314422036e-1f;
    p = p * z - 3.33332819422e-1f;
    const Lanes near = p * z * x + x;
    return size < 0.625f ? near : (x < 0.0f ? -far : far);
}

/// e^(-x^2/2), which the normal distribution's density and function have in common.
inline Lanes gaussian(Lanes x) { return exp(-0.5f * x * x); }

/// The normal distribution's density, by gaussian(x).
inline Lanes normal_density(Lanes gaussian) { return 0.39894228040143268f * gaussian; }

/// The normal distribution function to 1.5e-7 absolute, by x and gaussian(x). M. Abramowitz and I. Stegun, 7.1.26.
inline Lanes normal_distribution(Lanes x, Lanes gaussian) {
    const Lanes size = abs(x) * 0.70710678118654752f;
    const Lanes t = 1.0f / (1.0f + 0.3275911f * size);
    Lanes p = broadcast(1.061405429f);
    p = p * t - 1.453152027f;
    p = p * t + 1.421413741f;
    p = p * t - 0.284496736f;
    p = p * t + 0.254829592f;
    const Lanes upper_tail = 0.5f * p * t * gaussian;
    return x < 0.0f ? upper_tail : 1.0f - upper_tail;
}

}  // namespace inkling::kernels
