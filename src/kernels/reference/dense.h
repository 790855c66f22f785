#pragma once

#include <span>

namespace inkling::reference {

struct DenseShape {
    int batch = 0;
    int inputs = 0;
    int units = 0;
};

/// output = input * weight^T + bias. input (batch, inputs), weight (units, inputs), bias (units) or empty for none,
/// output (batch, units).
void dense_forward(const DenseShape& shape, std::span<const double> input, std::span<const double> weight,
                   std::span<const double> bias, std::span<double> output);

/// Writes the gradients by input, weight and bias (empty where there is none), shaped like these, from
/// output_gradient (batch, units).
void dense_backward(const DenseShape& shape, std::span<const double> input, std::span<const double> weight,
                    std::span<const double> output_gradient, std::span<double> input_gradient,
                    std::span<double> weight_gradient, std::span<double> bias_gradient);

}  // namespace inkling::reference
