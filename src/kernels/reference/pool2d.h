#pragma once

#include <span>

#include "kernels/pool.h"

namespace inkling::reference {

using kernels::Pool;

/// The largest value, or the mean, of each window. input (planes, height, width), output (planes, output_height,
/// output_width), of any number of planes.
void pool2d_forward(const Pool& pool, std::span<const double> input, std::span<double> output);

/// Writes the gradient by input. That of the largest value goes to the first one, row by row, where several are equal,
/// as in PyTorch.
void pool2d_backward(const Pool& pool, std::span<const double> input, std::span<const double> output_gradient,
                     std::span<double> input_gradient);

}  // namespace inkling::reference
