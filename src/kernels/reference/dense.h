#pragma once

#include <span>

#include "kernels/geometry.h"

namespace inkling::reference {

using kernels::DenseGeometry;

/// output = input * weight^T + bias. input (batch, inputs), weight (units, inputs), bias (units) or empty for none,
/// output (batch, units), without room between samples, whatever the geometry's strides.
void dense_forward(const DenseGeometry& geometry, std::span<const double> input, std::span<const double> weight,
                   std::span<const double> bias, std::span<double> output);

/// Writes the gradients by input, weight and bias (empty where there is none), shaped like these, from
/// output_gradient (batch, units).
void dense_backward(const DenseGeometry& geometry, std::span<const double> input, std::span<const double> weight,
                    std::span<const double> output_gradient, std::span<double> input_gradient,
                    std::span<double> weight_gradient, std::span<double> bias_gradient);

}  // namespace inkling::reference
