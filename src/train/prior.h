#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "data/dataset.h"
#include "train/evaluate.h"
#include "train/model.h"
#include "train/recipe.h"

namespace inkling {

// How frequent a network takes classes to be. The logits of one that was trained on classes of shares t speak of a
// world in which they come so; with log q/t added they speak of one of shares q. A. Menon et al., "Long-tail learning
// via logit adjustment", 2021.

/// Each class's share in the samples of `data`, all of them if none are named.
std::vector<double> class_shares(const Dataset& data, std::span<const std::uint32_t> samples = {});

/// The shares that a network is to assume which learns from classes of `shares`; 0 of one that it cannot learn.
std::vector<double> assumed_prior(const PriorSpec& spec, const std::vector<double>& shares);

/// log to/from: what turns logits that assume `from` into those that assume `to`. A class that does not come in one of
/// the two, of which nothing can be said, is left as it is.
std::vector<float> prior_offsets(std::span<const double> from, std::span<const double> to);

/// to/from: weights by which samples of classes that come as `from` stand for those that come as `to`; 1 where one is
/// 0.
std::vector<float> prior_weights(std::span<const double> from, std::span<const double> to);

/// A loss rule with the numbers that it looks at.
struct OwnedLossRule {
    float label_smoothing = 0;
    std::vector<float> offsets = {};
    std::vector<float> weights = {};
    float teacher_weight = 0;
    float teacher_temperature = 1;

    operator LossRule() const {
        return {.label_smoothing = label_smoothing,
                .offsets = offsets,
                .weights = weights,
                .teacher_weight = teacher_weight,
                .teacher_temperature = teacher_temperature};
    }
};

/// What the loss of a training is taken of, whose classes come as `shares` and whose network assumes `prior`.
OwnedLossRule training_rule(const TrainingSpec& training, std::span<const double> shares,
                            std::span<const double> prior);

/// What an epoch of a training would be judged by on these images.
struct PriorScore {
    double accuracy = 0;
    double loss = 0;
};

/// Accuracy and loss of a model on `data`, whose images weigh as if classes came as it assumes; plain ones where its
/// recipe says as_is.
PriorScore score_by_prior(const Model& model, const Evaluation& evaluation, const Dataset& data);

/// The model, its output layer's biases moved so that it assumes `prior`; conformal sets and strangeness, which were
/// fitted to another one, are left out. Throws Error (wrong usage) where its file does not say what it assumes.
Model with_prior(Model model, std::vector<double> prior);

}  // namespace inkling
