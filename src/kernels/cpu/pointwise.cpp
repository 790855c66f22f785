#include "kernels/cpu/pointwise.h"

#include <algorithm>

#include "core/threads.h"
#include "kernels/cpu/activations.h"
#include "kernels/cpu/layout.h"

namespace inkling::kernels {
namespace {

/// Fewest samples worth a thread of its own.
constexpr std::size_t kGrain = 4;

/// A sample is worked through in runs of vectors. In a feature map, a run is a channel block's plane, and all its
/// vectors share one vector of channel values; in dense features, it is the whole sample, a vector of channel values
/// for each.
struct Runs {
    explicit Runs(const Shape& shape)
        : count(shape.pixels() == 1 ? 1 : static_cast<std::size_t>(channel_blocks(shape.channels))),
          vectors(shape.pixels() == 1 ? static_cast<std::size_t>(channel_blocks(shape.channels)) : shape.pixels()),
          channel_step(shape.pixels() == 1 ? kChannelBlock : 0) {}

    std::size_t size() const { return vectors * kChannelBlock; }

    std::size_t count;
    std::size_t vectors;
    std::size_t channel_step;  // floats from one vector's channel values to the next one's
};

/// The affine map of a run; identity where nothing is normalised.
template <bool kNormalizes>
struct RunMap {
    const float* scale;
    const float* shift;

    Lanes operator()(Lanes x, std::size_t channel) const {
        if constexpr (kNormalizes)
            return x * load(scale + channel) + load(shift + channel);
        else
            return x;
    }
};

/// Calls body(activation, RunMap<..>) with the types that the stage's choices stand for; the map is of channel 0.
template <class Body>
void with_types(const Pointwise& pointwise, const ChannelMap& map, Body&& body) {
    auto with_map = [&](const auto& activation) {
        if (pointwise.normalizes)
            body(activation, RunMap<true>{map.scale.data(), map.shift.data()});
        else
            body(activation, RunMap<false>{nullptr, nullptr});
    };
    if (pointwise.activation)
        with_activation(*pointwise.activation, pointwise.alpha, with_map);
    else
        with_map(Identity{});
}

template <bool kNormalizes>
RunMap<kNormalizes> map_of_run(const RunMap<kNormalizes>& map, std::size_t run) {
    if constexpr (kNormalizes) return {map.scale + run * kChannelBlock, map.shift + run * kChannelBlock};
    return map;
}

template <class Function, class Map>
void forward_run(const Function& function, const Map& map, const Runs& runs, const float* __restrict input,
                 float* __restrict output) {
    for (std::size_t v = 0; v < runs.vectors; ++v) {
        const Lanes mapped = map(load(input + v * kChannelBlock), v * runs.channel_step);
        store(output + v * kChannelBlock, function.value(mapped));
    }
}

/// Sums of one worker over some samples, in float, (2, padded channels), before they join the doubles.
struct RunSums {
    float* gradient;
    float* product;
};

template <class Function, class Map>
void backward_run(const Function& function, const Map& map, const Runs& runs, const float* __restrict input,
                  const float* __restrict gradient, float* __restrict input_gradient) {
    for (std::size_t v = 0; v < runs.vectors; ++v) {
        const std::size_t at = v * kChannelBlock;
        const Lanes mapped = map(load(input + at), v * runs.channel_step);
        store(input_gradient + at, load(gradient + at) * function.derivative(mapped));
    }
}

/// The same, and adds up what batch norm needs.
template <class Function>
void backward_run(const Function& function, const RunMap<true>& map, const Runs& runs, const float* __restrict input,
                  const float* __restrict gradient, float* __restrict input_gradient, const float* __restrict mean,
                  const RunSums& sums) {
    if (runs.channel_step == 0) {
        const Lanes scale = load(map.scale), shift = load(map.shift), centre = load(mean);
        Lanes gradient_sum = load(sums.gradient), product_sum = load(sums.product);
        for (std::size_t v = 0; v < runs.vectors; ++v) {
            const std::size_t at = v * kChannelBlock;
            const Lanes x = load(input + at);
            const Lanes g = load(gradient + at) * function.derivative(x * scale + shift);
            store(input_gradient + at, g);
            gradient_sum += g;
            product_sum += g * (x - centre);
        }
        store(sums.gradient, gradient_sum);
        store(sums.product, product_sum);
        return;
    }
    for (std::size_t v = 0; v < runs.vectors; ++v) {
        const std::size_t at = v * kChannelBlock;
        const Lanes x = load(input + at);
        const Lanes g = load(gradient + at) * function.derivative(map(x, at));
        store(input_gradient + at, g);
        store(sums.gradient + at, load(sums.gradient + at) + g);
        store(sums.product + at, load(sums.product + at) + g * (x - load(mean + at)));
    }
}

/// Adds `count` floats to doubles and clears them.
void flush(float* floats, double* doubles, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) doubles[i] += floats[i];
    std::fill_n(floats, count, 0.0f);
}

}  // namespace

std::size_t pointwise_scratch_size(const Pointwise& pointwise) {
    const std::size_t plane = pointwise.pool ? pointwise.input.pixels() * kChannelBlock : 0;
    return plane + blocked_size(pointwise.output()) + 2 * padded_channels(pointwise.input.channels);
}

void pointwise_forward(const Pointwise& pointwise, const float* input, const ChannelMap& map, const Dropout* dropout,
                       float* output, std::uint8_t* winners, std::span<float> scratch) {
    const Runs runs(pointwise.input);
    const std::size_t scratch_size = pointwise_scratch_size(pointwise);
    const std::size_t input_size = blocked_size(pointwise.input);
    const std::size_t output_size = blocked_size(pointwise.output());
    const std::size_t output_plane = output_size / runs.count;
    with_types(pointwise, map, [&](const auto& function, const auto& whole_map) {
        parallel_for(
            static_cast<std::size_t>(pointwise.batch), kGrain, [&](std::size_t begin, std::size_t end, int worker) {
                float* plane = scratch.data() + worker * scratch_size;
                for (std::size_t n = begin; n < end; ++n) {
                    float* sample_output = output + n * output_size;
                    for (std::size_t run = 0; run < runs.count; ++run) {
                        const float* run_input = input + n * input_size + run * runs.size();
                        float* run_output = sample_output + run * output_plane;
                        forward_run(function, map_of_run(whole_map, run), runs, run_input,
                                    pointwise.pool ? plane : run_output);
                        if (!pointwise.pool) continue;
                        std::uint8_t* run_winners = winners == nullptr ? nullptr : winners + (run_output - output);
                        pool_plane(*pointwise.pool, plane, run_output, run_winners);
                    }
                    if (dropout != nullptr)
                        apply_dropout(*dropout, static_cast<std::uint32_t>(n), output_size, sample_output,
                                      sample_output);
                }
            });
    });
}

void pointwise_backward(const Pointwise& pointwise, const float* input, const ChannelMap& map, const Dropout* dropout,
                        const float* output_gradient, const std::uint8_t* winners, std::span<const float> mean,
                        float* input_gradient, const ChannelSums& sums, std::span<float> scratch) {
    const Runs runs(pointwise.input);
    const std::size_t scratch_size = pointwise_scratch_size(pointwise);
    const std::size_t input_size = blocked_size(pointwise.input);
    const std::size_t output_size = blocked_size(pointwise.output());
    const std::size_t output_plane = output_size / runs.count;
    const auto channels = static_cast<std::size_t>(padded_channels(pointwise.input.channels));
    // Some hundred values a channel are added up in float, then join the doubles.
    const std::size_t samples_per_flush = std::max<std::size_t>(1, 256 / pointwise.input.pixels());
    std::fill(sums.first.begin(), sums.first.end(), 0.0);
    std::fill(sums.second.begin(), sums.second.end(), 0.0);

    with_types(pointwise, map, [&](const auto& function, const auto& whole_map) {
        parallel_for(
            static_cast<std::size_t>(pointwise.batch), kGrain, [&](std::size_t begin, std::size_t end, int worker) {
                float* const float_sums = scratch.data() + worker * scratch_size;
                float* const masked = float_sums + 2 * channels;
                float* const plane = masked + output_size;
                std::fill_n(float_sums, 2 * channels, 0.0f);
                for (std::size_t n = begin; n < end; ++n) {
                    const float* sample_gradient = output_gradient + n * output_size;
                    if (dropout != nullptr) {
                        apply_dropout(*dropout, static_cast<std::uint32_t>(n), output_size, sample_gradient, masked);
                        sample_gradient = masked;
                    }
                    for (std::size_t run = 0; run < runs.count; ++run) {
                        const std::size_t at = n * input_size + run * runs.size();
                        const float* gradient = sample_gradient + run * output_plane;
                        if (pointwise.pool) {
                            const std::size_t out = n * output_size + run * output_plane;
                            pool_plane_backward(*pointwise.pool, gradient, winners == nullptr ? nullptr : winners + out,
                                                plane);
                            gradient = plane;
                        }
                        const auto run_map = map_of_run(whole_map, run);
                        if constexpr (std::is_same_v<std::decay_t<decltype(run_map)>, RunMap<true>>) {
                            const std::size_t channel = run * kChannelBlock;
                            backward_run(function, run_map, runs, input + at, gradient, input_gradient + at,
                                         &mean[channel], {float_sums + channel, float_sums + channels + channel});
                        } else {
                            backward_run(function, run_map, runs, input + at, gradient, input_gradient + at);
                        }
                    }
                    if (pointwise.normalizes && ((n - begin + 1) % samples_per_flush == 0 || n + 1 == end)) {
                        flush(float_sums, &sums.first[worker * channels], channels);
                        flush(float_sums + channels, &sums.second[worker * channels], channels);
                    }
                }
            });
    });
}

}  // namespace inkling::kernels
