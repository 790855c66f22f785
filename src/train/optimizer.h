#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "nn/network.h"
#include "train/recipe.h"

namespace inkling {

/// Updates a network's parameters from its gradients, in one pass, as torch.optim does (optimizers.h). What it keeps
/// for each parameter stands in the network.
class Optimizer {
  public:
    /// Reserves the state of `network`, which every step then takes. Filters and matrices get weight decay and
    /// penalties; everything does where biases_and_norms. A training of so many steps may average its weights.
    Optimizer(const OptimizerSpec& spec, const RegularizationSpec& regularization, Network& network,
              const AveragingSpec& averaging = {}, std::int64_t steps = 1, std::int64_t steps_per_epoch = 1);

    /// One step at `learning_rate`. Gradients are multiplied by `gradient_scale` first (clipping).
    void step(Network& network, float learning_rate, float gradient_scale = 1);

    /// Whether weights will be averaged: as the recipe says, else by asgd.
    bool averages() const;

    /// The average of the parameters, once it has begun (asgd's when steps are more than t0): what stands for the
    /// network from then on. Empty before.
    std::span<const float> average(const Network& network) const;

    /// What must be saved beside the network's state to go on exactly.
    std::int64_t steps() const { return steps_; }
    std::span<double> scalars() { return scalars_; }  // e.g. nadam's product of momenta; may be empty
    std::span<const double> scalars() const { return scalars_; }
    void restore_steps(std::int64_t steps) { steps_ = steps; }

  private:
    AveragingMoment moment() const {
        return {.step = steps_, .steps = training_steps_, .steps_per_epoch = steps_per_epoch_};
    }

    OptimizerSpec spec_;
    RegularizationSpec regularization_;
    AveragingSpec averaging_;
    std::int64_t training_steps_;
    std::int64_t steps_per_epoch_;
    std::int64_t steps_ = 0;
    std::vector<double> scalars_;
    std::vector<MatrixPlace> matrices_;  // of hidden layers
};

/// The factor that brings gradients of Euclidean norm `norm` to `max_norm` where it is larger, else 1, with PyTorch's
/// 1e-6 in the divisor.
float clip_factor(double norm, float max_norm);

}  // namespace inkling
