#include "kernels/reference/softmax_cross_entropy.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

namespace inkling::reference {
namespace {

using Values = std::vector<double>;

double weight(const LossRule& rule, int c) { return rule.weights.empty() ? 1.0 : double{rule.weights[c]}; }

/// What the label of sample `n` has of its target.
double share(const Targets& targets, std::size_t n) {
    return targets.other_labels.empty() ? 1.0 : double{targets.shares[n]};
}

double sample_weight(const LossRule& rule, const Targets& targets, std::size_t n) {
    const double own = share(targets, n);
    return own * weight(rule, targets.labels[n]) + (own < 1 ? (1 - own) * weight(rule, targets.other_labels[n]) : 0.0);
}

/// Each class's part of the cross-entropy.
Values weighted_target(int classes, const LossRule& rule, const Targets& targets, std::size_t n) {
    const double smoothing = rule.label_smoothing;
    Values target(static_cast<std::size_t>(classes), smoothing / classes);
    target[targets.labels[n]] += (1 - smoothing) * share(targets, n);
    if (!targets.other_labels.empty()) target[targets.other_labels[n]] += (1 - smoothing) * (1 - share(targets, n));
    for (int c = 0; c < classes; ++c) target[c] *= weight(rule, c);
    return target;
}

/// log(softmax(logits)), without overflow.
Values log_softmax(Values logits) {
    const double largest = *std::max_element(logits.begin(), logits.end());
    double sum = 0;
    for (const double logit : logits) sum += std::exp(logit - largest);
    for (double& logit : logits) logit -= largest + std::log(sum);
    return logits;
}

Values moved(const LossRule& rule, std::span<const double> logits) {
    Values values(logits.begin(), logits.end());
    for (std::size_t c = 0; c < rule.offsets.size(); ++c) values[c] += rule.offsets[c];
    return values;
}

Values cooled(const LossRule& rule, std::span<const double> logits) {
    Values values(logits.begin(), logits.end());
    for (double& value : values) value /= rule.teacher_temperature;
    return values;
}

double taught_part(const LossRule& rule, const Targets& targets) {
    return targets.teacher.empty() ? 0.0 : double{rule.teacher_weight};
}

}  // namespace

double softmax_cross_entropy_sum(int classes, const LossRule& rule, std::span<const double> logits,
                                 const Targets& targets) {
    const double taught = taught_part(rule, targets);
    double sum = 0;
    for (std::size_t n = 0; n < targets.labels.size(); ++n) {
        const auto sample = logits.subspan(n * classes, classes);
        const Values logs = log_softmax(moved(rule, sample));
        const Values target = weighted_target(classes, rule, targets, n);
        for (int c = 0; c < classes; ++c) sum -= (1 - taught) * target[c] * logs[c];
        if (taught == 0) continue;
        const double factor =
            taught * rule.teacher_temperature * rule.teacher_temperature * sample_weight(rule, targets, n);
        const Values cooled_logs = log_softmax(cooled(rule, sample));
        for (int c = 0; c < classes; ++c) {
            const double teacher = targets.teacher[n * classes + c];
            if (teacher > 0) sum += factor * teacher * (std::log(teacher) - cooled_logs[c]);
        }
    }
    return sum;
}

void softmax_cross_entropy_backward(int classes, const LossRule& rule, std::span<const double> logits,
                                    const Targets& targets, std::span<double> logits_gradient) {
    std::fill(logits_gradient.begin(), logits_gradient.end(), 0.0);
    const double taught = taught_part(rule, targets);
    double all = 0;
    for (std::size_t n = 0; n < targets.labels.size(); ++n) all += sample_weight(rule, targets, n);
    for (std::size_t n = 0; n < targets.labels.size(); ++n) {
        const auto sample = logits.subspan(n * classes, classes);
        const Values logs = log_softmax(moved(rule, sample));
        const Values target = weighted_target(classes, rule, targets, n);
        double whole = 0;
        for (const double part : target) whole += part;
        const auto gradient = logits_gradient.subspan(n * classes, classes);
        for (int c = 0; c < classes; ++c) gradient[c] = (1 - taught) * (whole * std::exp(logs[c]) - target[c]) / all;
        if (taught == 0) continue;
        const double factor = taught * rule.teacher_temperature * sample_weight(rule, targets, n) / all;
        const Values cooled_logs = log_softmax(cooled(rule, sample));
        double teachers = 0;
        for (int c = 0; c < classes; ++c) teachers += targets.teacher[n * classes + c];
        for (int c = 0; c < classes; ++c)
            gradient[c] += factor * (teachers * std::exp(cooled_logs[c]) - targets.teacher[n * classes + c]);
    }
}

}  // namespace inkling::reference
