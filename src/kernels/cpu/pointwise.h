#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "core/shape.h"
#include "kernels/activation.h"
#include "kernels/cpu/batch_norm.h"
#include "kernels/cpu/dropout.h"
#include "kernels/cpu/pooling.h"
#include "kernels/cpu/values.h"

namespace inkling::kernels {

/// What happens to a value between two matrix products, in this order and each part optional: an affine map by channel
/// (a batch norm's), an activation, a pool, dropout. One pass over memory does them all.
struct Pointwise {
    int batch = 0;
    Shape input;
    bool normalizes = false;  // whether the map applies, and the backward pass gathers batch norm's sums
    std::optional<Activation> activation;
    float alpha = 0;
    std::optional<Pool> pool;

    Shape output() const { return pool ? Shape{input.channels, pool->output_height(), pool->output_width()} : input; }
};

/// The map's values, padded to whole channel blocks; empty where nothing is normalised. It is (x - centre) * scale +
/// shift: a difference first, so that what equals the centre is mapped exactly, however large the scale.
struct ChannelMap {
    std::span<const float> centre, scale, shift;
};

/// Floats of scratch that one worker needs, in either direction.
std::size_t pointwise_scratch_size(const Pointwise& pointwise);

/// output = dropout(pool(activation(map(input)))), both blocked and stored alike. winners: as many bytes as
/// the output has values, for a max pool that is to be taken back; else null. dropout: null where none applies.
/// scratch: pointwise_scratch_size() floats for each of thread_count() workers.
void pointwise_forward(const Pointwise& pointwise, const ConstValues& input, const ChannelMap& map,
                       const Dropout* dropout, const Values& output, std::uint8_t* winners, std::span<float> scratch);

/// input_gradient = the gradient by the mapped value, from the same arguments as in the forward pass; all stored alike.
/// Where the stage normalises, `sums` gets, for each worker, the sums of it and of its product with (input - centre).
void pointwise_backward(const Pointwise& pointwise, const ConstValues& input, const ChannelMap& map,
                        const Dropout* dropout, const ConstValues& output_gradient, const std::uint8_t* winners,
                        const Values& input_gradient, const ChannelSums& sums, std::span<float> scratch);

}  // namespace inkling::kernels
