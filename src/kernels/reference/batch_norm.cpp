#include "kernels/reference/batch_norm.h"

#include <cmath>
#include <cstddef>

namespace inkling::reference {
namespace {

/// Calls visit(index) for every value of one channel.
template <class Visit>
void for_each_in_channel(const BatchNormShape& s, int channel, Visit&& visit) {
    for (int n = 0; n < s.batch; ++n)
        for (int p = 0; p < s.pixels; ++p) visit((static_cast<std::size_t>(n) * s.channels + channel) * s.pixels + p);
}

struct Moments {
    double mean = 0;
    double variance = 0;  // biased
};

Moments channel_moments(const BatchNormShape& shape, int channel, std::span<const double> input) {
    const double count = static_cast<double>(shape.batch) * shape.pixels;
    Moments moments;
    for_each_in_channel(shape, channel, [&](auto i) { moments.mean += input[i] / count; });
    for_each_in_channel(shape, channel, [&](auto i) {
        const double difference = input[i] - moments.mean;
        moments.variance += difference * difference / count;
    });
    return moments;
}

}  // namespace

void batch_norm_forward_training(const BatchNormShape& shape, double eps, double momentum,
                                 std::span<const double> input, std::span<const double> weight,
                                 std::span<const double> bias, std::span<double> running_mean,
                                 std::span<double> running_var, std::span<double> output) {
    const double count = static_cast<double>(shape.batch) * shape.pixels;
    for (int c = 0; c < shape.channels; ++c) {
        const auto [mean, variance] = channel_moments(shape, c, input);
        for_each_in_channel(shape, c, [&, mean = mean, deviation = std::sqrt(variance + eps)](auto i) {
            output[i] = (input[i] - mean) / deviation * weight[c] + bias[c];
        });
        running_mean[c] += momentum * (mean - running_mean[c]);
        running_var[c] += momentum * (variance * count / (count - 1) - running_var[c]);
    }
}

void batch_norm_forward_inference(const BatchNormShape& shape, double eps, std::span<const double> input,
                                  std::span<const double> weight, std::span<const double> bias,
                                  std::span<const double> running_mean, std::span<const double> running_var,
                                  std::span<double> output) {
    for (int c = 0; c < shape.channels; ++c) {
        const double deviation = std::sqrt(running_var[c] + eps);
        for_each_in_channel(
            shape, c, [&](auto i) { output[i] = (input[i] - running_mean[c]) / deviation * weight[c] + bias[c]; });
    }
}

void batch_norm_backward(const BatchNormShape& shape, double eps, std::span<const double> input,
                         std::span<const double> weight, std::span<const double> output_gradient,
                         std::span<double> input_gradient, std::span<double> weight_gradient,
                         std::span<double> bias_gradient) {
    const double count = static_cast<double>(shape.batch) * shape.pixels;
    for (int c = 0; c < shape.channels; ++c) {
        const Moments moments = channel_moments(shape, c, input);
        const double deviation = std::sqrt(moments.variance + eps);
        const auto normalized = [&](auto i) { return (input[i] - moments.mean) / deviation; };
        weight_gradient[c] = 0;
        bias_gradient[c] = 0;
        for_each_in_channel(shape, c, [&](auto i) {
            weight_gradient[c] += output_gradient[i] * normalized(i);
            bias_gradient[c] += output_gradient[i];
        });
        for_each_in_channel(shape, c, [&](auto i) {
            input_gradient[i] =
                weight[c] / deviation *
                (output_gradient[i] - bias_gradient[c] / count - normalized(i) * weight_gradient[c] / count);
        });
    }
}

}  // namespace inkling::reference
