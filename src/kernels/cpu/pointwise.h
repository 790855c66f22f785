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
#include "kernels/cpu/slice.h"
#include "kernels/cpu/values.h"

namespace inkling::kernels {

/// What happens to a value between two matrix products, in this order and each part optional: an affine map by channel
/// (a batch norm's), an activation, a pool, dropout. One pass over memory does them all.
struct Pointwise {
    Shape input;
    bool normalizes = false;  // whether the map applies, and the backward pass gathers batch norm's sums
    std::optional<Activation> activation;
    std::optional<Pool> pool;

    Shape output() const { return pool ? Shape{input.channels, pool->output_height(), pool->output_width()} : input; }
};

/// The map's values, padded to whole channel blocks; empty where nothing is normalised. It is (x - centre) * scale +
/// shift: a difference first, so that what equals the centre is mapped exactly, however large the scale.
struct ChannelMap {
    std::span<const float> centre, scale, shift;
};

/// What a forward pass notes for its backward pass, a byte for each of the output's values; null where there is nothing
/// to note or no way back.
struct Notes {
    std::uint8_t* winners = nullptr;  // of a max pool (pooling.h)
    std::uint8_t* kept = nullptr;     // by dropout (dropout.h), which needs it
};

/// Floats of scratch that a call needs, in either direction.
std::size_t pointwise_scratch_size(const Pointwise& pointwise);

// The passes take a slice of a batch; all pointers are to its first sample.

/// output = dropout(pool(activation(map(input)))), both blocked and stored alike. dropout: null where none applies.
void pointwise_forward(const Pointwise& pointwise, const Slice& slice, const ConstValues& input, const ChannelMap& map,
                       const Dropout* dropout, const Values& output, const Notes& notes, std::span<float> scratch);

/// What batch norm's gradients need of the backward pass, from the same arguments as in the forward pass: the slice's
/// sums of the gradient by the mapped value, and of its product with (input - centre).
void pointwise_backward_sums(const Pointwise& pointwise, const Slice& slice, const ConstValues& input,
                             const ChannelMap& map, const Dropout* dropout, const ConstValues& output_gradient,
                             const Notes& notes, const ChannelSums& sums, std::span<float> scratch);

/// input_gradient = the gradient by the input, which may stand in the input's own place. gradient_map: what
/// batch_norm_gradients() made of the sums; empty where nothing is normalised. The gradient by the mapped value is made
/// twice rather than kept: that costs less than a pass over memory.
void pointwise_backward(const Pointwise& pointwise, const Slice& slice, const ConstValues& input, const ChannelMap& map,
                        const Dropout* dropout, const ConstValues& output_gradient, const Notes& notes,
                        const GradientMap& gradient_map, const Values& input_gradient, std::span<float> scratch);

}  // namespace inkling::kernels
