#pragma once

#include <array>
#include <cmath>
#include <numbers>
#include <variant>

#include "core/kinds.h"

namespace inkling {

/// Element-wise functions, as PyTorch defines them, each with its name and keys in recipes, its parameters, and how the
/// weights before it begin: gain() is the factor that keeps a signal's variance through it, that of
/// torch.nn.init.calculate_gain where it knows one; relu's smooth relatives take relu's. One that saturates at both
/// ends wants Xavier's weights. What each makes of a number is kernels/reference/activation.cpp, how it does so fast
/// kernels/cpu/activations.h.
namespace activation {

/// max(x, 0)
struct Relu {
    static constexpr const char* kName = "relu";
    static constexpr bool kSaturates = false;
    double gain() const { return std::numbers::sqrt2; }
};

/// x for positive x, alpha * x for others: PyTorch's negative_slope.
struct LeakyRelu {
    static constexpr const char* kName = "leaky_relu";
    static constexpr bool kSaturates = false;
    float alpha = 0.01f;
    static constexpr std::array kKeys{
        ConfigKey<LeakyRelu>{.name = "alpha", .member = &LeakyRelu::alpha, .range = kUpTo100}};
    double gain() const { return std::sqrt(2.0 / (1.0 + alpha * alpha)); }
};

/// x for positive x, alpha * (e^x - 1) for others.
struct Elu {
    static constexpr const char* kName = "elu";
    static constexpr bool kSaturates = false;
    float alpha = 1;
    static constexpr std::array kKeys{ConfigKey<Elu>{.name = "alpha", .member = &Elu::alpha, .range = kUpTo100}};
    double gain() const { return std::numbers::sqrt2; }
};

/// elu of fixed alpha, scaled, so that signals keep mean 0 and variance 1 behind weights of variance 1 / fan_in.
/// G. Klambauer et al., "Self-normalizing neural networks", 2017.
struct Selu {
    static constexpr const char* kName = "selu";
    static constexpr bool kSaturates = false;
    static constexpr double kAlpha = 1.6732632423543772848;
    static constexpr double kScale = 1.0507009873554804934;
    double gain() const { return 1; }
};

/// x * P(normal number < x), exactly, with erf.
struct Gelu {
    static constexpr const char* kName = "gelu";
    static constexpr bool kSaturates = false;
    double gain() const { return std::numbers::sqrt2; }
};

/// x * sigmoid(x)
struct Silu {
    static constexpr const char* kName = "silu";
    static constexpr bool kSaturates = false;
    double gain() const { return std::numbers::sqrt2; }
};

/// x * tanh(softplus(x)). D. Misra, "Mish", 2019.
struct Mish {
    static constexpr const char* kName = "mish";
    static constexpr bool kSaturates = false;
    double gain() const { return std::numbers::sqrt2; }
};

struct Tanh {
    static constexpr const char* kName = "tanh";
    static constexpr bool kSaturates = true;
    double gain() const { return 5.0 / 3.0; }
};

/// 1 / (1 + e^-x)
struct Sigmoid {
    static constexpr const char* kName = "sigmoid";
    static constexpr bool kSaturates = true;
    double gain() const { return 1; }
};

/// x * min(max(x + 3, 0), 6) / 6. A. Howard et al., "Searching for MobileNetV3", 2019.
struct HardSwish {
    static constexpr const char* kName = "hard_swish";
    static constexpr bool kSaturates = false;
    double gain() const { return std::numbers::sqrt2; }
};

/// log(1 + e^x), above 20 x itself: PyTorch's beta of 1 and threshold of 20.
struct Softplus {
    static constexpr const char* kName = "softplus";
    static constexpr bool kSaturates = false;
    double gain() const { return std::numbers::sqrt2; }
};

}  // namespace activation

using Activation = std::variant<activation::Relu, activation::LeakyRelu, activation::Elu, activation::Selu,
                                activation::Gelu, activation::Silu, activation::Mish, activation::Tanh,
                                activation::Sigmoid, activation::HardSwish, activation::Softplus>;

}  // namespace inkling
