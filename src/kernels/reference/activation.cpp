#include "kernels/reference/activation.h"

#include <cmath>
#include <numbers>

namespace inkling::reference {
namespace {

// One for each activation: its definition and its derivative.

ActivationResult apply(activation::Relu, double x) { return x > 0 ? ActivationResult{x, 1} : ActivationResult{0, 0}; }

ActivationResult apply(activation::LeakyRelu leaky, double x) {
    return x > 0 ? ActivationResult{x, 1} : ActivationResult{leaky.alpha * x, leaky.alpha};
}

ActivationResult exponential_unit(double x, double alpha) {
    return x > 0 ? ActivationResult{x, 1} : ActivationResult{alpha * std::expm1(x), alpha * std::exp(x)};
}

ActivationResult apply(activation::Elu elu, double x) { return exponential_unit(x, elu.alpha); }

ActivationResult apply(activation::Selu selu, double x) {
    const auto [value, derivative] = exponential_unit(x, selu.kAlpha);
    return {selu.kScale * value, selu.kScale * derivative};
}

ActivationResult apply(activation::Gelu, double x) {
    const double distribution = 0.5 * std::erfc(-x / std::numbers::sqrt2);
    const double density = std::exp(-0.5 * x * x) * std::numbers::inv_sqrtpi / std::numbers::sqrt2;
    return {x * distribution, distribution + x * density};
}

ActivationResult apply(activation::Tanh, double x) {
    const double value = std::tanh(x);
    return {value, 1 - value * value};
}

ActivationResult apply(activation::Sigmoid, double x) {
    const double value = 1 / (1 + std::exp(-x));
    return {value, value * (1 - value)};
}

ActivationResult apply(activation::Silu, double x) {
    const auto [value, derivative] = apply(activation::Sigmoid{}, x);
    return {x * value, value + x * derivative};
}

ActivationResult apply(activation::Softplus, double x) {
    constexpr double kThreshold = 20;
    if (x > kThreshold) return {x, 1};
    return {std::log1p(std::exp(x)), apply(activation::Sigmoid{}, x).value};
}

ActivationResult apply(activation::Mish, double x) {
    const double softplus = x > 0 ? x + std::log1p(std::exp(-x)) : std::log1p(std::exp(x));
    const auto [value, derivative] = apply(activation::Tanh{}, softplus);
    return {x * value, value + x * derivative * apply(activation::Sigmoid{}, x).value};
}

ActivationResult apply(activation::HardSwish, double x) {
    if (x <= -3) return {0, 0};
    return x < 3 ? ActivationResult{x * (x + 3) / 6, x / 3 + 0.5} : ActivationResult{x, 1};
}

}  // namespace

ActivationResult activate(const Activation& activation, double x) {
    return std::visit([x](const auto& kind) { return apply(kind, x); }, activation);
}

}  // namespace inkling::reference
