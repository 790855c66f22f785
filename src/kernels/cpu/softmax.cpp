#include "kernels/cpu/softmax.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>

#include "kernels/cpu/lane_functions.h"

namespace inkling::kernels {
namespace {

/// A row of logits turned into exponentials, in whole vectors; what is filled up holds zeros.
struct Exponentials {
    Exponentials(const float* logits, int classes) : vectors((classes + kLanes - 1) / kLanes) {
        // So low that its exponential, clamped, adds nothing that a float sum would show.
        for (int v = 0; v < vectors; ++v) store(values + v * kLanes, broadcast(std::numeric_limits<float>::lowest()));
        std::copy_n(logits, classes, values);
        Lanes most = broadcast(std::numeric_limits<float>::lowest());
        for (int v = 0; v < vectors; ++v) most = max(most, load(values + v * kLanes));
        largest_logit = largest(most);
        Lanes total{};
        for (int v = 0; v < vectors; ++v) {
            const Lanes e = exp(load(values + v * kLanes) - largest_logit);
            store(values + v * kLanes, e);
            total += e;
        }
        sum_of_exponentials = sum(total);
    }

    alignas(64) float values[kMaxClasses + kLanes];
    int vectors;
    float largest_logit;
    float sum_of_exponentials;
};

}  // namespace

void softmax(std::span<const float> logits, int classes, std::span<float> probabilities) {
    for (std::size_t first = 0; first < logits.size(); first += static_cast<std::size_t>(classes)) {
        const Exponentials exponentials(&logits[first], classes);
        const float scale = 1.0f / exponentials.sum_of_exponentials;
        for (int c = 0; c < classes; ++c) probabilities[first + c] = exponentials.values[c] * scale;
    }
}

void softmax_cross_entropy(std::span<const float> logits, std::span<const std::int32_t> labels, int classes,
                           const LossRule& rule, float total_weight, std::span<SampleLoss> losses,
                           std::span<float> gradient) {
    const float share = rule.label_smoothing / static_cast<float>(classes);
    const float rest = 1 - rule.label_smoothing;
    const float mean_factor = 1.0f / total_weight;
    std::array<float, kMaxClasses> weights;
    std::fill_n(weights.begin(), classes, 1.0f);
    std::copy(rule.weights.begin(), rule.weights.end(), weights.begin());
    const float shared = share * std::accumulate(weights.begin(), weights.begin() + classes, 0.0f);
    std::array<float, kMaxClasses> moved;
    for (std::size_t row = 0; row < labels.size(); ++row) {
        const float* row_logits = &logits[row * classes];
        if (!rule.offsets.empty()) {
            for (int c = 0; c < classes; ++c) moved[c] = row_logits[c] + rule.offsets[c];
            row_logits = moved.data();
        }
        const Exponentials exponentials(row_logits, classes);
        const float log_sum = exponentials.largest_logit + std::log(exponentials.sum_of_exponentials);
        const int label = labels[row];
        float loss = rest * weights[label] * (log_sum - row_logits[label]);
        if (share > 0)
            for (int c = 0; c < classes; ++c) loss += share * weights[c] * (log_sum - row_logits[c]);
        const auto winner = std::max_element(row_logits, row_logits + classes) - row_logits;
        losses[row] = {loss, winner == label};
        if (gradient.empty()) continue;
        float* row_gradient = &gradient[row * classes];
        const float target = rule.weights.empty() ? 1 : rest * weights[label] + shared;
        const float scale = target * mean_factor / exponentials.sum_of_exponentials;
        for (int c = 0; c < classes; ++c)
            row_gradient[c] = exponentials.values[c] * scale - share * weights[c] * mean_factor;
        row_gradient[label] -= rest * weights[label] * mean_factor;
    }
}

}  // namespace inkling::kernels
