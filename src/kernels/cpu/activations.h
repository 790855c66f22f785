#pragma once

#include "kernels/activation.h"
#include "kernels/cpu/lane_functions.h"

namespace inkling::kernels {

// Each activation as a value to pass to a kernel: value(x), and derivative(x), by x, the value before the activation,
// so that nothing but x need be kept for the backward pass. Definitions are PyTorch's. kCheap: an operation or two.

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

/// Calls body with the activation of that kind, so that a kernel's inner loop is compiled for each.
template <class Body>
void with_activation(Activation kind, float alpha, Body&& body) {
    switch (kind) {
        case Activation::kRelu:
            return body(Relu{});
        case Activation::kLeakyRelu:
            return body(LeakyRelu{alpha});
        case Activation::kElu:
            return body(Elu{alpha});
        case Activation::kSelu:
            return body(Elu{1.6732632423543772848f, 1.0507009873554804934f});
        case Activation::kGelu:
            return body(Gelu{});
        case Activation::kSilu:
            return body(Silu{});
        case Activation::kMish:
            return body(Mish{});
        case Activation::kTanh:
            return body(Tanh{});
        case Activation::kSigmoid:
            return body(Sigmoid{});
    }
}

}  // namespace inkling::kernels
