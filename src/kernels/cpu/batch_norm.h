#pragma once

#include <cstddef>
#include <span>

#include "core/shape.h"
#include "kernels/cpu/values.h"

namespace inkling::kernels {

// Batch normalisation over blocked activations (layout.h), S. Ioffe and C. Szegedy, 2015, with PyTorch's conventions:
// normalised by the batch's biased variance; the running variance takes the unbiased one. Channel arrays are padded to
// whole blocks; what stands in lanes without a channel is of no consequence.

/// Sums of a pass over a batch, one per worker and padded channel, for `workers` workers.
struct ChannelSums {
    std::span<double> first;   // (workers, padded channels)
    std::span<double> second;  // (workers, padded channels)
};

/// Mean and biased variance of each channel of `input`, (batch, shape) blocked, into arrays of padded channels.
void batch_statistics(const ConstValues& input, int batch, const Shape& shape, const ChannelSums& sums,
                      std::span<float> mean, std::span<float> variance);

/// The affine map that normalises, (x - centre) * scale + shift: centre = mean, scale = weight / sqrt(variance + eps),
/// shift = bias. The map's arrays are padded; the others have at least as many values as there are channels.
void normalizing_map(std::span<const float> weight, std::span<const float> bias, std::span<const float> mean,
                     std::span<const float> variance, float eps, std::span<float> centre, std::span<float> scale,
                     std::span<float> shift);

/// running = (1 - momentum) * running + momentum * batch's, of `count` values a channel; the running arrays have as
/// many values as there are channels.
void update_running_statistics(std::span<const float> mean, std::span<const float> variance, std::size_t count,
                               float momentum, std::span<float> running_mean, std::span<float> running_variance);

/// The input's gradient is by_gradient * (gradient - gradient_centre) + by_input * (input - centre), channel by
/// channel, `gradient` being that by the normalised and mapped value; all padded.
struct GradientMap {
    std::span<float> by_gradient, gradient_centre, by_input;
    std::span<const float> centre;
};

/// From the sums over the batch of gradient (first) and gradient * (input - mean) (second), added up over `workers`, of
/// `count` values a channel: the gradients of weight and bias, and the map for the input's gradient.
void batch_norm_gradients(const ChannelSums& sums, int workers, std::size_t count, std::span<const float> weight,
                          std::span<const float> variance, float eps, std::span<float> weight_gradient,
                          std::span<float> bias_gradient, const GradientMap& map);

/// Turns `gradient` into the input's gradient by the map, in place; both (batch, shape) blocked, and stored alike.
void apply_gradient_map(const GradientMap& map, const ConstValues& input, int batch, const Shape& shape,
                        const Values& gradient);

}  // namespace inkling::kernels
