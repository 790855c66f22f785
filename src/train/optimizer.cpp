#include "train/optimizer.h"

#include <algorithm>
#include <cmath>

#include "core/error.h"

namespace inkling {
namespace {

SgdRule sgd_rule(const OptimizerSpec& spec, std::int64_t step, float learning_rate) {
    return {.learning_rate = learning_rate,
            .momentum = spec.momentum,
            .dampening = spec.dampening,
            .nesterov = spec.nesterov,
            .step = step};
}

AdamRule adam_rule(const OptimizerSpec& spec, std::int64_t step, float learning_rate) {
    return {.learning_rate = learning_rate,
            .beta1 = spec.beta1,
            .beta2 = spec.beta2,
            .eps = spec.eps,
            .amsgrad = spec.amsgrad,
            .step = step};
}

NadamRule nadam_rule(const OptimizerSpec& spec, std::int64_t step, float learning_rate, double& mu_product) {
    const auto mu = [&](std::int64_t at) {
        return spec.beta1 * (1 - 0.5 * std::pow(0.96, static_cast<double>(at) * spec.momentum_decay));
    };
    mu_product *= mu(step);
    return {.learning_rate = learning_rate,
            .beta1 = spec.beta1,
            .beta2 = spec.beta2,
            .eps = spec.eps,
            .mu = mu(step),
            .next_mu = mu(step + 1),
            .mu_product = mu_product,
            .step = step};
}

RmspropRule rmsprop_rule(const OptimizerSpec& spec, float learning_rate) {
    return {.learning_rate = learning_rate,
            .alpha = spec.alpha,
            .eps = spec.eps,
            .momentum = spec.momentum,
            .centered = spec.centered};
}

AdagradRule adagrad_rule(const OptimizerSpec& spec, std::int64_t step, float learning_rate) {
    return {.learning_rate = learning_rate, .lr_decay = spec.lr_decay, .eps = spec.eps, .step = step};
}

// PyTorch computes eta after a step for the next one, so that a changed learning rate acts one step late.
AsgdRule asgd_rule(const OptimizerSpec& spec, std::int64_t step, float learning_rate, double& eta) {
    const auto now = static_cast<double>(step);
    const double rate = learning_rate;
    const double this_eta = step == 1 ? rate : eta;
    eta = rate / std::pow(1 + spec.lambd * rate * now, double{spec.alpha});
    return {.eta = static_cast<float>(this_eta),
            .lambd = spec.lambd,
            .mu = static_cast<float>(1 / std::max(1.0, now - 1 - spec.t0))};
}

LionRule lion_rule(const OptimizerSpec& spec, float learning_rate) {
    return {.learning_rate = learning_rate, .beta1 = spec.beta1, .beta2 = spec.beta2};
}

/// What to do at a step; brings the optimizer's scalars up to it.
UpdateRule rule_for(const OptimizerSpec& spec, std::int64_t step, float learning_rate, std::span<double> scalars) {
    switch (spec.kind) {
        case OptimizerKind::kSgd:
            return sgd_rule(spec, step, learning_rate);
        case OptimizerKind::kAdam:
        case OptimizerKind::kAdamw:
            return adam_rule(spec, step, learning_rate);
        case OptimizerKind::kNadam:
            return nadam_rule(spec, step, learning_rate, scalars[0]);
        case OptimizerKind::kRmsprop:
            return rmsprop_rule(spec, learning_rate);
        case OptimizerKind::kAdagrad:
            return adagrad_rule(spec, step, learning_rate);
        case OptimizerKind::kAsgd:
            return asgd_rule(spec, step, learning_rate, scalars[0]);
        case OptimizerKind::kLion:
            return lion_rule(spec, learning_rate);
    }
    throw failed("unknown optimizer kind {}", static_cast<int>(spec.kind));
}

bool keeps_scalar(OptimizerKind kind) { return kind == OptimizerKind::kNadam || kind == OptimizerKind::kAsgd; }

bool decouples_weight_decay(OptimizerKind kind) {
    return kind == OptimizerKind::kAdamw || kind == OptimizerKind::kLion;
}

int slots_of(const OptimizerSpec& spec) {
    double scalar = 1;
    return slots(rule_for(spec, 1, 0, {&scalar, 1}));
}

}  // namespace

Optimizer::Optimizer(const OptimizerSpec& spec, const RegularizationSpec& regularization, Network& network)
    : spec_(spec), regularization_(regularization), scalars_(keeps_scalar(spec.kind) ? 1 : 0, 1.0) {
    network.reserve_optimizer_state(slots_of(spec));
    if (spec.kind == OptimizerKind::kAdagrad)
        std::ranges::fill(network.optimizer_state(), spec.initial_accumulator_value);
}

void Optimizer::step(Network& network, float learning_rate, float gradient_scale) {
    ++steps_;
    const bool decoupled = decouples_weight_decay(spec_.kind);
    const double decay = double{learning_rate} * spec_.weight_decay;
    const ParameterLayout& layout = network.layout();
    network.update(
        rule_for(spec_, steps_, learning_rate, scalars_),
        {.gradient_scale = gradient_scale,
         .l1 = regularization_.l1,
         .l2 = regularization_.l2 + (decoupled ? 0 : spec_.weight_decay),
         .decay_factor = decoupled ? static_cast<float>(1 - decay) : 1,
         .regularized = regularization_.biases_and_norms ? layout.parameter_count : layout.regularized_count});
}

float clip_factor(double norm, float max_norm) { return static_cast<float>(std::min(max_norm / (norm + 1e-6), 1.0)); }

const char* optimizer_name(OptimizerKind kind) {
    switch (kind) {
        case OptimizerKind::kSgd:
            return "sgd";
        case OptimizerKind::kAdam:
            return "adam";
        case OptimizerKind::kAdamw:
            return "adamw";
        case OptimizerKind::kNadam:
            return "nadam";
        case OptimizerKind::kRmsprop:
            return "rmsprop";
        case OptimizerKind::kAdagrad:
            return "adagrad";
        case OptimizerKind::kAsgd:
            return "asgd";
        case OptimizerKind::kLion:
            return "lion";
    }
    return "unknown";
}

}  // namespace inkling
