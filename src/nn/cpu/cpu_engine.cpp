#include "nn/cpu/cpu_engine.h"

#include <algorithm>
#include <cmath>

#include "kernels/cpu/softmax.h"
#include "kernels/cpu/updates.h"

namespace inkling {

CpuEngine::CpuEngine(const EngineRequest& request)
    : network_(compile(request)),
      classes_(request.classes),
      batch_size_(static_cast<std::size_t>(request.batch_size)),
      image_size_(request.spec.input.size()),
      trains_(request.mode == Network::Mode::kTrain),
      losses_(batch_size_) {}

std::span<float> CpuEngine::rows_of_classes(TensorId tensor) const {
    return {kernels::as<float>(network_.memory.tensors[tensor]), batch_size_ * static_cast<std::size_t>(classes_)};
}

std::span<float> CpuEngine::images(TensorId tensor) const {
    return {kernels::as<float>(network_.memory.tensors[tensor]), batch_size_ * image_size_};
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

void CpuEngine::forward(const Pass& pass) {
    if (stale_) prepare(network_.stages, network_.memory);
    inkling::forward(network_.stages, network_.memory, pass);
    // A training pass moves running statistics, so that the map made from them is old.
    stale_ = pass.training;
}

void CpuEngine::probabilities(std::span<float> probabilities) const {
    kernels::softmax(logits(), classes_, probabilities);
}

LossResult CpuEngine::loss(std::span<const std::int32_t> labels, float label_smoothing) {
    std::span<float> gradient;
    if (trains_) {
        gradient = rows_of_classes(network_.logits_gradient);
        // Samples that do not count have no gradient.
        std::fill(gradient.begin() + static_cast<std::ptrdiff_t>(labels.size()) * classes_, gradient.end(), 0.0f);
    }
    kernels::softmax_cross_entropy(logits(), labels, classes_, label_smoothing, losses_, gradient);
    LossResult result;
    for (std::size_t i = 0; i < labels.size(); ++i) {
        result.loss_sum += losses_[i].loss;
        result.correct += losses_[i].correct ? 1 : 0;
    }
    if (network_.memory.stopwatch != nullptr)
        network_.memory.stopwatch->lap({.kind = WorkKind::kLoss, .part = WorkPart::kForward});
    return result;
}

void CpuEngine::backward() { inkling::backward(network_.stages, network_.memory); }

void CpuEngine::want_input_gradient(bool wanted) {
    enable_backward(network_.stages, wanted);
    stale_ = true;
}

double CpuEngine::gradient_norm() const {
    return std::sqrt(cpu::sum_of_squares(network_.memory.parameters.block(NetworkMemory::kGradients)));
}

void CpuEngine::update(const UpdateRule& rule, const Penalties& penalties) {
    cpu::update(rule, penalties, block(Block::kParameters), block(Block::kGradients), state_.span());
    stale_ = true;
}

}  // namespace inkling
