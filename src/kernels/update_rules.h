#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <variant>

namespace inkling {

/// What one step of an optimizer does to each parameter, with torch.optim's names and meanings. `step` counts from 1.
/// Each rule keeps so many values, slots, for a parameter, zero at first unless said otherwise. What each computes is
/// kernels/reference/updates.cpp, how it does so fast kernels/cpu/updates.cpp.

struct SgdRule {  // no slot; with momentum one: the momentum buffer
    float learning_rate = 0;
    float momentum = 0;
    float dampening = 0;
    bool nesterov = false;
    std::int64_t step = 1;
    int slots() const { return momentum == 0 ? 0 : 1; }
};

/// D. Kingma, J. Ba, "Adam", 2015; amsgrad: S. Reddi et al., "On the convergence of Adam and beyond", 2018.
struct AdamRule {  // slots: mean gradient, mean square and, for amsgrad, the greatest mean square so far
    float learning_rate = 0;
    float beta1 = 0;
    float beta2 = 0;
    float eps = 0;
    bool amsgrad = false;
    std::int64_t step = 1;
    int slots() const { return amsgrad ? 3 : 2; }
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
    int slots() const { return 2; }
};

/// G. Hinton's course, lecture 6; centered: A. Graves, "Generating sequences with recurrent neural networks", 2013.
struct RmspropRule {  // slots: mean square; if centered, mean gradient; with momentum, its buffer
    float learning_rate = 0;
    float alpha = 0;
    float eps = 0;
    float momentum = 0;
    bool centered = false;
    int slots() const { return 1 + (centered ? 1 : 0) + (momentum > 0 ? 1 : 0); }
};

/// J. Duchi et al., "Adaptive subgradient methods", 2011.
struct AdagradRule {  // slot: sum of squares, which the caller may start above zero
    float learning_rate = 0;
    float lr_decay = 0;
    float eps = 0;
    std::int64_t step = 1;
    int slots() const { return 1; }
};

/// B. Polyak, A. Juditsky, "Acceleration of stochastic approximation by averaging", 1992. The average is kept beside
/// the parameters and does not act on them.
struct AsgdRule {   // slot: the parameter's average
    float eta = 0;  // this step's learning rate
    float lambd = 0;
    float mu = 1;  // weight of this step in the average
    int slots() const { return 1; }
};

/// X. Chen et al., "Symbolic discovery of optimization algorithms", 2023.
struct LionRule {  // slot: mean gradient
    float learning_rate = 0;
    float beta1 = 0;
    float beta2 = 0;
    int slots() const { return 1; }
};

/// M. Zeiler, "ADADELTA: an adaptive learning rate method", 2012.
struct AdadeltaRule {  // slots: mean square gradient, mean square change
    float learning_rate = 0;
    float rho = 0;
    float eps = 0;
    int slots() const { return 2; }
};

/// L. Liu et al., "On the variance of the adaptive learning rate and beyond", 2020. While too few squares have been
/// seen for their mean to be trusted, it does without.
struct RadamRule {  // slots: mean gradient, mean square
    float learning_rate = 0;
    float beta1 = 0;
    float beta2 = 0;
    float eps = 0;
    std::int64_t step = 1;
    int slots() const { return 2; }

    /// The factor on the adaptive rate by which its variance stays what it will be in the end, 0 for the first steps.
    double rectification() const;
};

/// A matrix among the parameters, row by row.
struct MatrixPlace {
    std::size_t offset = 0;  // of its first value
    int rows = 0;
    int columns = 0;

    std::size_t size() const { return static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns); }
};

/// K. Jordan et al., "Muon: an optimizer for hidden layers in neural networks", 2024: each matrix moves by its momentum
/// made about orthonormal (reference/orthogonalize.h), times a factor by its shape; all else moves by Adam.
struct MuonRule {  // slots: of matrices the momentum and the last orthonormal move, of all else Adam's
    static constexpr std::array kCoefficients{3.4445f, -4.7750f, 2.0315f};
    static constexpr double kLeastNorm = 1e-7;
    float learning_rate = 0;
    float momentum = 0;
    bool nesterov = false;
    int ns_steps = 5;
    bool match_rms = false;
    AdamRule others = {};
    std::span<const MatrixPlace> matrices = {};  // in rising order, none within another, in the updated range
    int slots() const { return 2; }

    /// What a matrix moves by, times the learning rate: with match_rms as far as by Adam, J. Liu et al., "Muon is
    /// scalable for LLM training", 2025; else as far as its longer side asks.
    double factor(const MatrixPlace& matrix) const;
};

/// Y. You et al., "Large batch optimization for deep learning: training BERT in 76 minutes", 2020: each matrix moves
/// where Adam moves it, weight decay included, but by its own length (Euclidean norm) times the learning rate; all else
/// moves by Adam.
struct LambRule {  // slots: Adam's
    AdamRule adam = {};
    std::span<const MatrixPlace> matrices = {};  // as Muon's
    int slots() const { return adam.slots(); }

    /// What a matrix of length `weights` makes of Adam's move of length `move`: 1 where either is 0.
    double trust_ratio(double weights, double move) const;
};

/// Y. You et al., "Large batch training of convolutional networks", 2017: SGD whose gradients of matrices, penalties
/// included, are multiplied by how long the matrix is beside them.
struct LarsRule {  // slots: SGD's
    SgdRule sgd = {};
    float trust_coefficient = 0;
    std::span<const MatrixPlace> matrices = {};  // as Muon's
    int slots() const { return sgd.slots(); }

    /// That factor of a matrix of length `weights` whose gradient, without penalties, has length `gradient`: 1 where
    /// either is 0.
    double trust_ratio(double weights, double gradient, double l2) const;
};

using UpdateRule = std::variant<SgdRule, AdamRule, NadamRule, RmspropRule, AdagradRule, AsgdRule, LionRule,
                                AdadeltaRule, RadamRule, MuonRule, LambRule, LarsRule>;

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

/// Those of a block's parameters that an update is for: from `first` up to `last`; all, if nothing is said.
struct ParameterRange {
    std::size_t first = 0;
    std::size_t last = std::numeric_limits<std::size_t>::max();

    bool holds(std::size_t parameter) const { return parameter >= first && parameter < last; }
};

}  // namespace inkling
