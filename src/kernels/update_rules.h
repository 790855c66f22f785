#pragma once

#include <cstddef>
#include <cstdint>
#include <variant>

namespace inkling {

/// What one step of an optimizer does to each parameter, with torch.optim's names and meanings. `step` counts from 1.
/// Each rule keeps so many values, slots, for a parameter, zero at first unless said otherwise.

struct SgdRule {  // no slot; with momentum one: the momentum buffer
    float learning_rate = 0;
    float momentum = 0;
    float dampening = 0;
    bool nesterov = false;
    std::int64_t step = 1;
};

/// D. Kingma, J. Ba, "Adam", 2015; amsgrad: S. Reddi et al., "On the convergence of Adam and beyond", 2018.
struct AdamRule {  // slots: mean gradient, mean square and, for amsgrad, the greatest mean square so far
    float learning_rate = 0;
    float beta1 = 0;
    float beta2 = 0;
    float eps = 0;
    bool amsgrad = false;
    std::int64_t step = 1;
};

/// T. Dozat, "Incorporating Nesterov momentum into Adam", 2016. mu is this step's momentum, next_mu the next one's, and
/// mu_product that of all steps, this one included.
struct NadamRule {  // slots: mean gradient, mean square
    float learning_rate = 0;
    float beta1 = 0;
    float beta2 = 0;
    float eps = 0;
    double mu = 0;
    double next_mu = 0;
    double mu_product = 0;
    std::int64_t step = 1;
};

/// G. Hinton's course, lecture 6; centered: A. Graves, "Generating sequences with recurrent neural networks", 2013.
struct RmspropRule {  // slots: mean square; if centered, mean gradient; with momentum, its buffer
    float learning_rate = 0;
    float alpha = 0;
    float eps = 0;
    float momentum = 0;
    bool centered = false;
};

/// J. Duchi et al., "Adaptive subgradient methods", 2011.
struct AdagradRule {  // slot: sum of squares, which the caller may start above zero
    float learning_rate = 0;
    float lr_decay = 0;
    float eps = 0;
    std::int64_t step = 1;
};

/// B. Polyak, A. Juditsky, "Acceleration of stochastic approximation by averaging", 1992. The average is kept beside
/// the parameters and does not act on them.
struct AsgdRule {   // slot: the parameter's average
    float eta = 0;  // this step's learning rate
    float lambd = 0;
    float mu = 1;  // weight of this step in the average
};

/// X. Chen et al., "Symbolic discovery of optimization algorithms", 2023.
struct LionRule {  // slot: mean gradient
    float learning_rate = 0;
    float beta1 = 0;
    float beta2 = 0;
};

using UpdateRule = std::variant<SgdRule, AdamRule, NadamRule, RmspropRule, AdagradRule, AsgdRule, LionRule>;

/// The slots that a rule keeps for a parameter.
int slots(const UpdateRule& rule);

/// What comes before the rule: gradient = gradient_scale * gradient + l1 * sign(w) + l2 * w, sign(0) being 0; then
/// w = decay_factor * w, which is decoupled weight decay. All but the scale act on the first `regularized` parameters.
struct Penalties {
    float gradient_scale = 1;
    float l1 = 0;
    float l2 = 0;
    float decay_factor = 1;
    std::size_t regularized = 0;
};

}  // namespace inkling
