#include <algorithm>

#include "kernels/cpu/layout.h"
#include "nn/cpu/stages.h"

namespace inkling {
namespace {

/// From channel `first` on.
kernels::ChannelMap channel_map(const std::optional<PointwiseStage::Norm>& norm, std::size_t first = 0) {
    if (!norm) return {};
    return {norm->centre.span().subspan(first), norm->scale.span().subspan(first), norm->shift.span().subspan(first)};
}

kernels::GradientMap gradient_map(std::optional<PointwiseStage::Norm>& norm) {
    return norm ? kernels::GradientMap{norm->by_gradient.span(), norm->gradient_centre.span(), norm->by_input.span()}
                : kernels::GradientMap{};
}

/// Of the training pass that goes back.
const kernels::Dropout* mask(const kernels::Dropout& dropout) { return dropout.p > 0 ? &dropout : nullptr; }

}  // namespace

kernels::Notes PointwiseStage::notes_of(const SliceWork& work) {
    const std::size_t first = tensors.output_size * static_cast<std::size_t>(work.slice().first);
    return {winners.size() == 0 ? nullptr : winners.data() + first, kept.size() == 0 ? nullptr : kept.data() + first};
}

kernels::ChannelSums PointwiseStage::sums_of(const SliceWork& work) {
    return kernels::ChannelSums{norm->first_sums, norm->second_sums}.of_slice(work.index, norm->mean.size());
}

void PointwiseStage::prepare(NetworkMemory& memory, int) {
    if (!norm) return;
    // What a pass outside training uses; one in training makes its own map.
    kernels::normalizing_map(memory.parameter(norm->weight), memory.parameter(norm->bias),
                             memory.statistics.tensor(norm->running_mean),
                             memory.statistics.tensor(norm->running_variance), norm->eps, norm->centre.span(),
                             norm->scale.span(), norm->shift.span());
}

void PointwiseStage::gather_moments(const SliceWork& work) {
    kernels::slice_moments(work.slice(), work.at(tensors.input), pointwise.input, sums_of(work));
}

/// The slices' sums, neighbours first, and all processes'.
kernels::ChannelSums PointwiseStage::sums_of_all(NetworkMemory& memory) {
    const std::size_t width = norm->mean.size();
    const std::span<double> sums = norm->shared_sums;
    const auto add_up = [&](std::vector<double>& of_slices, std::span<double> sum) {
        add_rows_as_tree(std::span(of_slices), width);
        std::copy_n(of_slices.begin(), width, sum.begin());
    };
    add_up(norm->first_sums, sums.first(width));
    add_up(norm->second_sums, sums.last(width));
    if (memory.sharing.exchange != nullptr) memory.sharing.exchange->sum(sums);
    return {sums.first(width), sums.last(width)};
}

void PointwiseStage::settle_moments(NetworkMemory& memory) {
    const std::size_t pixels = pointwise.input.pixels();
    const std::size_t count = static_cast<std::size_t>(memory.norm_batch()) * pixels;
    const kernels::ChannelSums moments{norm->first_sums, norm->second_sums};
    if (memory.shares_norms()) {
        for (std::size_t i = 0; i < memory.slices.size(); ++i)
            kernels::moments_to_sums(static_cast<std::size_t>(memory.slices[i].count) * pixels,
                                     moments.of_slice(i, norm->mean.size()));
        kernels::statistics_of_sums(sums_of_all(memory), count, norm->mean.span(), norm->variance.span());
    } else {
        kernels::batch_statistics(moments, memory.slices, pixels, norm->mean.span(), norm->variance.span());
    }
    kernels::update_running_statistics(norm->mean.span(), norm->variance.span(), count, norm->momentum,
                                       memory.statistics.tensor(norm->running_mean),
                                       memory.statistics.tensor(norm->running_variance));
    kernels::normalizing_map(memory.parameter(norm->weight), memory.parameter(norm->bias), norm->mean.span(),
                             norm->variance.span(), norm->eps, norm->centre.span(), norm->scale.span(),
                             norm->shift.span());
}

void PointwiseStage::forward(const SliceWork& work, const Pass& pass) {
    kernels::Dropout drawn = dropout;
    drawn.seed = pass.seed;
    drawn.step = pass.step;
    const bool dropped = pass.training && dropout.p > 0;
    const ChannelRange range = work.range(pointwise.input.channels);
    if (range.count == 0) return;
    kernels::Pointwise part = pointwise;
    part.input.channels = range.count;
    const auto first = static_cast<std::size_t>(range.first);
    kernels::pointwise_forward(
        part, work.memory.in_whole_batch(work.slice()), work.at(tensors.input).from(first * pointwise.input.pixels()),
        channel_map(norm, first), dropped ? &drawn : nullptr,
        work.at(tensors.output).from(first * pointwise.output().pixels()), notes_of(work), work.scratch());
}

void PointwiseStage::gather_gradients(const SliceWork& work) {
    kernels::pointwise_backward_sums(pointwise, work.slice(), work.at(tensors.input), channel_map(norm), mask(dropout),
                                     work.at(tensors.output_gradient), notes_of(work), sums_of(work), work.scratch());
}

void PointwiseStage::settle_gradients(NetworkMemory& memory) {
    const std::size_t count = static_cast<std::size_t>(memory.norm_batch()) * pointwise.input.pixels();
    const kernels::ChannelSums sums =
        memory.shares_norms() ? sums_of_all(memory) : kernels::ChannelSums{norm->first_sums, norm->second_sums};
    kernels::batch_norm_gradients(sums, count, memory.parameter(norm->weight), norm->variance.span(), norm->eps,
                                  memory.gradient(norm->weight), memory.gradient(norm->bias), gradient_map(norm));
    if (!memory.shares_norms() || memory.sharing.rank() == 0) return;
    // They are the whole batch's already, and will be added up.
    for (const int number : {norm->weight, norm->bias}) std::ranges::fill(memory.gradient(number), 0.0f);
}

void PointwiseStage::backward(const SliceWork& work) {
    kernels::pointwise_backward(pointwise, work.slice(), work.at(tensors.input), channel_map(norm), mask(dropout),
                                work.at(tensors.output_gradient), notes_of(work), gradient_map(norm),
                                work.at(tensors.input_gradient), work.scratch());
}

}  // namespace inkling
