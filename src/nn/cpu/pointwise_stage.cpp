#include "kernels/cpu/layout.h"
#include "nn/cpu/stages.h"

namespace inkling {
namespace {

kernels::ChannelMap channel_map(const std::optional<PointwiseStage::Norm>& norm) {
    return norm ? kernels::ChannelMap{norm->centre.span(), norm->scale.span(), norm->shift.span()}
                : kernels::ChannelMap{};
}

kernels::ChannelSums channel_sums(std::optional<PointwiseStage::Norm>& norm) {
    return norm ? kernels::ChannelSums{norm->first_sums, norm->second_sums} : kernels::ChannelSums{};
}

}  // namespace

void PointwiseStage::prepare(NetworkMemory& memory) {
    if (!norm) return;
    // What a pass outside training uses; one in training makes its own map.
    kernels::normalizing_map(memory.parameter(norm->weight), memory.parameter(norm->bias),
                             memory.statistics.tensor(norm->running_mean),
                             memory.statistics.tensor(norm->running_variance), norm->eps, norm->centre.span(),
                             norm->scale.span(), norm->shift.span());
}

void PointwiseStage::forward(NetworkMemory& memory, const Pass& pass) {
    const kernels::ConstValues input = memory.tensors[tensors.input];
    if (norm && pass.training) {
        const std::size_t count = static_cast<std::size_t>(pointwise.batch) * pointwise.input.pixels();
        kernels::batch_statistics(input, pointwise.batch, pointwise.input, channel_sums(norm), norm->mean.span(),
                                  norm->variance.span());
        kernels::update_running_statistics(norm->mean.span(), norm->variance.span(), count, norm->momentum,
                                           memory.statistics.tensor(norm->running_mean),
                                           memory.statistics.tensor(norm->running_variance));
        kernels::normalizing_map(memory.parameter(norm->weight), memory.parameter(norm->bias), norm->mean.span(),
                                 norm->variance.span(), norm->eps, norm->centre.span(), norm->scale.span(),
                                 norm->shift.span());
    }
    drops = pass.training && dropout.p > 0;
    dropout.seed = pass.seed;
    dropout.step = pass.step;
    kernels::pointwise_forward(pointwise, input, channel_map(norm), drops ? &dropout : nullptr,
                               memory.tensors[tensors.output], notes(), memory.scratch.span());
}

void PointwiseStage::backward(NetworkMemory& memory) {
    const kernels::ConstValues input = memory.tensors[tensors.input];
    const kernels::ConstValues output_gradient = memory.tensors[tensors.output_gradient];
    const kernels::ChannelMap map = channel_map(norm);
    const kernels::Dropout* const dropped = drops ? &dropout : nullptr;
    kernels::GradientMap gradient_map;
    if (norm) {
        const kernels::ChannelSums sums = channel_sums(norm);
        kernels::pointwise_backward_sums(pointwise, input, map, dropped, output_gradient, notes(), sums,
                                         memory.scratch.span());
        gradient_map = {norm->by_gradient.span(), norm->gradient_centre.span(), norm->by_input.span()};
        const std::size_t count = static_cast<std::size_t>(pointwise.batch) * pointwise.input.pixels();
        const int workers = static_cast<int>(norm->first_sums.size() / norm->mean.size());
        kernels::batch_norm_gradients(sums, workers, count, memory.parameter(norm->weight), norm->variance.span(),
                                      norm->eps, memory.gradient(norm->weight), memory.gradient(norm->bias),
                                      gradient_map);
    }
    kernels::pointwise_backward(pointwise, input, map, dropped, output_gradient, notes(), gradient_map,
                                memory.tensors[tensors.input_gradient], memory.scratch.span());
}

}  // namespace inkling
