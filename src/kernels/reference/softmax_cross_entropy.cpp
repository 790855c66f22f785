#include "kernels/reference/softmax_cross_entropy.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

namespace inkling::reference {
namespace {

double weight(const LossRule& rule, int c) { return rule.weights.empty() ? 1.0 : double{rule.weights[c]}; }

double target(int classes, const LossRule& rule, std::int32_t label, int c) {
    const double smoothing = rule.label_smoothing;
    return weight(rule, c) * (smoothing / classes + (c == label ? 1 - smoothing : 0.0));
}

std::vector<double> moved(const LossRule& rule, std::span<const double> logits) {
    std::vector<double> values(logits.begin(), logits.end());
    for (std::size_t c = 0; c < rule.offsets.size(); ++c) values[c] += rule.offsets[c];
    return values;
}

/// log(sum(exp(logits))) of one sample, without overflow.
double log_sum_exp(std::span<const double> logits) {
    const double largest = *std::max_element(logits.begin(), logits.end());
    double sum = 0;
    for (const double logit : logits) sum += std::exp(logit - largest);
    return largest + std::log(sum);
}

}  // namespace

double softmax_cross_entropy_sum(int classes, const LossRule& rule, std::span<const double> logits,
                                 std::span<const std::int32_t> labels) {
    double sum = 0;
    for (std::size_t n = 0; n < labels.size(); ++n) {
        const std::vector<double> sample = moved(rule, logits.subspan(n * classes, classes));
        const double normalizer = log_sum_exp(sample);
        for (int c = 0; c < classes; ++c) sum += target(classes, rule, labels[n], c) * (normalizer - sample[c]);
    }
    return sum;
}

void softmax_cross_entropy_backward(int classes, const LossRule& rule, std::span<const double> logits,
                                    std::span<const std::int32_t> labels, std::span<double> logits_gradient) {
    std::fill(logits_gradient.begin(), logits_gradient.end(), 0.0);
    double all = 0;
    for (const std::int32_t label : labels) all += weight(rule, label);
    for (std::size_t n = 0; n < labels.size(); ++n) {
        const std::vector<double> sample = moved(rule, logits.subspan(n * classes, classes));
        const double normalizer = log_sum_exp(sample);
        double targets = 0;
        for (int c = 0; c < classes; ++c) targets += target(classes, rule, labels[n], c);
        for (int c = 0; c < classes; ++c) {
            const double difference = targets * std::exp(sample[c] - normalizer) - target(classes, rule, labels[n], c);
            logits_gradient[n * classes + c] = difference / all;
        }
    }
}

}  // namespace inkling::reference
