#include "nn/cpu/cpu_engine.h"

#include <algorithm>
#include <cmath>

#include "core/threads.h"
#include "kernels/cpu/softmax.h"
#include "kernels/cpu/updates.h"
#include "nn/cpu/stage_work.h"

namespace inkling {

CpuEngine::CpuEngine(const EngineRequest& request)
    : network_(compile(request)),
      classes_(request.classes),
      batch_size_(static_cast<std::size_t>(request.batch_size)),
      image_size_(request.spec.input.size()),
      trains_(request.mode == Network::Mode::kTrain),
      losses_(batch_size_),
      sums_(3 * network_.memory.slices.size()) {
    training_phases_.emplace_back();
    for (std::size_t i = 0; i < network_.stages.size(); ++i) {
        if (PointwiseStage* const norm = network_.stages[i].norm())
            training_phases_.push_back({.norm = norm, .begin = i + 1, .end = i + 1});
        else
            training_phases_.back().end = i + 1;
    }
    if (trains_) gradient_pieces_ = gradient_pieces(network_, request.layout.regularized_count);
    if (network_.memory.shares > 1)
        inference_phases_ = phases_of_shares();
    else
        inference_phases_.push_back({.begin = 0, .end = network_.stages.size()});
}

std::vector<CpuEngine::Phase> CpuEngine::phases_of_shares() {
    std::vector<Phase> phases(1);
    int channels = 0;  // that the stages of the phase are shared out by
    for (std::size_t i = 0; i < network_.stages.size(); ++i) {
        const auto begin_phase = [&] { phases.push_back({.begin = i, .end = i}); };
        if (const auto* convolution = std::get_if<ConvolutionStage>(&network_.stages[i].kind)) {
            begin_phase();
            channels = convolution->geometry.filters;
        } else if (const auto* dense = std::get_if<DenseStage>(&network_.stages[i].kind)) {
            begin_phase();
            channels = dense->geometry.units;
        } else if (const auto* depthwise = std::get_if<DepthwiseStage>(&network_.stages[i].kind)) {
            if (channels != depthwise->geometry.input.channels) begin_phase();
            channels = depthwise->geometry.input.channels;
        } else if (const auto* squeeze = std::get_if<SqueezeStage>(&network_.stages[i].kind)) {
            begin_phase();  // it reads all channels
            channels = squeeze->geometry.shape.channels;
        } else if (const auto* pointwise = std::get_if<PointwiseStage>(&network_.stages[i].kind)) {
            if (channels != pointwise->pointwise.input.channels) begin_phase();
            channels = pointwise->pointwise.input.channels;
        } else if (const auto* layout = std::get_if<LayoutStage>(&network_.stages[i].kind)) {
            if (channels != layout->shape.channels) begin_phase();
            channels = 0;  // nothing is shared out by what it gives
        }
        phases.back().end = i + 1;
    }
    std::erase_if(phases, [](const Phase& phase) { return phase.begin == phase.end; });
    return phases;
}

std::span<float> CpuEngine::rows_of_classes(TensorId tensor) const {
    return {kernels::as<float>(network_.memory.tensors.of_batch(tensor)),
            batch_size_ * static_cast<std::size_t>(classes_)};
}

std::span<float> CpuEngine::images(TensorId tensor) const {
    return {kernels::as<float>(network_.memory.tensors.of_batch(tensor)), batch_size_ * image_size_};
}

std::span<float> CpuEngine::block(Block block) {
    switch (block) {
        case Block::kParameters:
            return network_.memory.parameters.block(NetworkMemory::kValues);
        case Block::kGradients:
            return trains_ ? network_.memory.parameters.block(NetworkMemory::kGradients) : std::span<float>();
        case Block::kStatistics:
            return network_.memory.statistics.block();
        case Block::kState:
            return state_.span();
    }
    return {};
}

void CpuEngine::written(Block block) {
    if (block == Block::kParameters || block == Block::kStatistics) stale_ = true;
}

void CpuEngine::reserve_state(int slots) {
    state_ = AlignedBuffer<float>(static_cast<std::size_t>(slots) * block(Block::kParameters).size());
}

template <class Body>
void CpuEngine::share_out(std::size_t tasks, Body&& body) {
    std::vector<Stopwatch>& stopwatches = network_.memory.stopwatches;
    if (stopwatch_ == nullptr) return run_tasks(tasks, body);
    for (Stopwatch& each : stopwatches) each.reset();
    run_tasks(tasks, [&](std::size_t task, int worker) {
        stopwatches[static_cast<std::size_t>(worker)].start();
        body(task, worker);
    });
    stopwatch_->add(stopwatches);
}

template <class Body>
void CpuEngine::for_each_slice(Body&& body) {
    const auto shares = static_cast<std::size_t>(network_.memory.shares);
    share_out(network_.memory.slices.size() * shares, [&](std::size_t task, int worker) {
        body(SliceWork{network_.memory, task / shares, worker, static_cast<int>(task % shares)});
    });
}

void CpuEngine::prepare() {
    share_out(network_.stages.size(), [&](std::size_t i, int worker) {
        std::visit(
            [&](auto& stage) {
                stage.prepare(network_.memory, worker);
                note(network_.memory, worker, stage, WorkPart::kPrepare, 0);
            },
            network_.stages[i].kind);
    });
}

void CpuEngine::forward(const Phase& phase, PointwiseStage* next, const Pass& pass) {
    for_each_slice([&](const SliceWork& work) {
        const auto go = [&](auto& stage) {
            stage.forward(work, pass);
            note(work, stage, WorkPart::kForward);
        };
        if (phase.norm != nullptr) go(*phase.norm);
        for (std::size_t i = phase.begin; i < phase.end; ++i) std::visit(go, network_.stages[i].kind);
        if (next == nullptr) return;
        next->gather_moments(work);
        tell(work, {.kind = WorkKind::kPointwise, .part = WorkPart::kForward});
    });
    if (next != nullptr) next->settle_moments(network_.memory);
}

void CpuEngine::forward(const Pass& pass) {
    if (stale_) prepare();
    if (pass.training)
        for (std::size_t i = 0; i < training_phases_.size(); ++i)
            forward(training_phases_[i], i + 1 < training_phases_.size() ? training_phases_[i + 1].norm : nullptr,
                    pass);
    else
        for (const Phase& phase : inference_phases_) forward(phase, nullptr, pass);
    // A training pass moves running statistics, so that the map made from them is old.
    stale_ = pass.training;
}

void CpuEngine::probabilities(std::span<float> probabilities) const {
    kernels::softmax(logits(), classes_, probabilities);
}

template <std::size_t kCount, class Values>
std::array<double, kCount> CpuEngine::sum_over(std::size_t samples, Values&& values) {
    NetworkMemory& memory = network_.memory;
    sums_.assign(memory.slices.size() * kCount, 0);
    for (std::size_t slice = 0; slice < memory.slices.size(); ++slice) {
        // Without others, all are added up one after another.
        double* const sums = &sums_[memory.is_shared() ? slice * kCount : 0];
        const auto first = static_cast<std::size_t>(memory.slices[slice].first);
        const std::size_t end = std::min(first + static_cast<std::size_t>(memory.slices[slice].count), samples);
        for (std::size_t sample = first; sample < end; ++sample) {
            const std::array<double, kCount> each = values(sample);
            for (std::size_t i = 0; i < kCount; ++i) sums[i] += each[i];
        }
    }
    if (memory.is_shared()) add_rows_as_tree(std::span(sums_), kCount);
    std::array<double, kCount> total{};
    std::copy_n(sums_.begin(), kCount, total.begin());
    if (memory.sharing.exchange != nullptr) memory.sharing.exchange->sum(total);
    return total;
}

LossResult CpuEngine::loss(const Targets& targets, const LossRule& rule) {
    const std::size_t samples = targets.labels.size();
    std::span<float> gradient;
    if (trains_) {
        gradient = rows_of_classes(network_.logits_gradient);
        // Samples that do not count have no gradient.
        std::fill(gradient.begin() + static_cast<std::ptrdiff_t>(samples) * classes_, gradient.end(), 0.0f);
    }
    const auto weight = [&](std::size_t sample) { return weight_of({targets, sample}, rule); };
    LossResult result;
    result.weight = sum_over<1>(samples, [&](std::size_t i) { return std::array{weight(i)}; })[0];
    const auto width = static_cast<std::size_t>(classes_);
    for_each_slice([&](const SliceWork& work) {
        const auto first = static_cast<std::size_t>(work.slice().first);
        if (first >= samples || work.share > 0) return;
        const std::size_t count = std::min(static_cast<std::size_t>(work.slice().count), samples - first);
        kernels::softmax_cross_entropy(logits().subspan(first * width, count * width), targets.part(first, count),
                                       classes_, rule, static_cast<float>(result.weight),
                                       std::span(losses_).subspan(first, count),
                                       trains_ ? gradient.subspan(first * width, count * width) : std::span<float>());
        tell(work, {.kind = WorkKind::kLoss, .part = WorkPart::kForward});
    });
    const auto [loss, correct, correct_weight] = sum_over<3>(samples, [&](std::size_t i) {
        const double is_correct = losses_[i].correct ? 1 : 0;
        return std::array{double{losses_[i].loss}, is_correct, is_correct * weight(i)};
    });
    result.loss_sum = loss;
    result.correct = static_cast<int>(correct);
    result.correct_weight = correct_weight;
    return result;
}

void CpuEngine::backward(const Phase& phase, PointwiseStage* next) {
    for_each_slice([&](const SliceWork& work) {
        const auto go = [&](auto& stage) {
            stage.backward(work);
            note(work, stage, WorkPart::kBackward);
            advance_sums(work.worker);
        };
        if (next != nullptr) go(*next);
        for (std::size_t i = phase.end; i-- > phase.begin;) std::visit(go, network_.stages[i].kind);
        if (phase.norm == nullptr) return;
        phase.norm->gather_gradients(work);
        tell(work, {.kind = WorkKind::kPointwise, .part = WorkPart::kBackward});
    });
    if (phase.norm != nullptr) phase.norm->settle_gradients(network_.memory);
}

void CpuEngine::finish(const GradientPiece& piece) {
    NetworkMemory& memory = network_.memory;
    const std::span<float> gradients = block(Block::kGradients);
    share_out(piece.dense_parts.size() + piece.slice_parts.size(), [&](std::size_t task, int worker) {
        if (task < piece.dense_parts.size()) {
            const auto& [stage, part] = piece.dense_parts[task];
            stage->backward_weights(memory, part, worker);
            // The first part tells of all.
            note(memory, worker, *stage, WorkPart::kBackwardWeights, part == 0 ? memory.batch : 0);
        } else {
            memory.slice_gradients.add_up(piece.slice_parts[task - piece.dense_parts.size()], piece.range, gradients);
        }
        advance_sums(worker);
    });
    if (memory.sharing.exchange != nullptr)
        memory.sharing.exchange->begin_sum(gradients.subspan(piece.range.first, piece.range.last - piece.range.first));
}

void CpuEngine::advance_sums(int worker) {
    if (worker == 0 && network_.memory.sharing.exchange != nullptr) network_.memory.sharing.exchange->advance_sums();
}

void CpuEngine::backward() {
    auto piece = gradient_pieces_.begin();
    for (std::size_t i = training_phases_.size(); i-- > 0;) {
        backward(training_phases_[i], i + 1 < training_phases_.size() ? training_phases_[i + 1].norm : nullptr);
        // After batch norm's sum, which all wait for: much that is sent before it would hold it up.
        for (; piece != gradient_pieces_.end() && piece->first_stage >= training_phases_[i].begin; ++piece)
            finish(*piece);
    }
    if (network_.memory.sharing.exchange != nullptr) network_.memory.sharing.exchange->finish_sums();
}

void CpuEngine::watch(Stopwatch* stopwatch) {
    stopwatch_ = stopwatch;
    network_.memory.stopwatches.resize(stopwatch == nullptr ? 0 : static_cast<std::size_t>(network_.memory.workers));
}

void CpuEngine::want_input_gradient(bool wanted) {
    enable_backward(network_, wanted);
    stale_ = true;
}

double CpuEngine::gradient_norm() const {
    return std::sqrt(cpu::sum_of_squares(network_.memory.parameters.block(NetworkMemory::kGradients)));
}

void CpuEngine::update(const UpdateRule& rule, const Penalties& penalties, ParameterRange range) {
    const std::span<float> parameters = block(Block::kParameters);
    cpu::update(rule, penalties, parameters, block(Block::kGradients),
                state_.span().first(static_cast<std::size_t>(slots(rule)) * parameters.size()), range);
    stale_ = true;
}

void CpuEngine::average(int slot, float weight) {
    const std::span<const float> parameters = block(Block::kParameters);
    const std::size_t size = parameters.size();
    cpu::average(weight, parameters, state_.span().subspan(static_cast<std::size_t>(slot) * size, size));
}

}  // namespace inkling
