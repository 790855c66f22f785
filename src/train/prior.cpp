#include "train/prior.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/error.h"
#include "nn/parameter_layout.h"

namespace inkling {
namespace {

void divide_by_sum(std::vector<double>& values) {
    const double sum = std::accumulate(values.begin(), values.end(), 0.0);
    if (sum == 0) return;
    for (double& value : values) value /= sum;
}

double ratio(double from, double to) { return from > 0 && to > 0 ? to / from : 1; }

}  // namespace

std::vector<double> class_shares(const Dataset& data, std::span<const std::uint32_t> samples) {
    std::vector<double> shares(static_cast<std::size_t>(data.classes()));
    if (samples.empty())
        for (const std::uint8_t label : data.labels) ++shares[label];
    for (const std::uint32_t sample : samples) ++shares[data.labels[sample]];
    divide_by_sum(shares);
    return shares;
}

std::vector<double> assumed_prior(const PriorSpec& spec, const std::vector<double>& shares) {
    if (spec.kind == PriorKind::kAsIs) return shares;
    std::vector<double> prior = spec.shares;
    if (spec.kind == PriorKind::kBalanced) prior.assign(shares.size(), 1);
    for (std::size_t c = 0; c < std::min(shares.size(), prior.size()); ++c)
        if (shares[c] == 0) prior[c] = 0;
    divide_by_sum(prior);
    return prior;
}

std::vector<float> prior_weights(std::span<const double> from, std::span<const double> to) {
    std::vector<float> weights(from.size());
    std::transform(from.begin(), from.end(), to.begin(), weights.begin(),
                   [](double one, double other) { return static_cast<float>(ratio(one, other)); });
    return weights;
}

std::vector<float> prior_offsets(std::span<const double> from, std::span<const double> to) {
    std::vector<float> offsets(from.size());
    std::transform(from.begin(), from.end(), to.begin(), offsets.begin(),
                   [](double one, double other) { return static_cast<float>(std::log(ratio(one, other))); });
    return offsets;
}

OwnedLossRule training_rule(const TrainingSpec& training, std::span<const double> shares,
                            std::span<const double> prior) {
    OwnedLossRule rule{.label_smoothing = training.label_smoothing,
                       .teacher_weight = training.distillation.weight,
                       .teacher_temperature = training.distillation.temperature};
    if (training.prior.kind == PriorKind::kAsIs) return rule;
    // While it learns, the network's logits are moved to the classes' shares there.
    if (training.prior.by == PriorBy::kLogitAdjustment) rule.offsets = prior_offsets(prior, shares);
    if (training.prior.by == PriorBy::kClassWeights) rule.weights = prior_weights(shares, prior);
    return rule;
}

PriorScore score_by_prior(const Model& model, const Evaluation& evaluation, const Dataset& data) {
    if (model.recipe.training.prior.kind == PriorKind::kAsIs)
        return {.accuracy = evaluation.metrics.accuracy, .loss = evaluation.metrics.loss};
    const std::vector<float> weights = prior_weights(class_shares(data), model.prior);
    const auto classes = static_cast<std::size_t>(model.classes());
    double all = 0;
    PriorScore score;
    for (std::size_t i = 0; i < data.size(); ++i) {
        const std::size_t label = data.labels[i];
        const auto row = std::span(evaluation.probabilities).subspan(i * classes, classes);
        all += weights[label];
        if (likeliest(row) == label) score.accuracy += weights[label];
        score.loss += weights[label] * evaluation.losses[i];
    }
    return {.accuracy = score.accuracy / all, .loss = score.loss / all};
}

Model with_prior(Model model, std::vector<double> prior) {
    if (model.prior.empty())
        throw wrong_usage("the model does not say how frequent it takes its classes to be; train it anew");
    const std::vector<float> offsets = prior_offsets(model.prior, prior);
    const ParameterLayout layout = parameter_layout(model.recipe.network, model.classes());
    const auto bias = std::find_if(layout.parameters.begin(), layout.parameters.end(), [](const TensorInfo& info) {
        return info.is_output && info.kind == TensorKind::kBias;
    });
    for (std::size_t i = 0; i < bias->size; ++i) model.parameters[bias->offset + i] += offsets[i];
    model.prior = std::move(prior);
    model.sets.clear();
    model.strangeness.reset();
    return model;
}

}  // namespace inkling
