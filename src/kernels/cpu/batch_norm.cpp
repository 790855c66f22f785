#include "kernels/cpu/batch_norm.h"

#include <algorithm>
#include <cmath>

#include "core/threads.h"
#include "kernels/cpu/layout.h"

namespace inkling::kernels {
namespace {

/// Vectors that are added up in float before they join a double: enough to be fast, few enough to be exact.
constexpr std::size_t kFloatRun = 256;

/// The mean of the first sample's plane of a block: near the batch's mean, so that squares of differences from it
/// lose no digits.
template <class Value>
Lanes first_plane_mean(const Value* plane, std::size_t pixels) {
    Lanes total{};
    for (std::size_t pixel = 0; pixel < pixels; ++pixel) total += load(plane + pixel * kChannelBlock);
    return total / static_cast<float>(pixels);
}

/// Adds up differences from a centre and their squares, in float for a while, then in double.
class CenteredSums {
  public:
    explicit CenteredSums(Lanes centre) : centre_(centre) {}

    template <class Value>
    void add(const Value* values, std::size_t vectors, double* first, double* second) {
        for (std::size_t begin = 0; begin < vectors; begin += kFloatRun) {
            const std::size_t end = std::min(vectors, begin + kFloatRun);
            for (std::size_t v = begin; v < end; ++v) {
                const Lanes difference = load(values + v * kChannelBlock) - centre_;
                sum_ += difference;
                squares_ += difference * difference;
            }
            run_ += end - begin;
            if (run_ >= kFloatRun) flush(first, second);
        }
    }

    void flush(double* first, double* second) {
        for (int lane = 0; lane < kChannelBlock; ++lane) {
            first[lane] += sum_[lane];
            second[lane] += squares_[lane];
        }
        sum_ = squares_ = Lanes{};
        run_ = 0;
    }

  private:
    Lanes centre_;
    Lanes sum_{};
    Lanes squares_{};
    std::size_t run_ = 0;
};

/// Adds the later workers' rows of `sums` to the first's.
void add_up_workers(std::span<double> sums, int workers, std::size_t width) {
    for (int worker = 1; worker < workers; ++worker)
        for (std::size_t c = 0; c < width; ++c) sums[c] += sums[worker * width + c];
}

/// Each worker's sums of differences from a centre, which is left in `mean`, and of their squares.
template <class Value>
void add_up_batch(const Value* input, int batch, const Shape& shape, const ChannelSums& sums, std::span<float> mean) {
    const std::size_t width = mean.size();
    const std::size_t plane = shape.pixels() * kChannelBlock;
    const std::size_t sample = blocked_size(shape);
    for (int block = 0; block < channel_blocks(shape.channels); ++block)
        store(&mean[block * kChannelBlock], first_plane_mean(input + block * plane, shape.pixels()));

    parallel_for(static_cast<std::size_t>(batch), 8, [&](std::size_t begin, std::size_t end, int worker) {
        for (int block = 0; block < channel_blocks(shape.channels); ++block) {
            const std::size_t channel = static_cast<std::size_t>(block) * kChannelBlock;
            double* first = &sums.first[worker * width + channel];
            double* second = &sums.second[worker * width + channel];
            CenteredSums centered(load(&mean[channel]));
            for (std::size_t n = begin; n < end; ++n)
                centered.add(input + n * sample + block * plane, shape.pixels(), first, second);
            centered.flush(first, second);
        }
    });
}

}  // namespace

void batch_statistics(const ConstValues& input, int batch, const Shape& shape, const ChannelSums& sums,
                      std::span<float> mean, std::span<float> variance) {
    const std::size_t width = mean.size();
    std::fill(sums.first.begin(), sums.first.end(), 0.0);
    std::fill(sums.second.begin(), sums.second.end(), 0.0);
    with_type(input.precision, [&](auto type) { add_up_batch(as<decltype(type)>(input), batch, shape, sums, mean); });
    const int workers = static_cast<int>(sums.first.size() / width);
    add_up_workers(sums.first, workers, width);
    add_up_workers(sums.second, workers, width);
    const double count = static_cast<double>(batch) * static_cast<double>(shape.pixels());
    for (std::size_t c = 0; c < width; ++c) {
        const double difference = sums.first[c] / count;
        mean[c] = static_cast<float>(mean[c] + difference);
        variance[c] = static_cast<float>(std::max(0.0, sums.second[c] / count - difference * difference));
    }
}

void normalizing_map(std::span<const float> weight, std::span<const float> bias, std::span<const float> mean,
                     std::span<const float> variance, float eps, std::span<float> centre, std::span<float> scale,
                     std::span<float> shift) {
    for (std::size_t c = 0; c < weight.size(); ++c) {
        centre[c] = mean[c];
        scale[c] = weight[c] / std::sqrt(variance[c] + eps);
        shift[c] = bias[c];
    }
}

void update_running_statistics(std::span<const float> mean, std::span<const float> variance, std::size_t count,
                               float momentum, std::span<float> running_mean, std::span<float> running_variance) {
    const float unbias =
        count > 1 ? static_cast<float>(static_cast<double>(count) / static_cast<double>(count - 1)) : 1;
    for (std::size_t c = 0; c < running_mean.size(); ++c) {
        running_mean[c] += momentum * (mean[c] - running_mean[c]);
        running_variance[c] += momentum * (variance[c] * unbias - running_variance[c]);
    }
}

void batch_norm_gradients(const ChannelSums& sums, int workers, std::size_t count, std::span<const float> weight,
                          std::span<const float> variance, float eps, std::span<float> weight_gradient,
                          std::span<float> bias_gradient, const GradientMap& map) {
    const std::size_t width = map.by_gradient.size();
    add_up_workers(sums.first, workers, width);
    add_up_workers(sums.second, workers, width);
    for (std::size_t c = 0; c < weight.size(); ++c) {
        const double inverse_deviation = 1.0 / std::sqrt(static_cast<double>(variance[c]) + eps);
        const double by_weight = sums.second[c] * inverse_deviation;
        weight_gradient[c] = static_cast<float>(by_weight);
        bias_gradient[c] = static_cast<float>(sums.first[c]);
        // dx = scale * (g - mean(g) - x_hat * mean(g * x_hat)), with x_hat = (x - mean) * inverse_deviation.
        const double scale = weight[c] * inverse_deviation;
        map.by_gradient[c] = static_cast<float>(scale);
        map.gradient_centre[c] = static_cast<float>(sums.first[c] / static_cast<double>(count));
        map.by_input[c] = static_cast<float>(-scale * inverse_deviation * by_weight / static_cast<double>(count));
    }
}

void apply_gradient_map(const GradientMap& map, const ConstValues& input, int batch, const Shape& shape,
                        const Values& gradient) {
    const std::size_t pixels = shape.pixels();
    const int blocks = channel_blocks(shape.channels);
    const auto apply = [&](const auto* inputs, auto* gradients) {
        parallel_for(static_cast<std::size_t>(batch), 8, [&](std::size_t begin, std::size_t end, int) {
            std::size_t at = begin * blocked_size(shape);
            for (std::size_t n = begin; n < end; ++n) {
                for (int block = 0; block < blocks; ++block) {
                    const Lanes by_gradient = load(&map.by_gradient[block * kChannelBlock]);
                    const Lanes gradient_centre = load(&map.gradient_centre[block * kChannelBlock]);
                    const Lanes by_input = load(&map.by_input[block * kChannelBlock]);
                    const Lanes centre = load(&map.centre[block * kChannelBlock]);
                    for (std::size_t pixel = 0; pixel < pixels; ++pixel, at += kChannelBlock)
                        store(gradients + at, by_gradient * (load(gradients + at) - gradient_centre) +
                                                  by_input * (load(inputs + at) - centre));
                }
            }
        });
    };
    with_type(input.precision, [&](auto type) { apply(as<decltype(type)>(input), as<decltype(type)>(gradient)); });
}

}  // namespace inkling::kernels
