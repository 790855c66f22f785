#include "kernels/cpu/pointwise.h"

#include <algorithm>
#include <type_traits>

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
    const float* centre;
    const float* scale;
    const float* shift;

    Lanes operator()(Lanes x, std::size_t channel) const {
        if constexpr (kNormalizes)
            return (x - load(centre + channel)) * load(scale + channel) + load(shift + channel);
        else
            return x;
    }
};

/// Calls body(activation, RunMap<..>) with the types that the stage's choices stand for; the map is of channel 0.
template <class Body>
void with_types(const Pointwise& pointwise, const ChannelMap& map, Body&& body) {
    auto with_map = [&](const auto& activation) {
        if (pointwise.normalizes)
            body(activation, RunMap<true>{map.centre.data(), map.scale.data(), map.shift.data()});
        else
            body(activation, RunMap<false>{});
    };
    if (pointwise.activation)
        with_activation(*pointwise.activation, pointwise.alpha, with_map);
    else
        with_map(Identity{});
}

template <bool kNormalizes>
RunMap<kNormalizes> map_of_run(const RunMap<kNormalizes>& map, std::size_t run) {
    if constexpr (kNormalizes) {
        const std::size_t channel = run * kChannelBlock;
        return {map.centre + channel, map.scale + channel, map.shift + channel};
    }
    return map;
}

template <class Function, class Map, class Input, class Output>
void forward_run(const Function& function, const Map& map, const Runs& runs, const Input* __restrict input,
                 Output* __restrict output) {
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

template <class Function, class Map, class Value, class Gradient>
void backward_run(const Function& function, const Map& map, const Runs& runs, const Value* __restrict input,
                  const Gradient* __restrict gradient, Value* __restrict input_gradient) {
    for (std::size_t v = 0; v < runs.vectors; ++v) {
        const std::size_t at = v * kChannelBlock;
        const Lanes mapped = map(load(input + at), v * runs.channel_step);
        store(input_gradient + at, load(gradient + at) * function.derivative(mapped));
    }
}

/// The same, and adds up what batch norm needs.
template <class Function, class Value, class Gradient>
void backward_run(const Function& function, const RunMap<true>& map, const Runs& runs, const Value* __restrict input,
                  const Gradient* __restrict gradient, Value* __restrict input_gradient, const RunSums& sums) {
    if (runs.channel_step == 0) {
        const Lanes centre = load(map.centre), scale = load(map.scale), shift = load(map.shift);
        Lanes gradient_sum = load(sums.gradient), product_sum = load(sums.product);
        for (std::size_t v = 0; v < runs.vectors; ++v) {
            const std::size_t at = v * kChannelBlock;
            const Lanes difference = load(input + at) - centre;
            const Lanes g = load(gradient + at) * function.derivative(difference * scale + shift);
            store(input_gradient + at, g);
            gradient_sum += g;
            product_sum += g * difference;
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
        store(sums.product + at, load(sums.product + at) + g * (x - load(map.centre + at)));
    }
}

/// Adds `count` floats to doubles and clears them.
void flush(float* floats, double* doubles, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) doubles[i] += floats[i];
    std::fill_n(floats, count, 0.0f);
}

/// What both passes over a batch know of it.
struct Sizes {
    explicit Sizes(const Pointwise& pointwise)
        : runs(pointwise.input),
          input(blocked_size(pointwise.input)),
          output(blocked_size(pointwise.output())),
          output_plane(output / runs.count),
          scratch(pointwise_scratch_size(pointwise)),
          channels(static_cast<std::size_t>(padded_channels(pointwise.input.channels))) {}

    Runs runs;
    std::size_t input;  // values of a sample
    std::size_t output;
    std::size_t output_plane;  // values of a run's output
    std::size_t scratch;       // floats of a worker
    std::size_t channels;
};

/// One sample's forward pass. What has a pool or dropout behind it waits in `plane`, a sample's worth of floats.
template <class Function, class Map, class Value>
void forward_sample(const Pointwise& pointwise, const Sizes& sizes, const Function& function, const Map& map,
                    const Value* input, bool drops, float* plane, float* undropped, Value* output,
                    std::uint8_t* winners) {
    for (std::size_t run = 0; run < sizes.runs.count; ++run) {
        const auto run_map = map_of_run(map, run);
        const Value* const run_input = input + run * sizes.runs.size();
        const std::size_t out = run * sizes.output_plane;
        if (pointwise.pool) {
            std::uint8_t* const run_winners = winners == nullptr ? nullptr : winners + out;
            forward_run(function, run_map, sizes.runs, run_input, plane);
            if (drops)
                pool_plane(*pointwise.pool, plane, undropped + out, run_winners);
            else
                pool_plane(*pointwise.pool, plane, output + out, run_winners);
        } else if (drops) {
            forward_run(function, run_map, sizes.runs, run_input, undropped + out);
        } else {
            forward_run(function, run_map, sizes.runs, run_input, output + out);
        }
    }
}

template <class Value>
void forward_batch(const Pointwise& pointwise, const Value* input, const ChannelMap& map, const Dropout* dropout,
                   Value* output, std::uint8_t* winners, std::span<float> scratch) {
    const Sizes sizes(pointwise);
    with_types(pointwise, map, [&](const auto& function, const auto& whole_map) {
        parallel_for(
            static_cast<std::size_t>(pointwise.batch), kGrain, [&](std::size_t begin, std::size_t end, int worker) {
                float* const undropped = scratch.data() + worker * sizes.scratch;
                float* const plane = undropped + sizes.output;
                for (std::size_t n = begin; n < end; ++n) {
                    std::uint8_t* const sample_winners = winners == nullptr ? nullptr : winners + n * sizes.output;
                    forward_sample(pointwise, sizes, function, whole_map, input + n * sizes.input, dropout != nullptr,
                                   plane, undropped, output + n * sizes.output, sample_winners);
                    if (dropout != nullptr)
                        apply_dropout(*dropout, static_cast<std::uint32_t>(n), sizes.output, undropped,
                                      output + n * sizes.output);
                }
            });
    });
}

/// One run's backward pass, with batch norm's sums where the map is one.
template <class Function, class Map, class Value, class Gradient>
void backward_with_sums(const Function& function, const Map& map, const Sizes& sizes, std::size_t run,
                        const Value* input, const Gradient* gradient, Value* input_gradient, float* float_sums) {
    if constexpr (std::is_same_v<Map, RunMap<true>>) {
        const std::size_t channel = run * kChannelBlock;
        backward_run(function, map, sizes.runs, input, gradient, input_gradient,
                     {float_sums + channel, float_sums + sizes.channels + channel});
    } else {
        backward_run(function, map, sizes.runs, input, gradient, input_gradient);
    }
}

template <class Value>
void backward_batch(const Pointwise& pointwise, const Value* input, const ChannelMap& map, const Dropout* dropout,
                    const Value* output_gradient, const std::uint8_t* winners, Value* input_gradient,
                    const ChannelSums& sums, std::span<float> scratch) {
    const Sizes sizes(pointwise);
    // Some hundred values a channel are added up in float, then join the doubles.
    const std::size_t samples_per_flush = std::max<std::size_t>(1, 256 / pointwise.input.pixels());
    std::fill(sums.first.begin(), sums.first.end(), 0.0);
    std::fill(sums.second.begin(), sums.second.end(), 0.0);

    with_types(pointwise, map, [&](const auto& function, const auto& whole_map) {
        parallel_for(
            static_cast<std::size_t>(pointwise.batch), kGrain, [&](std::size_t begin, std::size_t end, int worker) {
                float* const float_sums = scratch.data() + worker * sizes.scratch;
                float* const masked = float_sums + 2 * sizes.channels;
                float* const plane = masked + sizes.output;
                std::fill_n(float_sums, 2 * sizes.channels, 0.0f);

                // A sample from its output's gradient, masked or as it stands.
                const auto backward_sample = [&](std::size_t n, const auto* gradient) {
                    for (std::size_t run = 0; run < sizes.runs.count; ++run) {
                        const std::size_t in = n * sizes.input + run * sizes.runs.size();
                        const std::size_t out = run * sizes.output_plane;
                        const auto run_map = map_of_run(whole_map, run);
                        if (!pointwise.pool) {
                            backward_with_sums(function, run_map, sizes, run, input + in, gradient + out,
                                               input_gradient + in, float_sums);
                            continue;
                        }
                        pool_plane_backward(*pointwise.pool, gradient + out,
                                            winners == nullptr ? nullptr : winners + n * sizes.output + out, plane);
                        backward_with_sums(function, run_map, sizes, run, input + in, static_cast<const float*>(plane),
                                           input_gradient + in, float_sums);
                    }
                };
                for (std::size_t n = begin; n < end; ++n) {
                    const Value* const gradient = output_gradient + n * sizes.output;
                    if (dropout == nullptr) {
                        backward_sample(n, gradient);
                    } else {
                        apply_dropout(*dropout, static_cast<std::uint32_t>(n), sizes.output, gradient, masked);
                        backward_sample(n, static_cast<const float*>(masked));
                    }
                    if (pointwise.normalizes && ((n - begin + 1) % samples_per_flush == 0 || n + 1 == end)) {
                        flush(float_sums, &sums.first[worker * sizes.channels], sizes.channels);
                        flush(float_sums + sizes.channels, &sums.second[worker * sizes.channels], sizes.channels);
                    }
                }
            });
    });
}

}  // namespace

std::size_t pointwise_scratch_size(const Pointwise& pointwise) {
    const std::size_t plane = pointwise.pool ? pointwise.input.pixels() * kChannelBlock : 0;
    return plane + blocked_size(pointwise.output()) + 2 * padded_channels(pointwise.input.channels);
}

void pointwise_forward(const Pointwise& pointwise, const ConstValues& input, const ChannelMap& map,
                       const Dropout* dropout, const Values& output, std::uint8_t* winners, std::span<float> scratch) {
    with_type(input.precision, [&]<class Value>(Value) {
        forward_batch(pointwise, as<Value>(input), map, dropout, as<Value>(output), winners, scratch);
    });
}

void pointwise_backward(const Pointwise& pointwise, const ConstValues& input, const ChannelMap& map,
                        const Dropout* dropout, const ConstValues& output_gradient, const std::uint8_t* winners,
                        const Values& input_gradient, const ChannelSums& sums, std::span<float> scratch) {
    with_type(input.precision, [&]<class Value>(Value) {
        backward_batch(pointwise, as<Value>(input), map, dropout, as<Value>(output_gradient), winners,
                       as<Value>(input_gradient), sums, scratch);
    });
}

}  // namespace inkling::kernels
