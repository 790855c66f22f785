#pragma once

#include <vector>

#include "kernels/loss.h"
#include "nn/cpu/compile.h"
#include "nn/engine.h"

namespace inkling {

/// Runs a network on the processor: layers fused into stages (stages.h), every activation and gradient laid out once.
/// Works with as many threads as it was made under.
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
    LossResult loss(std::span<const std::int32_t> labels, float label_smoothing) override;
    void backward() override;
    void want_input_gradient(bool wanted) override;
    std::span<const float> input_gradient() const override { return images(network_.input_gradient); }
    double gradient_norm() const override;
    void update(const UpdateRule& rule, const Penalties& penalties) override;
    void watch(Stopwatch* stopwatch) override { network_.memory.stopwatch = stopwatch; }

  private:
    std::span<float> rows_of_classes(TensorId tensor) const;
    std::span<float> images(TensorId tensor) const;

    CompiledNetwork network_;
    int classes_;
    std::size_t batch_size_;
    std::size_t image_size_;
    bool trains_;
    bool stale_ = true;  // whether stages must prepare before the next pass
    std::vector<kernels::SampleLoss> losses_;
    AlignedBuffer<float> state_;  // the optimizer's
};

}  // namespace inkling
