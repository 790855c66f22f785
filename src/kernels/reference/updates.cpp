#include "kernels/reference/updates.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "kernels/reference/orthogonalize.h"

namespace inkling::reference {
namespace {

double sign(double x) { return x > 0 ? 1 : x < 0 ? -1 : 0; }

double average(double old, double next, double beta) { return beta * old + (1 - beta) * next; }

/// One parameter's state: slot(k) is its k-th value.
struct Slots {
    std::span<double> state;
    std::size_t parameters;
    std::size_t index;
    double& operator()(std::size_t k) const { return state[k * parameters + index]; }
};

double updated(const SgdRule& rule, double w, double g, const Slots& slot) {
    if (rule.momentum == 0) return w - rule.learning_rate * g;
    slot(0) = rule.step == 1 ? g : rule.momentum * slot(0) + (1.0 - rule.dampening) * g;
    return w - rule.learning_rate * (rule.nesterov ? g + rule.momentum * slot(0) : slot(0));
}

double updated(const AdamRule& rule, double w, double g, const Slots& slot) {
    slot(0) = average(slot(0), g, rule.beta1);
    slot(1) = average(slot(1), g * g, rule.beta2);
    double square = slot(1);
    if (rule.amsgrad) square = slot(2) = std::max(slot(2), slot(1));
    const double unbiased_mean = slot(0) / (1 - std::pow(rule.beta1, rule.step));
    const double unbiased_square = square / (1 - std::pow(rule.beta2, rule.step));
    return w - rule.learning_rate * unbiased_mean / (std::sqrt(unbiased_square) + rule.eps);
}

double updated(const NadamRule& rule, double w, double g, const Slots& slot) {
    slot(0) = average(slot(0), g, rule.beta1);
    slot(1) = average(slot(1), g * g, rule.beta2);
    const double ahead = rule.next_mu * slot(0) / (1 - rule.mu_product * rule.next_mu);
    const double now = (1 - rule.mu) * g / (1 - rule.mu_product);
    const double unbiased_square = slot(1) / (1 - std::pow(rule.beta2, rule.step));
    return w - rule.learning_rate * (ahead + now) / (std::sqrt(unbiased_square) + rule.eps);
}

double updated(const RmspropRule& rule, double w, double g, const Slots& slot) {
    std::size_t next = 0;
    double& square = slot(next++);
    square = average(square, g * g, rule.alpha);
    double variance = square;
    if (rule.centered) {
        double& mean = slot(next++);
        mean = average(mean, g, rule.alpha);
        variance = std::max(square - mean * mean, 0.0);
    }
    double change = g / (std::sqrt(variance) + rule.eps);
    if (rule.momentum > 0) {
        double& buffer = slot(next++);
        change = buffer = rule.momentum * buffer + change;
    }
    return w - rule.learning_rate * change;
}

double updated(const AdagradRule& rule, double w, double g, const Slots& slot) {
    slot(0) += g * g;
    const double rate = rule.learning_rate / (1 + static_cast<double>(rule.step - 1) * rule.lr_decay);
    return w - rate * g / (std::sqrt(slot(0)) + rule.eps);
}

double updated(const AsgdRule& rule, double w, double g, const Slots& slot) {
    const double after = w - rule.eta * (g + rule.lambd * w);
    slot(0) += rule.mu * (after - slot(0));
    return after;
}

double updated(const LionRule& rule, double w, double g, const Slots& slot) {
    const double direction = sign(average(slot(0), g, rule.beta1));
    slot(0) = average(slot(0), g, rule.beta2);
    return w - rule.learning_rate * direction;
}

double updated(const AdadeltaRule& rule, double w, double g, const Slots& slot) {
    slot(0) = average(slot(0), g * g, rule.rho);
    const double change = std::sqrt(slot(1) + rule.eps) / std::sqrt(slot(0) + rule.eps) * g;
    slot(1) = average(slot(1), change * change, rule.rho);
    return w - rule.learning_rate * change;
}

double updated(const RadamRule& rule, double w, double g, const Slots& slot) {
    slot(0) = average(slot(0), g, rule.beta1);
    slot(1) = average(slot(1), g * g, rule.beta2);
    const double unbiased_mean = slot(0) / (1 - std::pow(rule.beta1, rule.step));
    if (rule.rectification() == 0) return w - rule.learning_rate * unbiased_mean;
    const double adaptive_rate = std::sqrt(1 - std::pow(rule.beta2, rule.step)) / (std::sqrt(slot(1)) + rule.eps);
    return w - rule.learning_rate * unbiased_mean * adaptive_rate * rule.rectification();
}

double updated(const MuonRule& rule, double w, double g, const Slots& slot) {
    const auto holds = [&](const MatrixPlace& matrix) {
        return slot.index >= matrix.offset && slot.index < matrix.offset + matrix.size();
    };
    if (std::none_of(rule.matrices.begin(), rule.matrices.end(), holds)) return updated(rule.others, w, g, slot);
    slot(0) = average(slot(0), g, rule.momentum);
    slot(1) = rule.nesterov ? average(g, slot(0), 1 - double{rule.momentum}) : slot(0);
    return w;
}

double updated(const LambRule& rule, double w, double g, const Slots& slot) { return updated(rule.adam, w, g, slot); }

double updated(const LarsRule& rule, double w, double g, const Slots& slot) { return updated(rule.sgd, w, g, slot); }

double length(std::span<const double> values) {
    return std::sqrt(std::inner_product(values.begin(), values.end(), values.begin(), 0.0));
}

/// What each parameter's gradient, penalties included, is multiplied by before.
std::vector<double> gradient_factors(const LarsRule& rule, const Penalties& penalties,
                                     std::span<const double> parameters, std::span<const double> gradients) {
    std::vector<double> factors(parameters.size(), 1.0);
    for (const MatrixPlace& matrix : rule.matrices) {
        const double weights = length(parameters.subspan(matrix.offset, matrix.size()));
        const double gradient = penalties.gradient_scale * length(gradients.subspan(matrix.offset, matrix.size()));
        const double l2 = matrix.offset < penalties.regularized ? penalties.l2 : 0;
        std::fill_n(factors.begin() + static_cast<std::ptrdiff_t>(matrix.offset), matrix.size(),
                    rule.trust_ratio(weights, gradient, l2));
    }
    return factors;
}

/// What is left to do when all parameters were visited, which were `before`.
void finish(const MuonRule& rule, std::span<const double>, std::span<double> parameters, std::span<double> state) {
    for (const MatrixPlace& matrix : rule.matrices) {
        const std::span<double> move = state.subspan(parameters.size() + matrix.offset, matrix.size());
        orthogonalize(move, matrix.rows, matrix.columns, rule.ns_steps);
        for (std::size_t i = 0; i < move.size(); ++i)
            parameters[matrix.offset + i] -= rule.learning_rate * rule.factor(matrix) * move[i];
    }
}

void finish(const LambRule& rule, std::span<const double> before, std::span<double> parameters, std::span<double>) {
    for (const MatrixPlace& matrix : rule.matrices) {
        const std::span<const double> weights = before.subspan(matrix.offset, matrix.size());
        const std::span<double> moved = parameters.subspan(matrix.offset, matrix.size());
        std::vector<double> move(matrix.size());
        for (std::size_t i = 0; i < move.size(); ++i) move[i] = moved[i] - weights[i];
        const double ratio = rule.trust_ratio(length(weights), length(move));
        for (std::size_t i = 0; i < move.size(); ++i) moved[i] = weights[i] + ratio * move[i];
    }
}

}  // namespace

void update(const UpdateRule& rule, const Penalties& penalties, std::span<double> parameters,
            std::span<const double> gradients, std::span<double> state) {
    const std::vector<double> before(parameters.begin(), parameters.end());
    std::vector<double> factors(parameters.size(), 1.0);
    if (const auto* const lars = std::get_if<LarsRule>(&rule))
        factors = gradient_factors(*lars, penalties, parameters, gradients);
    for (std::size_t i = 0; i < parameters.size(); ++i) {
        double w = parameters[i];
        double g = penalties.gradient_scale * gradients[i];
        if (i < penalties.regularized) {
            g += penalties.l1 * sign(w) + penalties.l2 * w;
            w *= penalties.decay_factor;
        }
        g *= factors[i];
        const Slots slot{state, parameters.size(), i};
        parameters[i] = std::visit([&](const auto& kind) { return updated(kind, w, g, slot); }, rule);
    }
    if (const auto* const muon = std::get_if<MuonRule>(&rule)) finish(*muon, before, parameters, state);
    if (const auto* const lamb = std::get_if<LambRule>(&rule)) finish(*lamb, before, parameters, state);
}

void average(double weight, std::span<const double> parameters, std::span<double> average) {
    for (std::size_t i = 0; i < parameters.size(); ++i) average[i] += weight * (parameters[i] - average[i]);
}

}  // namespace inkling::reference
