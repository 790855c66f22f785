#pragma once

#include <span>

#include "kernels/geometry.h"

namespace inkling::reference {

using kernels::ConvolutionGeometry;

/// Cross-correlation, as torch.nn.Conv2d. input (batch, channels, height, width), weight (filters, channels, kernel,
/// kernel), bias (filters) or empty for none, output (batch, and geometry.output()).
void conv2d_forward(const ConvolutionGeometry& geometry, std::span<const double> input, std::span<const double> weight,
                    std::span<const double> bias, std::span<double> output);

/// Writes the gradients by input, weight and bias (empty where there is none), shaped like these, from output_gradient,
/// shaped like output.
void conv2d_backward(const ConvolutionGeometry& geometry, std::span<const double> input, std::span<const double> weight,
                     std::span<const double> output_gradient, std::span<double> input_gradient,
                     std::span<double> weight_gradient, std::span<double> bias_gradient);

}  // namespace inkling::reference
