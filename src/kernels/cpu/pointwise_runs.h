#pragma once

#include <cstddef>

#include "kernels/cpu/activations.h"
#include "kernels/cpu/layout.h"
#include "kernels/cpu/pointwise.h"

namespace inkling::kernels {

// How both passes of a pointwise stage go over a slice.

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

/// The map of a run's channels.
template <bool kNormalizes>
RunMap<kNormalizes> run_map(const ChannelMap& map, std::size_t run) {
    if constexpr (!kNormalizes) return {};
    const std::size_t channel = run * kChannelBlock;
    return {map.centre.data() + channel, map.scale.data() + channel, map.shift.data() + channel};
}

/// Calls body(activation) with the type that the stage's choice stands for.
template <class Body>
void with_activation_of(const Pointwise& pointwise, Body&& body) {
    if (pointwise.activation)
        with_activation(*pointwise.activation, body);
    else
        body(Identity{});
}

/// Calls body(activation, map of a run), both of the types that the stage's choices stand for.
template <class Body>
void with_functions(const Pointwise& pointwise, const ChannelMap& map, Body&& body) {
    with_activation_of(pointwise, [&](const auto& function) {
        if (pointwise.normalizes)
            body(function, [&](std::size_t run) { return run_map<true>(map, run); });
        else
            body(function, [&](std::size_t run) { return run_map<false>(map, run); });
    });
}

/// What both passes know of a sample.
struct Sizes {
    explicit Sizes(const Pointwise& pointwise)
        : runs(pointwise.input),
          input(blocked_size(pointwise.input)),
          output(blocked_size(pointwise.output())),
          output_plane(output / runs.count),
          channels(static_cast<std::size_t>(padded_channels(pointwise.input.channels))) {}

    Runs runs;
    std::size_t input;  // values
    std::size_t output;
    std::size_t output_plane;  // values of a run's output
    std::size_t channels;
};

}  // namespace inkling::kernels
