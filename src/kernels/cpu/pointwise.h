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

namespace inkling::kernels {

/// What happens to a value between two matrix products, in this order and each part optional: an affine map by channel
/// (a batch norm's, given as scale and shift), an activation, a pool, dropout. One pass over memory does them all.
struct Pointwise {
    int batch = 0;
    Shape input;
    bool normalizes = false;  // whether scale and shift apply, and the backward pass gathers batch norm's sums
    std::optional<Activation> activation;
    float alpha = 0;
    std::optional<Pool> pool;

    Shape output() const { return pool ? Shape{input.channels, pool->output_height(), pool->output_width()} : input; }
};

/// The map's values, padded to whole channel blocks; empty where nothing is normalised.
struct ChannelMap {
    std::span<const float> scale, shift;
};

/// Floats of scratch that one worker needs, in either direction.
std::size_t pointwise_scratch_size(const Pointwise& pointwise);

/// output = dropout(pool(activation(input * scale + shift))), both blocked. winners: as many bytes as the output has
/// floats, for a max pool that is to be taken back; else null. dropout: null where none applies.
/// scratch: pointwise_scratch_size() floats for each of thread_count() workers.
void pointwise_forward(const Pointwise& pointwise, const float* input, const ChannelMap& map, const Dropout* dropout,
                       float* output, std::uint8_t* winners, std::span<float> scratch);

/// input_gradient = the gradient by the mapped value (input * scale + shift), from the same arguments as in the forward
/// pass. Where the stage normalises, `sums` gets, for each worker, the sums of it and of its product with (input -
/// mean).
void pointwise_backward(const Pointwise& pointwise, const float* input, const ChannelMap& map, const Dropout* dropout,
                        const float* output_gradient, const std::uint8_t* winners, std::span<const float> mean,
                        float* input_gradient, const ChannelSums& sums, std::span<float> scratch);

}  // namespace inkling::kernels
