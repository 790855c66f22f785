#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <variant>

#include "core/kinds.h"
#include "kernels/update_rules.h"

namespace inkling {

/// Optimizers with PyTorch's meanings and defaults (lion's, lamb's and lars's are their papers'), each with its name
/// and keys in recipes, its parameters, its usual learning rate and weight decay, and whether that is decoupled: takes
/// its share from the weights themselves, not by the gradient. rule() says what a step, counted from 1, does to each
/// parameter at a learning rate. What one remembers between steps beside the parameters' state is a number, 1 at first.
/// Papers, and what the rules compute, are in kernels/update_rules.h.
namespace optimizer {

struct Sgd {
    static constexpr const char* kName = "sgd";
    static constexpr float kLearningRate = 1e-3f;
    static constexpr float kWeightDecay = 0;
    static constexpr bool kDecouples = false;
    float momentum = 0;
    float dampening = 0;
    bool nesterov = false;
    static constexpr std::array kKeys{
        ConfigKey<Sgd>{.name = "momentum", .member = &Sgd::momentum, .range = kFraction},
        ConfigKey<Sgd>{.name = "dampening", .member = &Sgd::dampening, .range = kUnit},
        ConfigKey<Sgd>{.name = "nesterov", .member = &Sgd::nesterov},
    };
    SgdRule rule(std::int64_t step, float learning_rate) const {
        return {learning_rate, momentum, dampening, nesterov, step};
    }
};

struct Adam {
    static constexpr const char* kName = "adam";
    static constexpr float kLearningRate = 1e-3f;
    static constexpr float kWeightDecay = 0;
    static constexpr bool kDecouples = false;
    float beta1 = 0.9f;
    float beta2 = 0.999f;
    float eps = 1e-8f;
    bool amsgrad = false;
    static constexpr std::array kKeys{
        ConfigKey<Adam>{.name = "betas", .member = std::array{&Adam::beta1, &Adam::beta2}, .range = kFraction},
        ConfigKey<Adam>{.name = "eps", .member = &Adam::eps, .range = kPositiveFraction},
        ConfigKey<Adam>{.name = "amsgrad", .member = &Adam::amsgrad},
    };
    AdamRule rule(std::int64_t step, float learning_rate) const {
        return {learning_rate, beta1, beta2, eps, amsgrad, step};
    }
};

/// Adam but for its weight decay.
struct Adamw : Adam {
    static constexpr const char* kName = "adamw";
    static constexpr float kWeightDecay = 1e-2f;
    static constexpr bool kDecouples = true;
};

/// Remembers the product of all steps' momenta.
struct Nadam {
    static constexpr const char* kName = "nadam";
    static constexpr float kLearningRate = 2e-3f;
    static constexpr float kWeightDecay = 0;
    static constexpr bool kDecouples = false;
    float beta1 = 0.9f;
    float beta2 = 0.999f;
    float eps = 1e-8f;
    float momentum_decay = 4e-3f;
    static constexpr std::array kKeys{
        ConfigKey<Nadam>{.name = "betas", .member = std::array{&Nadam::beta1, &Nadam::beta2}, .range = kFraction},
        ConfigKey<Nadam>{.name = "eps", .member = &Nadam::eps, .range = kPositiveFraction},
        ConfigKey<Nadam>{.name = "momentum_decay", .member = &Nadam::momentum_decay, .range = kUnit},
    };
    double mu(std::int64_t step) const {
        return beta1 * (1 - 0.5 * std::pow(0.96, static_cast<double>(step) * momentum_decay));
    }
    NadamRule rule(std::int64_t step, float learning_rate, double& mu_product) const {
        mu_product *= mu(step);
        return {learning_rate, beta1, beta2, eps, mu(step), mu(step + 1), mu_product, step};
    }
};

struct Rmsprop {
    static constexpr const char* kName = "rmsprop";
    static constexpr float kLearningRate = 1e-2f;
    static constexpr float kWeightDecay = 0;
    static constexpr bool kDecouples = false;
    float momentum = 0;
    float eps = 1e-8f;
    float alpha = 0.99f;
    bool centered = false;
    static constexpr std::array kKeys{
        ConfigKey<Rmsprop>{.name = "momentum", .member = &Rmsprop::momentum, .range = kFraction},
        ConfigKey<Rmsprop>{.name = "eps", .member = &Rmsprop::eps, .range = kPositiveFraction},
        ConfigKey<Rmsprop>{.name = "alpha", .member = &Rmsprop::alpha, .range = kFraction},
        ConfigKey<Rmsprop>{.name = "centered", .member = &Rmsprop::centered},
    };
    RmspropRule rule(std::int64_t, float learning_rate) const {
        return {learning_rate, alpha, eps, momentum, centered};
    }
};

struct Adagrad {
    static constexpr const char* kName = "adagrad";
    static constexpr float kLearningRate = 1e-2f;
    static constexpr float kWeightDecay = 0;
    static constexpr bool kDecouples = false;
    float eps = 1e-10f;
    float lr_decay = 0;
    float initial_accumulator_value = 0;
    static constexpr std::array kKeys{
        ConfigKey<Adagrad>{.name = "eps", .member = &Adagrad::eps, .range = kPositiveFraction},
        ConfigKey<Adagrad>{.name = "lr_decay", .member = &Adagrad::lr_decay, .range = kUpTo100},
        ConfigKey<Adagrad>{
            .name = "initial_accumulator_value", .member = &Adagrad::initial_accumulator_value, .range = kUpTo100},
    };
    AdagradRule rule(std::int64_t step, float learning_rate) const { return {learning_rate, lr_decay, eps, step}; }
};

/// Remembers the next step's eta: PyTorch computes it a step ahead, so that a changed learning rate acts a step late.
struct Asgd {
    static constexpr const char* kName = "asgd";
    static constexpr float kLearningRate = 1e-2f;
    static constexpr float kWeightDecay = 0;
    static constexpr bool kDecouples = false;
    float alpha = 0.75f;  // power for eta
    float lambd = 1e-4f;
    float t0 = 1e6f;  // the step from which the average counts
    static constexpr std::array kKeys{
        ConfigKey<Asgd>{.name = "alpha", .member = &Asgd::alpha, .range = kFraction},
        ConfigKey<Asgd>{.name = "lambd", .member = &Asgd::lambd, .range = kUnit},
        ConfigKey<Asgd>{.name = "t0", .member = &Asgd::t0, .range = {0, 1e12}},
    };
    AsgdRule rule(std::int64_t step, float learning_rate, double& eta) const {
        const auto now = static_cast<double>(step);
        const double rate = learning_rate;
        const double this_eta = step == 1 ? rate : eta;
        eta = rate / std::pow(1 + lambd * rate * now, double{alpha});
        return {static_cast<float>(this_eta), lambd, static_cast<float>(1 / std::max(1.0, now - 1 - t0))};
    }
};

struct Lion {
    static constexpr const char* kName = "lion";
    static constexpr float kLearningRate = 1e-4f;
    static constexpr float kWeightDecay = 0;
    static constexpr bool kDecouples = true;
    float beta1 = 0.9f;
    float beta2 = 0.99f;
    static constexpr std::array kKeys{
        ConfigKey<Lion>{.name = "betas", .member = std::array{&Lion::beta1, &Lion::beta2}, .range = kFraction},
    };
    LionRule rule(std::int64_t, float learning_rate) const { return {learning_rate, beta1, beta2}; }
};

struct Adadelta {
    static constexpr const char* kName = "adadelta";
    static constexpr float kLearningRate = 1;
    static constexpr float kWeightDecay = 0;
    static constexpr bool kDecouples = false;
    float eps = 1e-6f;
    float rho = 0.9f;
    static constexpr std::array kKeys{
        ConfigKey<Adadelta>{.name = "eps", .member = &Adadelta::eps, .range = kPositiveFraction},
        ConfigKey<Adadelta>{.name = "rho", .member = &Adadelta::rho, .range = kFraction},
    };
    AdadeltaRule rule(std::int64_t, float learning_rate) const { return {learning_rate, rho, eps}; }
};

struct Radam {
    static constexpr const char* kName = "radam";
    static constexpr float kLearningRate = 1e-3f;
    static constexpr float kWeightDecay = 0;
    static constexpr bool kDecouples = false;
    float beta1 = 0.9f;
    float beta2 = 0.999f;
    float eps = 1e-8f;
    static constexpr std::array kKeys{
        ConfigKey<Radam>{.name = "betas", .member = std::array{&Radam::beta1, &Radam::beta2}, .range = kFraction},
        ConfigKey<Radam>{.name = "eps", .member = &Radam::eps, .range = kPositiveFraction},
    };
    RadamRule rule(std::int64_t step, float learning_rate) const { return {learning_rate, beta1, beta2, eps, step}; }
};

/// Muon for the filters and matrices of hidden layers, AdamW for the output layer, biases and norms. With match_rms
/// (torch.optim.Muon's adjust_lr_fn "match_rms_adamw") a learning rate moves weights about as far as AdamW's does.
struct Muon {
    static constexpr const char* kName = "muon";
    static constexpr float kLearningRate = 1e-3f;
    static constexpr float kWeightDecay = 0.1f;
    static constexpr bool kDecouples = true;
    float momentum = 0.95f;
    bool nesterov = true;
    int ns_steps = 5;
    bool match_rms = true;
    float others_factor = 1;
    float beta1 = 0.9f;
    float beta2 = 0.999f;
    float eps = 1e-8f;
    static constexpr std::array kKeys{
        ConfigKey<Muon>{.name = "momentum", .member = &Muon::momentum, .range = kFraction},
        ConfigKey<Muon>{.name = "nesterov", .member = &Muon::nesterov},
        ConfigKey<Muon>{.name = "ns_steps", .member = &Muon::ns_steps, .range = {1, 20}},
        ConfigKey<Muon>{.name = "match_rms", .member = &Muon::match_rms},
        ConfigKey<Muon>{.name = "others_factor", .member = &Muon::others_factor, .range = kUpTo100},
        ConfigKey<Muon>{.name = "betas", .member = std::array{&Muon::beta1, &Muon::beta2}, .range = kFraction},
        ConfigKey<Muon>{.name = "eps", .member = &Muon::eps, .range = kPositiveFraction},
    };
    /// For matrices that are named later.
    MuonRule rule(std::int64_t step, float learning_rate) const {
        return {.learning_rate = learning_rate,
                .momentum = momentum,
                .nesterov = nesterov,
                .ns_steps = ns_steps,
                .match_rms = match_rms,
                .others = {learning_rate * others_factor, beta1, beta2, eps, false, step}};
    }
};

/// AdamW for biases and norms; filters and matrices, also those of the output layer, move where AdamW moves them, by
/// the learning rate times their own length.
struct Lamb {
    static constexpr const char* kName = "lamb";
    static constexpr float kLearningRate = 1e-3f;
    static constexpr float kWeightDecay = 1e-2f;
    static constexpr bool kDecouples = true;
    float beta1 = 0.9f;
    float beta2 = 0.999f;
    float eps = 1e-6f;
    static constexpr std::array kKeys{
        ConfigKey<Lamb>{.name = "betas", .member = std::array{&Lamb::beta1, &Lamb::beta2}, .range = kFraction},
        ConfigKey<Lamb>{.name = "eps", .member = &Lamb::eps, .range = kPositiveFraction},
    };
    /// For matrices that are named later.
    LambRule rule(std::int64_t step, float learning_rate) const {
        return {.adam = {learning_rate, beta1, beta2, eps, false, step}};
    }
};

/// SGD for biases and norms; gradients of filters and matrices, also those of the output layer, are brought to
/// trust_coefficient times their weights' length first. The learning rate multiplies the momentum, as in PyTorch's SGD.
struct Lars {
    static constexpr const char* kName = "lars";
    static constexpr float kLearningRate = 1;
    static constexpr float kWeightDecay = 5e-4f;
    static constexpr bool kDecouples = false;
    float momentum = 0.9f;
    float trust_coefficient = 1e-3f;
    static constexpr std::array kKeys{
        ConfigKey<Lars>{.name = "momentum", .member = &Lars::momentum, .range = kFraction},
        ConfigKey<Lars>{.name = "trust_coefficient", .member = &Lars::trust_coefficient, .range = kPositiveFraction},
    };
    /// For matrices that are named later.
    LarsRule rule(std::int64_t step, float learning_rate) const {
        return {.sgd = {.learning_rate = learning_rate, .momentum = momentum, .step = step},
                .trust_coefficient = trust_coefficient};
    }
};

/// Whether the optimizer remembers a number.
template <class Kind>
concept Remembers = requires(const Kind& kind, double& memory) {
    kind.rule(1, 1.0f, memory);
};

}  // namespace optimizer

using OptimizerKind =
    std::variant<optimizer::Sgd, optimizer::Adam, optimizer::Adamw, optimizer::Nadam, optimizer::Rmsprop,
                 optimizer::Adagrad, optimizer::Asgd, optimizer::Lion, optimizer::Adadelta, optimizer::Radam,
                 optimizer::Muon, optimizer::Lamb, optimizer::Lars>;

}  // namespace inkling
