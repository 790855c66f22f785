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

/// The way forward of a slice's samples.
template <class Value>
struct WayForward {
    const Pointwise& pointwise;
    Sizes sizes;
    const Dropout* dropout;
    const Notes& notes;
    float* undropped;  // scratch: a sample's output before dropout
    float* plane;      // scratch: what a run's pool takes

    /// Sample `n` of the slice, which is number `number` of the batch.
    template <class Function, class MapOf>
    void take(const Function& function, const MapOf& map_of, std::size_t n, std::uint32_t number, const Value* input,
              Value* output) const {
        const std::size_t at = n * sizes.output;
        if (dropout == nullptr) return map_and_pool(function, map_of, input + n * sizes.input, at, output + at);
        map_and_pool(function, map_of, input + n * sizes.input, at, undropped);
        apply_dropout(*dropout, number, pointwise.output(), undropped, output + at, notes.kept + at);
    }

  private:
    /// `at`: where the sample's output begins in the slice's.
    template <class Function, class MapOf, class Output>
    void map_and_pool(const Function& function, const MapOf& map_of, const Value* input, std::size_t at,
                      Output* output) const {
        for (std::size_t run = 0; run < sizes.runs.count; ++run) {
            const Value* const from = input + run * sizes.runs.size();
            const std::size_t out = run * sizes.output_plane;
            if (!pointwise.pool) {
                forward_run(function, map_of(run), sizes.runs, from, output + out);
                continue;
            }
            forward_run(function, map_of(run), sizes.runs, from, plane);
            pool_plane(*pointwise.pool, plane, output + out,
                       notes.winners == nullptr ? nullptr : notes.winners + at + out);
        }
    }
};

}  // namespace

std::size_t pointwise_scratch_size(const Pointwise& pointwise) {
    const std::size_t plane = pointwise.pool ? pointwise.input.pixels() * kChannelBlock : 0;
    return plane + blocked_size(pointwise.output()) + 2 * padded_channels(pointwise.input.channels);
}

void pointwise_forward(const Pointwise& pointwise, const Slice& slice, const ConstValues& input, const ChannelMap& map,
                       const Dropout* dropout, const Values& output, const Notes& notes, std::span<float> scratch) {
    const Sizes sizes(pointwise);
    with_type(input.precision, [&]<class Value>(Value) {
        const WayForward<Value> way{pointwise, sizes, dropout, notes, scratch.data(), scratch.data() + sizes.output};
        with_functions(pointwise, map, [&](const auto& function, const auto& map_of) {
            for (int n = 0; n < slice.count; ++n)
                way.take(function, map_of, static_cast<std::size_t>(n), static_cast<std::uint32_t>(slice.first + n),
                         as<Value>(input), as<Value>(output));
        });
    });
}

}  // namespace inkling::kernels
