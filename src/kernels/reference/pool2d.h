#pragma once

#include <span>

namespace inkling::reference {

/// A square window without padding. Where windows do not fit evenly, the last rows and columns are left out, as in
/// PyTorch (ceil_mode off).
struct Pool2dShape {
    int batch = 0;
    int channels = 0;
    int height = 0;
    int width = 0;
    int kernel = 1;
    int stride = 1;

    int out_height() const { return (height - kernel) / stride + 1; }
    int out_width() const { return (width - kernel) / stride + 1; }
};

/// The largest value of each window. input (batch, channels, height, width), output (batch, channels, out_height,
/// out_width).
void max_pool2d_forward(const Pool2dShape& shape, std::span<const double> input, std::span<double> output);

/// Writes the gradient by input: each window's goes to its largest value, the first one row by row where several are
/// equal, as in PyTorch.
void max_pool2d_backward(const Pool2dShape& shape, std::span<const double> input,
                         std::span<const double> output_gradient, std::span<double> input_gradient);

/// The mean of each window.
void avg_pool2d_forward(const Pool2dShape& shape, std::span<const double> input, std::span<double> output);
void avg_pool2d_backward(const Pool2dShape& shape, std::span<const double> output_gradient,
                         std::span<double> input_gradient);

struct GlobalAvgPoolShape {
    int batch = 0;
    int channels = 0;
    int pixels = 1;  // height * width
};

/// The mean of each channel: (batch, channels, pixels) to (batch, channels).
void global_avg_pool_forward(const GlobalAvgPoolShape& shape, std::span<const double> input, std::span<double> output);
void global_avg_pool_backward(const GlobalAvgPoolShape& shape, std::span<const double> output_gradient,
                              std::span<double> input_gradient);

}  // namespace inkling::reference
