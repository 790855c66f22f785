#include "nn/cpu/stages.h"

#include "kernels/cpu/layout.h"
#include "nn/cpu/stage_work.h"

namespace inkling {

void ConvolutionStage::prepare(NetworkMemory& memory) {
    convolution.prepare(memory.parameter(weight).data(), geometry.bias ? memory.parameter(bias).data() : nullptr);
}

void ConvolutionStage::forward(NetworkMemory& memory, const Pass&) {
    convolution.forward(memory.tensors[tensors.input], memory.tensors[tensors.output]);
}

void ConvolutionStage::backward(NetworkMemory& memory) {
    const kernels::ConstValues output_gradient = memory.tensors[tensors.output_gradient];
    convolution.backward_weights(memory.tensors[tensors.input], output_gradient, memory.gradient(weight).data(),
                                 geometry.bias ? memory.gradient(bias).data() : nullptr);
    note(memory, *this, WorkPart::kBackwardWeights);
    if (wants_input_gradient) convolution.backward_data(output_gradient, memory.tensors[tensors.input_gradient]);
}

void DenseStage::prepare(NetworkMemory& memory) {
    products.prepare(memory.parameter(weight).data(), geometry.bias ? memory.parameter(bias).data() : nullptr);
}

void DenseStage::forward(NetworkMemory& memory, const Pass&) {
    products.forward(memory.tensors[tensors.input], memory.tensors[tensors.output]);
}

void DenseStage::backward(NetworkMemory& memory) {
    const kernels::ConstValues output_gradient = memory.tensors[tensors.output_gradient];
    if (geometry.bias)
        kernels::sum_rows(output_gradient, geometry.batch, static_cast<std::size_t>(geometry.output_stride),
                          memory.gradient(bias));
    products.backward_weights(memory.tensors[tensors.input], output_gradient, memory.gradient(weight).data());
    note(memory, *this, WorkPart::kBackwardWeights);
    if (wants_input_gradient) products.backward_data(output_gradient, memory.tensors[tensors.input_gradient]);
}

namespace {

std::size_t flat_stride(const Shape& shape) { return kernels::padded_channels(static_cast<int>(shape.size())); }

}  // namespace

void LayoutStage::forward(NetworkMemory& memory, const Pass&) {
    const kernels::ConstValues input = memory.tensors[tensors.input];
    const kernels::Values output = memory.tensors[tensors.output];
    switch (change) {
        case Change::kPlainToBlocked:
            return kernels::block_channels(input, batch, shape, shape.size(), output);
        case Change::kBlockedToFlat:
            return kernels::unblock_channels(input, batch, shape, flat_stride(shape), output);
        case Change::kPlainToFlat:
            return kernels::copy_rows(input, shape.size(), batch, shape.size(), flat_stride(shape), output);
        case Change::kNone:
            return kernels::copy_rows(input, shape.size(), batch, shape.size(), shape.size(), output);
    }
}

void LayoutStage::backward(NetworkMemory& memory) {
    if (!wants_input_gradient) return;
    const kernels::ConstValues gradient = memory.tensors[tensors.output_gradient];
    const kernels::Values input_gradient = memory.tensors[tensors.input_gradient];
    switch (change) {
        case Change::kPlainToBlocked:
            return kernels::unblock_channels(gradient, batch, shape, shape.size(), input_gradient);
        case Change::kBlockedToFlat:
            return kernels::block_channels(gradient, batch, shape, flat_stride(shape), input_gradient);
        case Change::kPlainToFlat:
            return kernels::copy_rows(gradient, flat_stride(shape), batch, shape.size(), shape.size(), input_gradient);
        case Change::kNone:
            return kernels::copy_rows(gradient, shape.size(), batch, shape.size(), shape.size(), input_gradient);
    }
}

void ResidualStage::prepare(NetworkMemory& memory) {
    inkling::prepare(body, memory);
    inkling::prepare(shortcut, memory);
}

void ResidualStage::forward(NetworkMemory& memory, const Pass& pass) {
    inkling::forward(body, memory, pass);
    inkling::forward(shortcut, memory, pass);
    const TensorId beside = shortcut.empty() ? tensors.input : tensors_of(shortcut.back()).output;
    kernels::add_in_place(tensors.output_size, memory.tensors[beside], memory.tensors[tensors.output]);
}

void ResidualStage::backward(NetworkMemory& memory) {
    inkling::backward(body, memory);
    inkling::backward(shortcut, memory);
    const TensorId beside = shortcut.empty() ? tensors.output_gradient : tensors_of(shortcut.front()).input_gradient;
    kernels::add_in_place(tensors.input_size, memory.tensors[beside], memory.tensors[tensors.input_gradient]);
}

void prepare(std::vector<Stage>& stages, NetworkMemory& memory) {
    for (Stage& stage : stages)
        std::visit(
            [&](auto& kind) {
                kind.prepare(memory);
                note(memory, kind, WorkPart::kPrepare);
            },
            stage.kind);
}

void forward(std::vector<Stage>& stages, NetworkMemory& memory, const Pass& pass) {
    for (Stage& stage : stages)
        std::visit(
            [&](auto& kind) {
                kind.forward(memory, pass);
                note(memory, kind, WorkPart::kForward);
            },
            stage.kind);
}

void backward(std::vector<Stage>& stages, NetworkMemory& memory) {
    for (auto stage = stages.rbegin(); stage != stages.rend(); ++stage)
        std::visit(
            [&](auto& kind) {
                kind.backward(memory);
                note(memory, kind, WorkPart::kBackward);
            },
            stage->kind);
}

StageTensors& tensors_of(Stage& stage) {
    return std::visit([](auto& kind) -> StageTensors& { return kind.tensors; }, stage.kind);
}

}  // namespace inkling
