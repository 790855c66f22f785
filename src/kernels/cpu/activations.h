#pragma once

#include "kernels/activation.h"
#include "kernels/cpu/lane_functions.h"

namespace inkling::kernels {

// Each activation as a value to pass to a kernel: value(x), and derivative(x), by x, the value before the activation,
// so that nothing but x need be kept for the backward pass. Definitions are PyTorch's. kCheap: a few operations, no
// more than it takes to find a pool's winners again.

struct Identity {
    static constexpr bool kCheap = true;
    Lanes value(Lanes x) const { return x; }
    Lanes derivative(Lanes) const { return broadcast(1); }
};

struct Relu {
    static constexpr bool kCheap = true;
    Lanes value(Lanes x) const { return max(x, Lanes{}); }
    Lanes derivative(Lanes x) const { return x > 0.0f ? broadcast(1) : Lanes{}; }
};

struct LeakyRelu {
    static constexpr bool kCheap = true;
    float negative_slope;
    Lanes value(Lanes x) const { return x > 0.0f ? x : x * negative_slope; }
    Lanes derivative(Lanes x) const { return x > 0.0f ? broadcast(1) : broadcast(negative_slope); }
};

/// scale * (x for positive x, alpha * (e^x - 1) for others): elu, and selu with both factors fixed.
struct Elu {
    static constexpr bool kCheap = false;
    float alpha;
    float scale = 1;
    Lanes value(Lanes x) const { return scale * (x > 0.0f ? x : alpha * (exp(x) - 1.0f)); }
    Lanes derivative(Lanes x) const { return scale * (x > 0.0f ? broadcast(1) : alpha * exp(x)); }
};

struct Gelu {
    static constexpr bool kCheap = false;
    Lanes value(Lanes x) const { return x * normal_distribution(x, gaussian(x)); }
    Lanes derivative(Lanes x) const {
        const Lanes g = gaussian(x);
        return normal_distribution(x, g) + x * normal_density(g);
    }
};

struct Silu {
    static constexpr bool kCheap = false;
    Lanes value(Lanes x) const { return x * sigmoid(x); }
    Lanes derivative(Lanes x) const {
        const Lanes s = sigmoid(x);
        return s * (1.0f + x * (1.0f - s));
    }
};

/// x * tanh(softplus(x)); with w = e^x (e^x + 2) the tanh is w / (w + 2).
struct Mish {
    static constexpr bool kCheap = false;
    static Lanes tanh_softplus(Lanes x) {
        const Lanes e = exp(min(x, broadcast(20)));  // beyond, the quotient is 1 in float
        const Lanes w = e * (e + 2.0f);
        return w / (w + 2.0f);
    }
    Lanes value(Lanes x) const { return x * tanh_softplus(x); }
    Lanes derivative(Lanes x) const {
        const Lanes t = tanh_softplus(x);
        return t + x * sigmoid(x) * (1.0f - t * t);
    }
};

struct Tanh {
    static constexpr bool kCheap = false;
    Lanes value(Lanes x) const { return tanh(x); }
    Lanes derivative(Lanes x) const {
        const Lanes t = tanh(x);
        return 1.0f - t * t;
    }
};

struct Sigmoid {
    static constexpr bool kCheap = false;
    Lanes value(Lanes x) const { return sigmoid(x); }
    Lanes derivative(Lanes x) const {
        const Lanes s = sigmoid(x);
        return s * (1.0f - s);
    }
};

struct HardSwish {
    static constexpr bool kCheap = true;
    Lanes value(Lanes x) const { return x * min(max(x + 3.0f, Lanes{}), broadcast(6)) * (1.0f / 6); }
    Lanes derivative(Lanes x) const {
        const Lanes slope = x * (1.0f / 3) + 0.5f;
        return x <= -3.0f ? Lanes{} : (x >= 3.0f ? broadcast(1) : slope);
    }
};

struct Softplus {
    static constexpr bool kCheap = false;
    Lanes value(Lanes x) const { return max(x, Lanes{}) + log1p_of_fraction(exp(-abs(x))); }
    Lanes derivative(Lanes x) const { return sigmoid(x); }

    /// log(1 + t) for t in [0, 1], by the series of 2 atanh(s) with s = t / (2 + t), a third at most.
    static Lanes log1p_of_fraction(Lanes t) {
        const Lanes s = t / (t + 2.0f);
        const Lanes z = s * s;
        Lanes p = broadcast(2.0f / 15);
        p = p * z + 2.0f / 13;
        p = p * z + 2.0f / 11;
        p = p * z + 2.0f / 9;
        p = p * z + 2.0f / 7;
        p = p * z + 2.0f / 5;
        p = p * z + 2.0f / 3;
        p = p * z + 2.0f;
        return p * s;
    }
};

// The fast form of each activation.
inline Relu fast(activation::Relu) { return {}; }
inline LeakyRelu fast(activation::LeakyRelu leaky) { return {leaky.alpha}; }
inline Elu fast(activation::Elu elu) { return {elu.alpha}; }
inline Elu fast(activation::Selu selu) { return {static_cast<float>(selu.kAlpha), static_cast<float>(selu.kScale)}; }
inline Gelu fast(activation::Gelu) { return {}; }
inline Silu fast(activation::Silu) { return {}; }
inline Mish fast(activation::Mish) { return {}; }
inline Tanh fast(activation::Tanh) { return {}; }
inline Sigmoid fast(activation::Sigmoid) { return {}; }
inline HardSwish fast(activation::HardSwish) { return {}; }
inline Softplus fast(activation::Softplus) { return {}; }

/// Calls body with the activation's fast form, so that a kernel's inner loop is compiled for each.
template <class Body>
void with_activation(const Activation& activation, Body&& body) {
    std::visit([&](const auto& kind) { body(fast(kind)); }, activation);
}

}  // namespace inkling::kernels
