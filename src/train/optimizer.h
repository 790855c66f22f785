#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/aligned_buffer.h"
#include "nn/parameter_layout.h"
#include "train/recipe.h"

namespace inkling {

/// Updates a block of parameters from a block of gradients, in one pass, as torch.optim does; lion as in X. Chen et
/// al., "Symbolic discovery of optimization algorithms", 2023. Owns its state: as many values for each parameter as the
/// kind needs.
class Optimizer {
  public:
    /// Filters and matrices get weight decay and penalties; everything does where biases_and_norms.
    Optimizer(const OptimizerSpec& spec, const RegularizationSpec& regularization, const ParameterLayout& layout);

    /// One step at `learning_rate`. Gradients are multiplied by `gradient_scale` first (clipping).
    void step(std::span<float> parameters, std::span<const float> gradients, float learning_rate,
              float gradient_scale = 1);

    /// What must be saved to go on exactly: steps done and, one after another, the state of each parameter.
    std::int64_t steps() const { return steps_; }
    std::span<float> state() { return state_.span(); }
    std::span<const float> state() const { return state_.span(); }
    std::span<double> scalars() { return scalars_; }  // e.g. nadam's product of momenta; may be empty
    std::span<const double> scalars() const { return scalars_; }
    void restore_steps(std::int64_t steps) { steps_ = steps; }

  private:
    OptimizerSpec spec_;
    RegularizationSpec regularization_;
    std::size_t parameters_;
    std::size_t regularized_;
    std::int64_t steps_ = 0;
    AlignedBuffer<float> state_;  // (slots, parameters)
    std::vector<double> scalars_;
};

/// The factor that brings the gradients' Euclidean norm to `max_norm` where it is larger, else 1, with PyTorch's 1e-6
/// in the divisor; the norm itself in `norm`. Summed in double, in an order that does not depend on threads.
float clip_factor(std::span<const float> gradients, float max_norm, double* norm = nullptr);

const char* optimizer_name(OptimizerKind kind);  // "adamw"

}  // namespace inkling
