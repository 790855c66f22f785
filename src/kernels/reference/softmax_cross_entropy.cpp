#include "kernels/reference/softmax_cross_entropy.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace inkling::reference {
namespace {

double target(int classes, double label_smoothing, std::int32_t label, int c) {
    return label_smoothing / classes + (c == label ? 1 - label_smoothing : 0.0);
}

/// log(sum(exp(logits))) of one sample, without overflow.
double log_sum_exp(std::span<const double> logits) {
    const double largest = *std::max_element(logits.begin(), logits.end());
    double sum = 0;
    for (const double logit : logits) sum += std::exp(logit - largest);
    return largest + std::log(sum);
}

}  // namespace

double softmax_cross_entropy_sum(int classes, double label_smoothing, std::span<const double> logits,
                                 std::span<const std::int32_t> labels) {
    double sum = 0;
    for (std::size_t n = 0; n < labels.size(); ++n) {
        const auto sample = logits.subspan(n * classes, classes);
        const double normalizer = log_sum_exp(sample);
        for (int c = 0; c < classes; ++c)
            sum += target(classes, label_smoothing, labels[n], c) * (normalizer - sample[c]);
    }
    return sum;
}

void softmax_cross_entropy_backward(int classes, double label_smoothing, std::span<const double> logits,
                                    std::span<const std::int32_t> labels, std::span<double> logits_gradient) {
    std::fill(logits_gradient.begin(), logits_gradient.end(), 0.0);
    for (std::size_t n = 0; n < labels.size(); ++n) {
        const auto sample = logits.subspan(n * classes, classes);
        const double normalizer = log_sum_exp(sample);
        for (int c = 0; c < classes; ++c) {
            const double difference = std::exp(sample[c] - normalizer) - target(classes, label_smoothing, labels[n], c);
            logits_gradient[n * classes + c] = difference / static_cast<double>(labels.size());
        }
    }
}

}  // namespace inkling::reference
