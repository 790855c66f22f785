#include <algorithm>

#include "kernels/cpu/layout.h"
#include "nn/cpu/stage_work.h"
#include "nn/cpu/stages.h"

namespace inkling {

void DepthwiseStage::prepare(NetworkMemory& memory, int) {
    kernels::depthwise_weights(geometry, memory.parameter(weight).data(), weights.span());
    if (bias != kNoParameter) std::ranges::copy(memory.parameter(bias), biases.data());
}

void DepthwiseStage::forward(const SliceWork& work, const Pass&) {
    const ChannelRange range = work.range(geometry.input.channels);
    if (range.count == 0) return;
    const auto first = static_cast<std::size_t>(range.first);
    kernels::DepthwiseGeometry part = geometry;
    part.input.channels = range.count;
    const std::size_t taps = static_cast<std::size_t>(geometry.kernel) * geometry.kernel;
    kernels::depthwise_forward(part, work.slice().count, work.at(tensors.input).from(first * geometry.input.pixels()),
                               weights.data() + first * taps, bias == kNoParameter ? nullptr : biases.data() + first,
                               work.at(tensors.output).from(first * geometry.output().pixels()));
}

void DepthwiseStage::backward(const SliceWork& work) {
    SliceGradients& gradients = work.memory.slice_gradients;
    const kernels::ConstValues output_gradient = work.at(tensors.output_gradient);
    kernels::depthwise_backward_weights(geometry, work.slice().count, work.at(tensors.input), output_gradient,
                                        gradients.of_slice(work.index, weight_gradient),
                                        bias == kNoParameter ? nullptr : gradients.of_slice(work.index, bias_gradient));
    note(work, *this, WorkPart::kBackwardWeights);
    if (wants_input_gradient)
        kernels::depthwise_backward_data(geometry, work.slice().count, output_gradient, weights.data(),
                                         work.at(tensors.input_gradient), work.scratch().data());
}

kernels::SqueezeParameters<const float> SqueezeStage::parameters(NetworkMemory& memory) const {
    return {memory.parameter(squeeze_weight.number).data(), memory.parameter(squeeze_bias.number).data(),
            memory.parameter(excite_weight.number).data(), memory.parameter(excite_bias.number).data()};
}

void SqueezeStage::forward(const SliceWork& work, const Pass&) {
    const ChannelRange range = work.range(geometry.shape.channels);
    if (range.count == 0) return;
    const std::size_t sample = kernels::squeeze_notes_size(geometry);
    const kernels::Values input = work.at(tensors.input);
    const kernels::Values output = work.at(tensors.output);
    const int first = range.first / kernels::kChannelBlock;
    const int end = first + kernels::channel_blocks(range.count);
    const auto run = [&](int begin, int samples, float* of_samples) {
        const auto values = static_cast<std::size_t>(begin) * tensors.input_size;
        kernels::squeeze_forward(geometry, samples, parameters(work.memory), input.from(values), first, end,
                                 output.from(values + range.first * geometry.shape.pixels()), of_samples);
    };
    if (notes.size() > 0)
        return run(0, work.slice().count, notes.data() + sample * static_cast<std::size_t>(work.slice().first));
    for (int i = 0; i < work.slice().count; ++i) run(i, 1, work.scratch().data());
}

void SqueezeStage::backward(const SliceWork& work) {
    const auto of_slice = [&](const Tensor& tensor) {
        return work.memory.slice_gradients.of_slice(work.index, tensor.gradient);
    };
    const std::size_t sample = kernels::squeeze_notes_size(geometry);
    kernels::squeeze_backward(
        geometry, work.slice().count, parameters(work.memory), work.at(tensors.input),
        notes.data() + sample * static_cast<std::size_t>(work.slice().first), work.at(tensors.output_gradient),
        work.at(tensors.input_gradient),
        {of_slice(squeeze_weight), of_slice(squeeze_bias), of_slice(excite_weight), of_slice(excite_bias)},
        work.scratch().data());
}

}  // namespace inkling
