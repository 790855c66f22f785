#pragma once

#include <array>
#include <vector>

#include "kernels/loss.h"
#include "nn/cpu/gradient_pieces.h"
#include "nn/engine.h"

namespace inkling {

/// Runs a network on the processor: layers fused into stages (stages.h), every activation and gradient laid out once.
///
/// A step is few phases. In each, workers take slices of the batch through as many stages as need nothing of other
/// slices: they meet only where batch norm needs sums of the whole batch, and to make gradients of the slices'. What is
/// computed depends on how the batch is cut, never on who worked on what. Processes that share batches meet where their
/// workers do, and for the loss; gradients are added up over them piece by piece while the backward pass goes on.
class CpuEngine : public Engine {
  public:
    explicit CpuEngine(const EngineRequest& request);

    std::span<float> block(Block block) override;
    void written(Block block) override;
    void reserve_state(int slots) override;
    std::span<float> input() override { return images(network_.input); }
    void forward(const Pass& pass) override;
    std::span<const float> logits() const override { return rows_of_classes(network_.logits); }
    void probabilities(std::span<float> probabilities) const override;
    LossResult loss(const Targets& targets, const LossRule& rule) override;
    void backward() override;
    void want_input_gradient(bool wanted) override;
    std::span<const float> input_gradient() const override { return images(network_.input_gradient); }
    double gradient_norm() const override;
    void update(const UpdateRule& rule, const Penalties& penalties, ParameterRange range) override;
    void average(int slot, float weight) override;
    void watch(Stopwatch* stopwatch) override;

  private:
    /// Stages that a slice is taken through at once: a batch norm's, where it is not the first phase, and those behind
    /// it up to the next one.
    struct Phase {
        PointwiseStage* norm = nullptr;
        std::size_t begin = 0;
        std::size_t end = 0;
    };

    std::span<float> rows_of_classes(TensorId tensor) const;
    std::span<float> images(TensorId tensor) const;
    void prepare();
    void forward(const Phase& phase, PointwiseStage* next, const Pass& pass);
    void backward(const Phase& phase, PointwiseStage* next);
    void finish(const GradientPiece& piece);

    /// Lets sums over the processes go on; by worker 0, who is the thread that began them.
    void advance_sums(int worker);

    /// The sums over the first samples, of all processes, of what values(sample) gives.
    template <std::size_t kCount, class Values>
    std::array<double, kCount> sum_over(std::size_t samples, Values&& values);

    /// Calls body(work) for each slice, shared out among the workers.
    template <class Body>
    void for_each_slice(Body&& body);

    /// Stages that a share of a slice can be taken through at once, without what other shares give.
    std::vector<Phase> phases_of_shares();

    /// Calls body(task, worker) for each task, shared out among the workers, and tells who watches what they did.
    template <class Body>
    void share_out(std::size_t tasks, Body&& body);

    CompiledNetwork network_;
    std::vector<Phase> training_phases_;
    std::vector<Phase> inference_phases_;
    std::vector<GradientPiece> gradient_pieces_;  // in the order in which the backward pass is done with them
    int classes_;
    std::size_t batch_size_;
    std::size_t image_size_;
    bool trains_;
    bool stale_ = true;               // whether stages must prepare before the next pass
    Stopwatch* stopwatch_ = nullptr;  // of who watches
    std::vector<kernels::SampleLoss> losses_;
    std::vector<double> sums_;    // of each slice's samples, where batches are shared
    AlignedBuffer<float> state_;  // the optimizer's
};

}  // namespace inkling
