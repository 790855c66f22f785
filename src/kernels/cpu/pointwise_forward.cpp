#include "core/threads.h"
#include "kernels/cpu/pointwise_runs.h"

namespace inkling::kernels {
namespace {

template <class Function, class Map, class Input, class Output>
void forward_run(const Function& function, const Map& map, const Runs& runs, const Input* __restrict input,
                 Output* __restrict output) {
    for (std::size_t v = 0; v < runs.vectors; ++v) {
        const Lanes mapped = map(load(input + v * kChannelBlock), v * runs.channel_step);
        store(output + v * kChannelBlock, function.value(mapped));
    }
}

/// One sample's forward pass. What has a pool or dropout behind it waits in `plane`, a sample's worth of floats.
template <class Function, class MapOf, class Value>
void forward_sample(const Pointwise& pointwise, const Sizes& sizes, const Function& function, const MapOf& map_of,
                    const Value* input, bool drops, float* plane, float* undropped, Value* output,
                    std::uint8_t* winners) {
    for (std::size_t run = 0; run < sizes.runs.count; ++run) {
        const auto run_map = map_of(run);
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
                   Value* output, const Notes& notes, std::span<float> scratch) {
    const Sizes sizes(pointwise);
    with_functions(pointwise, map, [&](const auto& function, const auto& map_of) {
        parallel_for(static_cast<std::size_t>(pointwise.batch), kGrain,
                     [&](std::size_t begin, std::size_t end, int worker) {
                         float* const undropped = scratch.data() + worker * sizes.scratch;
                         float* const plane = undropped + sizes.output;
                         for (std::size_t n = begin; n < end; ++n) {
                             const std::size_t out = n * sizes.output;
                             std::uint8_t* const winners = notes.winners == nullptr ? nullptr : notes.winners + out;
                             forward_sample(pointwise, sizes, function, map_of, input + n * sizes.input,
                                            dropout != nullptr, plane, undropped, output + out, winners);
                             if (dropout != nullptr)
                                 apply_dropout(*dropout, static_cast<std::uint32_t>(n), pointwise.output(), undropped,
                                               output + out, notes.kept + out);
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
                       const Dropout* dropout, const Values& output, const Notes& notes, std::span<float> scratch) {
    with_type(input.precision, [&]<class Value>(Value) {
        forward_batch(pointwise, as<Value>(input), map, dropout, as<Value>(output), notes, scratch);
    });
}

}  // namespace inkling::kernels
