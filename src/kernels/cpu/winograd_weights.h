#pragma once

#include <cstddef>

// Between weights as PyTorch has them, (filters, channels, 3, 3), and planes of weights transformed for Winograd's
// algorithm, `stride` floats apart.

namespace inkling::kernels::winograd {

/// Weights for multiply().
void transform_weights(int channels, int filters, const float* weights, float* planes, std::size_t stride);

/// Those for the gradient by the input, whose channels are the filters and whose filters are the channels here.
void transform_weights_for_data(int channels, int filters, const float* weights, float* planes, std::size_t stride);

/// From what multiply_transposed() made to the gradient by weights.
void transform_weight_gradients(int channels, int filters, const float* planes, std::size_t stride,
                                float* weight_gradient);

}  // namespace inkling::kernels::winograd
