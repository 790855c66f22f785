#pragma once

#include <span>

#include "kernels/cpu/values.h"
#include "kernels/geometry.h"

namespace inkling::kernels {

// Depthwise convolutions of `samples` images in channel blocks (layout.h), on the calling thread.

/// How many floats depthwise_weights() writes.
std::size_t depthwise_weights_size(const DepthwiseGeometry& geometry);

/// Filters, (C, 1, kernel, kernel), as (channel blocks, kernel, kernel, kChannelBlock); zero in lanes without a
/// channel.
void depthwise_weights(const DepthwiseGeometry& geometry, const float* filters, std::span<float> weights);

/// `bias`, padded to whole blocks, may be null.
void depthwise_forward(const DepthwiseGeometry& geometry, int samples, const ConstValues& input, const float* weights,
                       const float* bias, const Values& output);

/// Floats of `scratch` below.
std::size_t depthwise_scratch_size(const DepthwiseGeometry& geometry);

void depthwise_backward_data(const DepthwiseGeometry& geometry, int samples, const ConstValues& output_gradient,
                             const float* weights, const Values& input_gradient, float* scratch);

/// The gradients by the filters, (C, 1, kernel, kernel), and by the biases, (C), unless null; summed over the samples.
void depthwise_backward_weights(const DepthwiseGeometry& geometry, int samples, const ConstValues& input,
                                const ConstValues& output_gradient, float* filter_gradient, float* bias_gradient);

}  // namespace inkling::kernels
