#include "kernels/reference/activation.h"

#include <cmath>
#include <numbers>

namespace inkling::reference {
namespace {

ActivationResult leaky_relu(double x, double negative_slope) {
    return x > 0 ? ActivationResult{x, 1} : ActivationResult{negative_slope * x, negative_slope};
}

ActivationResult elu(double x, double alpha) {
    return x > 0 ? ActivationResult{x, 1} : ActivationResult{alpha * std::expm1(x), alpha * std::exp(x)};
}

ActivationResult selu(double x) {
    constexpr double kScale = 1.0507009873554805;
    constexpr double kAlpha = 1.6732632423543773;
    const auto [value, derivative] = elu(x, kAlpha);
    return {kScale * value, kScale * derivative};
}

ActivationResult gelu(double x) {
    const double distribution = 0.5 * std::erfc(-x / std::numbers::sqrt2);
    const double density = std::exp(-0.5 * x * x) * std::numbers::inv_sqrtpi / std::numbers::sqrt2;
    return {x * distribution, distribution + x * density};
}

ActivationResult tanh(double x) {
    const double value = std::tanh(x);
    return {value, 1 - value * value};
}

ActivationResult sigmoid(double x) {
    const double value = 1 / (1 + std::exp(-x));
    return {value, value * (1 - value)};
}

ActivationResult silu(double x) {
    const auto [value, derivative] = sigmoid(x);
    return {x * value, value + x * derivative};
}

ActivationResult mish(double x) {
    const double softplus = x > 0 ? x + std::log1p(std::exp(-x)) : std::log1p(std::exp(x));
    const auto [value, derivative] = tanh(softplus);
    return {x * value, value + x * derivative * sigmoid(x).value};
}

}  // namespace

ActivationResult activate(Activation kind, double alpha, double x) {
    switch (kind) {
        case Activation::kRelu:
            return leaky_relu(x, 0);
        case Activation::kLeakyRelu:
            return leaky_relu(x, alpha);
        case Activation::kElu:
            return elu(x, alpha);
        case Activation::kSelu:
            return selu(x);
        case Activation::kGelu:
            return gelu(x);
        case Activation::kSilu:
            return silu(x);
        case Activation::kMish:
            return mish(x);
        case Activation::kTanh:
            return tanh(x);
        case Activation::kSigmoid:
            return sigmoid(x);
    }
    return {};
}

}  // namespace inkling::reference
