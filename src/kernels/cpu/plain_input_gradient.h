#pragma once

#include "kernels/cpu/convolution.h"

namespace inkling::kernels {

/// Gradients of weights, (filters, C, kernel, kernel), and bias, (filters) or null, of a convolution with a plain input
/// in floats: for where oneDNN has none but its reference, as it does with AVX2 for one channel. `input` is
/// (batch, C, H, W), `output_gradient` blocked (layout.h).
void plain_input_weight_gradient(const ConvolutionGeometry& geometry, const float* input, const float* output_gradient,
                                 float* weight_gradient, float* bias_gradient);

}  // namespace inkling::kernels
