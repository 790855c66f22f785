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
    /// penalties; everything does where biases_and_norms, and a group's own weight decay is for all that it holds. A
    /// training of so many steps may average its weights.
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
    std::span<double> scalars() { return scalars_; }  // e.g. nadam's products of momenta; may be empty
    std::span<const double> scalars() const { return scalars_; }
    void restore_steps(std::int64_t steps) { steps_ = steps; }

  private:
    /// Parameters that are updated by one rule.
    struct Part {
        OptimizerKind kind;
        ParameterRange range;
        double rate_factor = 1;  // of the learning rate
        float weight_decay = 0;  // with l1 and l2 of the first `regularized` parameters of the network
        float l1 = 0;
        float l2 = 0;
        std::size_t regularized = 0;
        std::vector<MatrixPlace> matrices;  // that are moved as wholes
        std::size_t scalar = 0;             // that of scalars_ which it remembers, if it does
    };

    static std::vector<Part> parts_of(const OptimizerSpec& spec, const RegularizationSpec& regularization,
                                      const ParameterLayout& layout);
    void update(Network& network, const Part& part, float learning_rate, float gradient_scale);
    AveragingMoment moment() const {
        return {.step = steps_, .steps = training_steps_, .steps_per_epoch = steps_per_epoch_};
    }

    OptimizerKind kind_;
    std::vector<Part> parts_;
    int slots_ = 0;  // that the parts keep, at most
    AveragingSpec averaging_;
    std::int64_t training_steps_;
    std::int64_t steps_per_epoch_;
    std::int64_t steps_ = 0;
    std::vector<double> scalars_;
};

/// The factor that brings gradients of Euclidean norm `norm` to `max_norm` where it is larger, else 1, with PyTorch's
/// 1e-6 in the divisor.
float clip_factor(double norm, float max_norm);

}  // namespace inkling
