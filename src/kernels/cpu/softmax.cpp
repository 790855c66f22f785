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

/// What a row's logits lack of a teacher's probabilities: temperature^2 times the divergence, times `weight`. Adds the
/// gradient, times `factor`, where one is wanted.
float learn_from_teacher(const float* logits, const float* teacher, int classes, float temperature, float weight,
                         float factor, float* gradient) {
    std::array<float, kMaxClasses> cooled;
    for (int c = 0; c < classes; ++c) cooled[c] = logits[c] / temperature;
    const Exponentials exponentials(cooled.data(), classes);
    const float log_sum = exponentials.largest_logit + std::log(exponentials.sum_of_exponentials);
    float divergence = 0;
    for (int c = 0; c < classes; ++c)
        if (teacher[c] > 0) divergence += teacher[c] * (std::log(teacher[c]) + log_sum - cooled[c]);
    const float slope = weight * temperature * factor;
    const float scale = 1 / exponentials.sum_of_exponentials;
    if (gradient != nullptr)
        for (int c = 0; c < classes; ++c) gradient[c] += slope * (exponentials.values[c] * scale - teacher[c]);
    return weight * temperature * temperature * divergence;
}

}  // namespace

void softmax(std::span<const float> logits, int classes, std::span<float> probabilities) {
    for (std::size_t first = 0; first < logits.size(); first += static_cast<std::size_t>(classes)) {
        const Exponentials exponentials(&logits[first], classes);
        const float scale = 1.0f / exponentials.sum_of_exponentials;
        for (int c = 0; c < classes; ++c) probabilities[first + c] = exponentials.values[c] * scale;
    }
}

void softmax_cross_entropy(std::span<const float> logits, const Targets& targets, int classes, const LossRule& rule,
                           float total_weight, std::span<SampleLoss> losses, std::span<float> gradient) {
    const bool taught = !targets.teacher.empty() && rule.teacher_weight > 0;
    const float by_labels = taught ? 1 - rule.teacher_weight : 1;
    const float smoothing = by_labels * rule.label_smoothing / static_cast<float>(classes);  // each class's
    const float rest = by_labels * (1 - rule.label_smoothing);
    const float mean_factor = 1.0f / total_weight;
    std::array<float, kMaxClasses> weights;
    std::fill_n(weights.begin(), classes, 1.0f);
    std::copy(rule.weights.begin(), rule.weights.end(), weights.begin());
    const float smoothed = smoothing * std::accumulate(weights.begin(), weights.begin() + classes, 0.0f);
    std::array<float, kMaxClasses> moved;
    for (std::size_t row = 0; row < targets.labels.size(); ++row) {
        const SampleTarget target(targets, row);
        const float* row_logits = &logits[row * classes];
        if (!rule.offsets.empty()) {
            for (int c = 0; c < classes; ++c) moved[c] = row_logits[c] + rule.offsets[c];
            row_logits = moved.data();
        }
        const Exponentials exponentials(row_logits, classes);
        const float log_sum = exponentials.largest_logit + std::log(exponentials.sum_of_exponentials);
        const float own = rest * weights[target.label] * target.share;
        const float others = rest * weights[target.other] * (1 - target.share);
        float loss = own * (log_sum - row_logits[target.label]);
        if (others > 0) loss += others * (log_sum - row_logits[target.other]);
        if (smoothing > 0)
            for (int c = 0; c < classes; ++c) loss += smoothing * weights[c] * (log_sum - row_logits[c]);
        const auto winner = std::max_element(row_logits, row_logits + classes) - row_logits;
        losses[row] = {loss, winner == target.dominant()};
        float* const row_gradient = gradient.empty() ? nullptr : &gradient[row * classes];
        if (row_gradient != nullptr) {
            const float whole = rule.weights.empty() ? by_labels : own + others + smoothed;
            const float scale = whole * mean_factor / exponentials.sum_of_exponentials;
            for (int c = 0; c < classes; ++c)
                row_gradient[c] = exponentials.values[c] * scale - smoothing * weights[c] * mean_factor;
            row_gradient[target.label] -= own * mean_factor;
            row_gradient[target.other] -= others * mean_factor;
        }
        if (!taught) continue;
        const float weight = rule.teacher_weight * static_cast<float>(weight_of(target, rule));
        losses[row].loss += learn_from_teacher(&logits[row * classes], &targets.teacher[row * classes], classes,
                                               rule.teacher_temperature, weight, mean_factor, row_gradient);
    }
}

}  // namespace inkling::kernels
