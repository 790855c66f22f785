#include "nn/cpu/stage_work.h"

namespace inkling {
namespace {

/// A product's operations are the same in every direction; preparing has none, and neither has a gradient that no one
/// wants.
Work product(WorkKind kind, WorkPart part, double multiply_adds, bool wants_input_gradient) {
    const bool done = part != WorkPart::kPrepare && (part != WorkPart::kBackward || wants_input_gradient);
    return {.kind = kind, .part = part, .operations = done ? 2 * multiply_adds : 0};
}

}  // namespace

Work work_of(const ConvolutionStage& stage, WorkPart part, int samples) {
    const kernels::ConvolutionGeometry& geometry = stage.geometry;
    const double window = double{1} * geometry.kernel * geometry.kernel * geometry.input.channels;
    const auto outputs = static_cast<double>(geometry.output().size());
    return product(WorkKind::kConvolution, part, samples * outputs * window, stage.wants_input_gradient);
}

Work work_of(const DenseStage& stage, WorkPart part, int samples) {
    const double multiply_adds = double{1} * samples * stage.geometry.inputs * stage.geometry.units;
    return product(WorkKind::kDense, part, multiply_adds, stage.wants_input_gradient);
}

Work work_of(const DepthwiseStage& stage, WorkPart part, int samples) {
    const kernels::DepthwiseGeometry& geometry = stage.geometry;
    const double window = double{1} * geometry.kernel * geometry.kernel;
    const auto outputs = static_cast<double>(geometry.output().size());
    return product(WorkKind::kDepthwise, part, samples * outputs * window, stage.wants_input_gradient);
}

Work work_of(const SqueezeStage& stage, WorkPart part, int samples) {
    const double weights = double{1} * stage.geometry.squeezed * stage.geometry.shape.channels;
    const auto values = static_cast<double>(stage.tensors.input_size);
    const bool back = part == WorkPart::kBackward;
    if (part == WorkPart::kPrepare) return {.kind = WorkKind::kSqueeze, .part = part};
    // The channels' means read all values once more.
    return {.kind = WorkKind::kSqueeze,
            .part = part,
            .operations = 2 * samples * 2 * weights * (back ? 2 : 1),
            .values = samples * values * (back ? 5 : 3)};
}

Work work_of(const PointwiseStage& stage, WorkPart part, int samples) {
    const double input = double{1} * samples * static_cast<double>(stage.tensors.input_size);
    const double output = double{1} * samples * static_cast<double>(stage.tensors.output_size);
    const bool trains = stage.tensors.output_gradient != kNoTensor;
    Work work{.kind = WorkKind::kPointwise, .part = part};
    // In training, batch norm reads its input once more for the statistics; on the way back, input and gradient, and
    // writes the latter.
    if (part == WorkPart::kForward) work.values = input + output + (stage.norm && trains ? input : 0);
    if (part == WorkPart::kBackward) work.values = 2 * input + output + (stage.norm ? 3 * input : 0);
    return work;
}

Work work_of(const LayoutStage& stage, WorkPart part, int samples) {
    const auto values = static_cast<double>(stage.tensors.input_size + stage.tensors.output_size);
    return {.kind = WorkKind::kLayout, .part = part, .values = part == WorkPart::kPrepare ? 0 : samples * values};
}

Work work_of(const ForkStage& stage, WorkPart part, int samples) {
    const auto values = static_cast<double>(stage.tensors.input_size);
    return {
        .kind = WorkKind::kResidual, .part = part, .values = part == WorkPart::kBackward ? 3 * samples * values : 0};
}

Work work_of(const JoinStage& stage, WorkPart part, int samples) {
    const double values = samples * static_cast<double>(stage.tensors.output_size);
    Work work{.kind = WorkKind::kResidual, .part = part};
    // Stochastic depth multiplies the body's output before, and the gradient by it on the way back.
    const double scaled = stage.depth.p > 0 ? 2 * values : 0;
    if (part == WorkPart::kForward) work.values = 3 * values + scaled;
    if (part == WorkPart::kBackward) work.values = scaled;
    return work;
}

}  // namespace inkling
