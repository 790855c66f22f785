#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace inkling {

/// Softmax cross-entropy as torch.nn.CrossEntropyLoss takes it, with the mean over the samples' weights. Where samples
/// have a teacher, it counts 1 - teacher_weight, and teacher_weight * teacher_temperature^2 the Kullback-Leibler
/// divergence of softmax(logits / teacher_temperature), without offsets, from the teacher's probabilities. G. Hinton et
/// al., "Distilling the knowledge in a neural network", 2015.
struct LossRule {
    float label_smoothing = 0;
    std::span<const float> offsets = {};  // added to each class's logit before the softmax; empty: none
    std::span<const float> weights = {};  // of each class; empty: 1
    float teacher_weight = 0;
    float teacher_temperature = 1;
};

/// What samples are to be taken for: each for its label, or, where images are mixed, in part for another's; and as a
/// teacher takes it.
struct Targets {
    std::span<const std::int32_t> labels = {};
    std::span<const std::int32_t> other_labels = {};  // one a sample, or empty: none is mixed
    std::span<const float> shares = {};               // the labels', 0 to 1, the rest being the other labels'; likewise
    std::span<const float> teacher = {};              // (samples, classes) probabilities at the rule's temperature

    /// Those of `count` samples from `first` on.
    Targets part(std::size_t first, std::size_t count) const {
        Targets some{.labels = labels.subspan(first, count)};
        if (!other_labels.empty()) some.other_labels = other_labels.subspan(first, count);
        if (!shares.empty()) some.shares = shares.subspan(first, count);
        const std::size_t classes = labels.empty() ? 0 : teacher.size() / labels.size();
        some.teacher = teacher.subspan(first * classes, count * classes);
        return some;
    }
};

/// What a sample's target is made of.
struct SampleTarget {
    SampleTarget(const Targets& targets, std::size_t sample)
        : label(targets.labels[sample]),
          other(targets.other_labels.empty() ? label : targets.other_labels[sample]),
          share(targets.other_labels.empty() ? 1 : targets.shares[sample]) {}

    /// The one that the sample is more of.
    std::int32_t dominant() const { return share < 0.5f ? other : label; }

    std::int32_t label;
    std::int32_t other;
    float share;
};

/// What a sample weighs in the mean: as its labels do, each by its share.
inline double weight_of(const SampleTarget& target, const LossRule& rule) {
    if (rule.weights.empty()) return 1;
    const double own = rule.weights[static_cast<std::size_t>(target.label)];
    const double other = rule.weights[static_cast<std::size_t>(target.other)];
    return other + double{target.share} * (own - other);
}

}  // namespace inkling

namespace inkling::kernels {

/// Most classes that a network tells apart; labels are bytes.
inline constexpr int kMaxClasses = 256;

/// What the loss of one sample comes to.
struct SampleLoss {
    float loss = 0;
    bool correct = false;  // the first of the largest logits, offsets included, is the dominant label's
};

}  // namespace inkling::kernels
