#pragma once

#include <span>

namespace inkling::reference {

/// Batch normalisation over (batch, channels, pixels): pixels is height * width, 1 behind a dense layer. weight, bias
/// and statistics are (channels). S. Ioffe, C. Szegedy, "Batch normalization", 2015; running statistics as in PyTorch.
struct BatchNormShape {
    int batch = 0;
    int channels = 0;
    int pixels = 1;
};

/// output = (input - mean) / sqrt(variance + eps) * weight + bias with the batch's own mean and biased variance.
/// running = (1 - momentum) * running + momentum * batch's, where the variance is the unbiased one, so that
/// batch * pixels must be 2 or more.
void batch_norm_forward_training(const BatchNormShape& shape, double eps, double momentum,
                                 std::span<const double> input, std::span<const double> weight,
                                 std::span<const double> bias, std::span<double> running_mean,
                                 std::span<double> running_var, std::span<double> output);

/// The same with the running statistics in place of the batch's.
void batch_norm_forward_inference(const BatchNormShape& shape, double eps, std::span<const double> input,
                                  std::span<const double> weight, std::span<const double> bias,
                                  std::span<const double> running_mean, std::span<const double> running_var,
                                  std::span<double> output);

/// Writes the gradients of the training form by input, weight and bias from output_gradient, shaped like input.
void batch_norm_backward(const BatchNormShape& shape, double eps, std::span<const double> input,
                         std::span<const double> weight, std::span<const double> output_gradient,
                         std::span<double> input_gradient, std::span<double> weight_gradient,
                         std::span<double> bias_gradient);

}  // namespace inkling::reference
