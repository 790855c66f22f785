#include "nn/cpu/stages.h"

#include <algorithm>

#include "kernels/cpu/layout.h"
#include "nn/cpu/stage_work.h"

namespace inkling {

ChannelRange channel_range(int channels, int share, int shares) {
    const int blocks = kernels::channel_blocks(channels);
    const int parts = std::min(blocks, shares);
    if (share >= parts) return {};
    const int first = blocks * share / parts * kernels::kChannelBlock;
    const int end = blocks * (share + 1) / parts * kernels::kChannelBlock;
    return {first, std::min(end, channels) - first};
}

namespace {

template <class Product>
std::size_t most_scratch(const std::vector<ProductPart<Product>>& products) {
    std::size_t size = 0;
    for (const auto& part : products) size = std::max(size, part.product.scratch_size());
    return size;
}

}  // namespace

std::size_t ConvolutionStage::scratch_size() const { return most_scratch(products); }

void ConvolutionStage::prepare(NetworkMemory& memory, int worker) {
    const std::size_t filter = static_cast<std::size_t>(geometry.input.channels) * geometry.kernel * geometry.kernel;
    for (auto& [product, first] : products)
        product.prepare(memory.parameter(weight).data() + filter * static_cast<std::size_t>(first),
                        geometry.bias ? memory.parameter(bias).data() + first : nullptr,
                        memory.scratch[static_cast<std::size_t>(worker)].data());
}

void ConvolutionStage::forward(const SliceWork& work, const Pass&) {
    const ChannelRange filters = work.range(geometry.filters);
    if (filters.count == 0) return;
    products[work.product()].product.forward(work.worker, work.at(tensors.input),
                                             work.at(tensors.output).from(filters.first * geometry.output().pixels()),
                                             work.scratch().data());
}

void ConvolutionStage::backward(const SliceWork& work) {
    kernels::Convolution& convolution = products[work.product()].product;
    SliceGradients& gradients = work.memory.slice_gradients;
    const kernels::ConstValues output_gradient = work.at(tensors.output_gradient);
    convolution.backward_weights(
        work.worker, work.at(tensors.input), output_gradient, gradients.of_slice(work.index, weight_gradient),
        geometry.bias ? gradients.of_slice(work.index, bias_gradient) : nullptr, work.scratch().data());
    note(work, *this, WorkPart::kBackwardWeights);
    if (wants_input_gradient)
        convolution.backward_data(work.worker, output_gradient, work.at(tensors.input_gradient), work.scratch().data());
}

std::size_t DenseStage::scratch_size() const {
    return std::max(most_scratch(products), weight_product ? weight_product->scratch_size() : 0);
}

void DenseStage::prepare(NetworkMemory& memory, int worker) {
    for (auto& [product, first] : products)
        product.prepare(memory.parameter(weight).data() + static_cast<std::size_t>(first) * geometry.inputs,
                        geometry.bias ? memory.parameter(bias).data() + first : nullptr,
                        memory.scratch[static_cast<std::size_t>(worker)].data());
}

void DenseStage::forward(const SliceWork& work, const Pass&) {
    const ChannelRange units = work.range(geometry.units);
    if (units.count == 0) return;
    products[work.product()].product.forward(work.worker, work.at(tensors.input),
                                             work.at(tensors.output).from(static_cast<std::size_t>(units.first)),
                                             work.scratch().data());
}

kernels::Values DenseStage::rounded_at(int sample) {
    return rounded.data() + static_cast<std::size_t>(sample) * static_cast<std::size_t>(geometry.output_stride);
}

void DenseStage::backward(const SliceWork& work) {
    const auto stride = static_cast<std::size_t>(geometry.output_stride);
    kernels::ConstValues gradient = work.at(tensors.output_gradient);
    if (geometry.bias)
        kernels::sum_rows(gradient, work.slice().count, stride,
                          {work.memory.slice_gradients.of_slice(work.index, bias_gradient),
                           static_cast<std::size_t>(geometry.units)});
    if (rounds_gradient()) {
        const kernels::Values target = rounded_at(work.slice().first);
        kernels::copy_rows(gradient, stride, work.slice().count, static_cast<std::size_t>(geometry.units), stride,
                           target);
        gradient = target;
    }
    if (work.memory.sharing.reproducible) {
        float* const of_slice = work.memory.slice_gradients.of_slice(work.index, weight_gradient);
        for (int part = 0; part < weight_product->parts(); ++part)
            weight_product->run(part, work.worker, work.at(tensors.input), gradient, of_slice, work.scratch().data());
        note(work, *this, WorkPart::kBackwardWeights);
    }
    if (wants_input_gradient)
        products[work.product()].product.backward_data(work.worker, gradient, work.at(tensors.input_gradient),
                                                       work.scratch().data());
}

void DenseStage::backward_weights(NetworkMemory& memory, int part, int worker) {
    const kernels::ConstValues gradient =
        rounds_gradient() ? rounded_at(0) : memory.tensors.of_batch(tensors.output_gradient);
    weight_product->run(part, worker, memory.tensors.of_batch(tensors.input), gradient, memory.gradient(weight).data(),
                        memory.scratch[static_cast<std::size_t>(worker)].data());
}

namespace {

std::size_t flat_stride(const Shape& shape) { return kernels::padded_channels(static_cast<int>(shape.size())); }

}  // namespace

void LayoutStage::forward(const SliceWork& work, const Pass&) {
    const int samples = work.slice().count;
    const kernels::Values input = work.at(tensors.input);
    const kernels::Values output = work.at(tensors.output);
    // What comes plain is the network's input, and little work.
    if (work.share > 0 && change != Change::kBlockedToFlat) return;
    const ChannelRange range = work.range(shape.channels);
    const Shape part{range.count, shape.height, shape.width};
    const std::size_t first = range.first * shape.pixels();
    switch (change) {
        case Change::kPlainToBlocked:
            return kernels::block_channels(input, samples, shape, shape.size(), output);
        case Change::kBlockedToFlat:
            return kernels::unblock_channels(input.from(first), samples, part, flat_stride(shape), output.from(first));
        case Change::kPlainToFlat:
            return kernels::copy_rows(input, shape.size(), samples, shape.size(), flat_stride(shape), output);
        case Change::kNone:
            return kernels::copy_rows(input, shape.size(), samples, shape.size(), shape.size(), output);
    }
}

void LayoutStage::backward(const SliceWork& work) {
    if (!wants_input_gradient) return;
    const int samples = work.slice().count;
    const kernels::ConstValues gradient = work.at(tensors.output_gradient);
    const kernels::Values input_gradient = work.at(tensors.input_gradient);
    switch (change) {
        case Change::kPlainToBlocked:
            return kernels::unblock_channels(gradient, samples, shape, shape.size(), input_gradient);
        case Change::kBlockedToFlat:
            return kernels::block_channels(gradient, samples, shape, flat_stride(shape), input_gradient);
        case Change::kPlainToFlat:
            return kernels::copy_rows(gradient, flat_stride(shape), samples, shape.size(), shape.size(),
                                      input_gradient);
        case Change::kNone:
            return kernels::copy_rows(gradient, shape.size(), samples, shape.size(), shape.size(), input_gradient);
    }
}

void ForkStage::backward(const SliceWork& work) {
    const std::size_t count = tensors.input_size * static_cast<std::size_t>(work.slice().count);
    kernels::add_in_place(count, work.at(beside), work.at(tensors.input_gradient));
}

void JoinStage::forward(const SliceWork& work, const Pass& pass) {
    if (pass.training && depth.p > 0) {
        kernels::Dropout drawn = depth;
        drawn.seed = pass.seed;
        drawn.step = pass.step;
        for (int i = 0; i < work.slice().count; ++i) {
            const auto sample = static_cast<std::uint32_t>(work.memory.in_whole_batch(work.slice()).first + i);
            float& factor = factors.data()[work.slice().first + i];
            factor = kernels::dropout_keeps(drawn, sample, 0, 0, 1) ? 1 / (1 - depth.p) : 0;
            const std::size_t begin = tensors.output_size * static_cast<std::size_t>(i);
            const kernels::Values sum = work.at(tensors.output).from(begin);
            kernels::scale(tensors.output_size, factor, sum, sum);
        }
    }
    const ChannelRange range = work.range(shape.channels);
    const std::size_t first = range.first * shape.pixels();
    const std::size_t sample = kernels::blocked_size({range.count, shape.height, shape.width});
    kernels::add_in_place(sample * static_cast<std::size_t>(work.slice().count), work.at(beside).from(first),
                          work.at(tensors.output).from(first));
}

void JoinStage::backward(const SliceWork& work) {
    if (depth.p == 0) return;  // the sum's gradient is the body's
    for (int i = 0; i < work.slice().count; ++i) {
        const std::size_t begin = tensors.output_size * static_cast<std::size_t>(i);
        kernels::scale(tensors.output_size, factors.data()[work.slice().first + i],
                       work.at(tensors.output_gradient).from(begin), work.at(tensors.input_gradient).from(begin));
    }
}

}  // namespace inkling
