#pragma once

#include <span>

namespace inkling::reference {

/// A square kernel, the same stride and zero padding in both directions.
struct Conv2dShape {
    int batch = 0;
    int in_channels = 0;
    int height = 0;
    int width = 0;
    int out_channels = 0;
    int kernel = 1;
    int stride = 1;
    int padding = 0;

    int out_height() const { return (height + 2 * padding - kernel) / stride + 1; }
    int out_width() const { return (width + 2 * padding - kernel) / stride + 1; }
};

/// Cross-correlation, as torch.nn.Conv2d. input (batch, in_channels, height, width), weight (out_channels, in_channels,
/// kernel, kernel), bias (out_channels) or empty for none, output (batch, out_channels, out_height, out_width).
void conv2d_forward(const Conv2dShape& shape, std::span<const double> input, std::span<const double> weight,
                    std::span<const double> bias, std::span<double> output);

/// Writes the gradients by input, weight and bias (empty where there is none), shaped like these, from output_gradient
/// (batch, out_channels, out_height, out_width).
void conv2d_backward(const Conv2dShape& shape, std::span<const double> input, std::span<const double> weight,
                     std::span<const double> output_gradient, std::span<double> input_gradient,
                     std::span<double> weight_gradient, std::span<double> bias_gradient);

}  // namespace inkling::reference
