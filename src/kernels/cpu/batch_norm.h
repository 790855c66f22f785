#pragma once

#include <cstddef>
#include <span>

#include "core/shape.h"
#include "kernels/cpu/slice.h"
#include "kernels/cpu/values.h"

namespace inkling::kernels {

// Batch normalisation over blocked activations (layout.h), S. Ioffe and C. Szegedy, 2015, with PyTorch's conventions:
// normalised by the batch's biased variance; the running variance takes the unbiased one. Channel arrays are padded to
// whole blocks; what stands in lanes without a channel is of no consequence.

/// Two numbers for each padded channel of a slice, or of all slices of a batch, one after another.
struct ChannelSums {
    std::span<double> first;
    std::span<double> second;

    /// Those of one slice.
    ChannelSums of_slice(std::size_t slice, std::size_t channels) const {
        return {first.subspan(slice * channels, channels), second.subspan(slice * channels, channels)};
    }
};

/// The mean of each channel of a slice of (batch, shape), blocked, and the sum of the squared differences from it.
void slice_moments(const Slice& slice, const ConstValues& input, const Shape& shape, const ChannelSums& moments);

/// Mean and biased variance of each channel of a batch, from its slices' moments; `pixels` values a channel and sample.
void batch_statistics(const ChannelSums& moments, std::span<const Slice> slices, std::size_t pixels,
                      std::span<float> mean, std::span<float> variance);

/// Turns a slice's moments, of `values` values a channel, into the sum of these and of their squares.
void moments_to_sums(std::size_t values, const ChannelSums& moments);

/// Mean and biased variance of each channel of a batch of `count` values a channel, from their sum and that of their
/// squares. In double precision the difference of these loses no digit that a float has, but where a channel's mean is
/// 10,000 times its deviation or more.
void statistics_of_sums(const ChannelSums& sums, std::size_t count, std::span<float> mean, std::span<float> variance);

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

    /// That of the channels from block `run` on.
    GradientMap of_run(std::size_t run) const {
        if (by_gradient.empty()) return {};
        const std::size_t channel = run * kLanes;
        return {by_gradient.subspan(channel), gradient_centre.subspan(channel), by_input.subspan(channel)};
    }
};

/// From the slices' sums of gradient (first) and gradient * (input - mean) (second), of `count` values a channel in
/// all: the gradients of weight and bias, and the map for the input's gradient. The sums are used up.
void batch_norm_gradients(const ChannelSums& sums, std::size_t count, std::span<const float> weight,
                          std::span<const float> variance, float eps, std::span<float> weight_gradient,
                          std::span<float> bias_gradient, const GradientMap& map);

}  // namespace inkling::kernels
