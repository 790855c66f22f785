#include "kernels/cpu/batch_norm.h"

#include <algorithm>
#include <cmath>

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

/// Adds the later slices' rows of `sums` to the first's.
void add_up_slices(std::span<double> sums, std::size_t width) {
    for (std::size_t row = width; row < sums.size(); row += width)
        for (std::size_t c = 0; c < width; ++c) sums[c] += sums[row + c];
}

template <class Value>
void slice_moments(int count, const Value* input, const Shape& shape, const ChannelSums& moments) {
    const std::size_t plane = shape.pixels() * kChannelBlock;
    const std::size_t sample = blocked_size(shape);
    const double values = static_cast<double>(count) * static_cast<double>(shape.pixels());
    for (int block = 0; block < channel_blocks(shape.channels); ++block) {
        const Value* const first = input + block * plane;
        const Lanes centre = first_plane_mean(first, shape.pixels());
        double* const mean = &moments.first[block * kChannelBlock];
        double* const squares = &moments.second[block * kChannelBlock];
        std::fill_n(mean, kChannelBlock, 0.0);
        std::fill_n(squares, kChannelBlock, 0.0);
        CenteredSums centered(centre);
        for (int n = 0; n < count; ++n) centered.add(first + n * sample, shape.pixels(), mean, squares);
        centered.flush(mean, squares);
        for (int lane = 0; lane < kChannelBlock; ++lane) {
            const double difference = mean[lane] / values;
            squares[lane] = std::max(0.0, squares[lane] - values * difference * difference);
            mean[lane] = centre[lane] + difference;
        }
    }
}

}  // namespace

void slice_moments(const Slice& slice, const ConstValues& input, const Shape& shape, const ChannelSums& moments) {
    with_type(input.precision,
              [&](auto type) { slice_moments(slice.count, as<decltype(type)>(input), shape, moments); });
}

void batch_statistics(const ChannelSums& moments, std::span<const Slice> slices, std::size_t pixels,
                      std::span<float> mean, std::span<float> variance) {
    const std::size_t width = mean.size();
    double samples = 0;
    for (const Slice& slice : slices) samples += slice.count;
    for (std::size_t channel = 0; channel < width; channel += kChannelBlock) {
        double centre[kChannelBlock]{}, squares[kChannelBlock]{};
        for (std::size_t s = 0; s < slices.size(); ++s)
            for (int lane = 0; lane < kChannelBlock; ++lane)
                centre[lane] += moments.first[s * width + channel + lane] * (slices[s].count / samples);
        for (std::size_t s = 0; s < slices.size(); ++s) {
            const double values = slices[s].count * static_cast<double>(pixels);
            for (int lane = 0; lane < kChannelBlock; ++lane) {
                const double difference = moments.first[s * width + channel + lane] - centre[lane];
                squares[lane] += moments.second[s * width + channel + lane] + values * difference * difference;
            }
        }
        for (int lane = 0; lane < kChannelBlock; ++lane) {
            mean[channel + lane] = static_cast<float>(centre[lane]);
            variance[channel + lane] = static_cast<float>(squares[lane] / (samples * static_cast<double>(pixels)));
        }
    }
}

void moments_to_sums(std::size_t values, const ChannelSums& moments) {
    for (std::size_t c = 0; c < moments.first.size(); ++c) {
        const double mean = moments.first[c];
        moments.first[c] = static_cast<double>(values) * mean;
        moments.second[c] += moments.first[c] * mean;
    }
}

void statistics_of_sums(const ChannelSums& sums, std::size_t count, std::span<float> mean, std::span<float> variance) {
    for (std::size_t c = 0; c < mean.size(); ++c) {
        const double centre = sums.first[c] / static_cast<double>(count);
        mean[c] = static_cast<float>(centre);
        variance[c] = static_cast<float>(std::max(0.0, sums.second[c] / static_cast<double>(count) - centre * centre));
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

void batch_norm_gradients(const ChannelSums& sums, std::size_t count, std::span<const float> weight,
                          std::span<const float> variance, float eps, std::span<float> weight_gradient,
                          std::span<float> bias_gradient, const GradientMap& map) {
    const std::size_t width = map.by_gradient.size();
    add_up_slices(sums.first, width);
    add_up_slices(sums.second, width);
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

}  // namespace inkling::kernels
