#include <algorithm>

#include "kernels/cpu/pointwise_runs.h"

namespace inkling::kernels {
namespace {

/// Where a run's sums of one worker over some samples stand, in float, before they join the doubles.
struct RunSums {
    float* gradient;
    float* product;
};

/// Adds up what batch norm's gradients need: the gradient by the mapped value, and its product with (input - centre).
template <class Function, class Value, class Gradient>
void gather_run(const Function& function, const RunMap<true>& map, const Runs& runs, const Value* __restrict input,
                const Gradient* __restrict gradient, const RunSums& sums) {
    if (runs.channel_step == 0) {
        const Lanes centre = load(map.centre), scale = load(map.scale), shift = load(map.shift);
        Lanes gradient_sum = load(sums.gradient), product_sum = load(sums.product);
        for (std::size_t at = 0; at < runs.size(); at += kChannelBlock) {
            const Lanes difference = load(input + at) - centre;
            const Lanes g = load(gradient + at) * function.derivative(difference * scale + shift);
            gradient_sum += g;
            product_sum += g * difference;
        }
        store(sums.gradient, gradient_sum);
        store(sums.product, product_sum);
        return;
    }
    for (std::size_t at = 0; at < runs.size(); at += kChannelBlock) {
        const Lanes difference = load(input + at) - load(map.centre + at);
        const Lanes g =
            load(gradient + at) * function.derivative(difference * load(map.scale + at) + load(map.shift + at));
        store(sums.gradient + at, load(sums.gradient + at) + g);
        store(sums.product + at, load(sums.product + at) + g * difference);
    }
}

// input_gradient may be input itself: each value is read before it is written.

template <class Function, class Value, class Gradient>
void backward_run(const Function& function, const RunMap<false>&, const GradientMap&, const Runs& runs,
                  const Value* input, const Gradient* __restrict gradient, Value* input_gradient) {
    for (std::size_t at = 0; at < runs.size(); at += kChannelBlock)
        store(input_gradient + at, load(gradient + at) * function.derivative(load(input + at)));
}

template <class Function, class Value, class Gradient>
void backward_run(const Function& function, const RunMap<true>& map, const GradientMap& by, const Runs& runs,
                  const Value* input, const Gradient* __restrict gradient, Value* input_gradient) {
    const auto backward = [&](std::size_t at, std::size_t channel) {
        const Lanes difference = load(input + at) - load(map.centre + channel);
        const Lanes mapped = difference * load(map.scale + channel) + load(map.shift + channel);
        const Lanes g = load(gradient + at) * function.derivative(mapped) - load(&by.gradient_centre[channel]);
        store(input_gradient + at, load(&by.by_gradient[channel]) * g + load(&by.by_input[channel]) * difference);
    };
    if (runs.channel_step == 0)
        for (std::size_t at = 0; at < runs.size(); at += kChannelBlock) backward(at, 0);
    else
        for (std::size_t at = 0; at < runs.size(); at += kChannelBlock) backward(at, at);
}

/// Adds `count` floats to doubles and clears them.
void flush(float* floats, double* doubles, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) doubles[i] += floats[i];
    std::fill_n(floats, count, 0.0f);
}

/// output = gradient * activation'(map(x)), both of a pooled run; output may be gradient itself.
template <class Function, class Map, class Gradient>
void through_activation(const Function& function, const Map& map, std::size_t size, const float* x,
                        const Gradient* gradient, float* output) {
    for (std::size_t at = 0; at < size; at += kChannelBlock)
        store(output + at, load(gradient + at) * function.derivative(map(load(x + at), 0)));
}

/// What the passes of the way back over a batch have in common.
template <class Value>
struct WayBack {
    const Pointwise& pointwise;
    Sizes sizes;
    const Value* input;
    const Dropout* dropout;
    const Value* output_gradient;
    const Notes& notes;

    const Value* input_of(std::size_t n, std::size_t run) const {
        return input + n * sizes.input + run * sizes.runs.size();
    }

    /// Calls visit(run, gradient, function) for every run of sample `n`: with the output's gradient, masked as dropout
    /// did and taken back through the pool, and with what of the activation it has yet to be taken through.
    template <class Function, class MapOf, class Visit>
    void for_each_gradient(const Function& function, const MapOf& map_of, std::size_t n, float* scratch,
                           Visit&& visit) const {
        const Value* const gradient = output_gradient + n * sizes.output;
        if (dropout == nullptr) return unpool(function, map_of, n, gradient, scratch, visit);
        mask_gradient(*dropout, sizes.output, notes.kept + n * sizes.output, gradient, scratch);
        unpool(function, map_of, n, static_cast<const float*>(scratch), scratch, visit);
    }

  private:
    template <class Function, class MapOf, class Gradient, class Visit>
    void unpool(const Function& function, const MapOf& map_of, std::size_t n, const Gradient* gradient, float* scratch,
                Visit&& visit) const {
        if (!pointwise.pool) {
            for (std::size_t run = 0; run < sizes.runs.count; ++run)
                visit(run, gradient + run * sizes.output_plane, function);
            return;
        }
        float* const plane = scratch + sizes.output;
        for (std::size_t run = 0; run < sizes.runs.count; ++run) {
            const std::size_t at = run * sizes.output_plane;
            const std::uint8_t* const winners =
                notes.winners == nullptr ? nullptr : notes.winners + n * sizes.output + at;
            if (Function::kCheap || winners == nullptr) {
                pool_plane_backward(*pointwise.pool, gradient + at, winners, plane);
                visit(run, static_cast<const float*>(plane), function);
            } else {
                // A window's gradient is its winner's alone, so that one derivative does for all of the window.
                values_of_winners(*pointwise.pool, input_of(n, run), winners, plane);
                through_activation(function, map_of(run), sizes.output_plane, plane, gradient + at, scratch + at);
                pool_plane_backward(*pointwise.pool, static_cast<const float*>(scratch + at), winners, plane);
                visit(run, static_cast<const float*>(plane), Identity{});
            }
        }
    }
};

template <class Value>
void gather_slice(const WayBack<Value>& back, int count, const ChannelMap& map, const ChannelSums& sums,
                  std::span<float> scratch) {
    const Sizes& sizes = back.sizes;
    // Some hundred values a channel are added up in float, then join the doubles.
    const std::size_t samples_per_flush = std::max<std::size_t>(1, 256 / back.pointwise.input.pixels());
    float* const gradient_sums = scratch.data();
    float* const product_sums = gradient_sums + sizes.channels;
    std::fill_n(gradient_sums, 2 * sizes.channels, 0.0f);
    std::fill(sums.first.begin(), sums.first.end(), 0.0);
    std::fill(sums.second.begin(), sums.second.end(), 0.0);
    const auto map_of = [&](std::size_t run) { return run_map<true>(map, run); };
    const auto samples = static_cast<std::size_t>(count);
    with_activation_of(back.pointwise, [&](const auto& function) {
        for (std::size_t n = 0; n < samples; ++n) {
            const auto gather = [&](std::size_t run, const auto* gradient, const auto& rest) {
                const std::size_t channel = run * kChannelBlock;
                gather_run(rest, map_of(run), sizes.runs, back.input_of(n, run), gradient,
                           {gradient_sums + channel, product_sums + channel});
            };
            back.for_each_gradient(function, map_of, n, product_sums + sizes.channels, gather);
            if ((n + 1) % samples_per_flush == 0 || n + 1 == samples) {
                flush(gradient_sums, sums.first.data(), sizes.channels);
                flush(product_sums, sums.second.data(), sizes.channels);
            }
        }
    });
}

template <class Value>
void backward_slice(const WayBack<Value>& back, int count, const ChannelMap& map, const GradientMap& by,
                    Value* input_gradient, std::span<float> scratch) {
    with_functions(back.pointwise, map, [&](const auto& function, const auto& map_of) {
        for (std::size_t n = 0; n < static_cast<std::size_t>(count); ++n) {
            const auto backward = [&](std::size_t run, const auto* gradient, const auto& rest) {
                const Value* const from = back.input_of(n, run);
                backward_run(rest, map_of(run), by.of_run(run), back.sizes.runs, from, gradient,
                             input_gradient + (from - back.input));
            };
            back.for_each_gradient(function, map_of, n, scratch.data(), backward);
        }
    });
}

}  // namespace

void pointwise_backward_sums(const Pointwise& pointwise, const Slice& slice, const ConstValues& input,
                             const ChannelMap& map, const Dropout* dropout, const ConstValues& output_gradient,
                             const Notes& notes, const ChannelSums& sums, std::span<float> scratch) {
    with_type(input.precision, [&]<class Value>(Value) {
        gather_slice<Value>({pointwise, Sizes(pointwise), as<Value>(input), dropout, as<Value>(output_gradient), notes},
                            slice.count, map, sums, scratch);
    });
}

void pointwise_backward(const Pointwise& pointwise, const Slice& slice, const ConstValues& input, const ChannelMap& map,
                        const Dropout* dropout, const ConstValues& output_gradient, const Notes& notes,
                        const GradientMap& gradient_map, const Values& input_gradient, std::span<float> scratch) {
    with_type(input.precision, [&]<class Value>(Value) {
        backward_slice<Value>(
            {pointwise, Sizes(pointwise), as<Value>(input), dropout, as<Value>(output_gradient), notes}, slice.count,
            map, gradient_map, as<Value>(input_gradient), scratch);
    });
}

}  // namespace inkling::kernels
