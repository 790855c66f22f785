#include "train/evaluate.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "core/error.h"
#include "data/batches.h"

namespace inkling {
namespace {

constexpr int kBatchSize = 256;

void check_fits(const Model& model, const Dataset& data) {
    const Shape expected = model.recipe.network.input;
    if (data.shape != expected)
        throw bad_data("split {} has images of {}x{}, the model learned {}x{}", data.split, data.shape.height,
                       data.shape.width, expected.height, expected.width);
    if (data.class_names == model.class_names) return;
    const std::string advice = data.split == model.split
                                   ? "name the folder with the data that it learned from with --data"
                                   : "evaluate with --split " + model.split;
    if (data.classes() != model.classes())
        throw bad_data("split {} has {} classes, the model learned the {} of split {}; {}", data.split, data.classes(),
                       model.classes(), model.split, advice);
    const auto differing = std::mismatch(data.class_names.begin(), data.class_names.end(), model.class_names.begin());
    throw bad_data("class {} is \"{}\" in split {}, but the model learned \"{}\"; {}",
                   differing.first - data.class_names.begin(), *differing.first, data.split, *differing.second, advice);
}

/// The logarithm of the probability of a class, from the logits of all.
double log_probability(std::span<const float> logits, std::size_t label) {
    const double most = *std::max_element(logits.begin(), logits.end());
    double sum = 0;
    for (const float logit : logits) sum += std::exp(logit - most);
    return logits[label] - most - std::log(sum);
}

/// log(exp(a) + exp(b))
double log_sum(double a, double b) {
    if (a == -std::numeric_limits<double>::infinity()) return b;
    return std::max(a, b) + std::log1p(std::exp(-std::abs(a - b)));
}

}  // namespace

std::vector<std::size_t> predictions(const Evaluation& evaluation, std::size_t classes) {
    std::vector<std::size_t> predicted;
    for (std::size_t begin = 0; begin < evaluation.probabilities.size(); begin += classes)
        predicted.push_back(likeliest(std::span(evaluation.probabilities).subspan(begin, classes)));
    return predicted;
}

Evaluation evaluate(std::span<const Model> models, const Dataset& data, const EvaluationOptions& options) {
    for (const Model& model : models) check_fits(model, data);
    std::vector<std::uint32_t> samples(data.size());
    std::iota(samples.begin(), samples.end(), 0u);
    std::vector<Batches> batches;
    std::vector<Network> networks;
    for (const Model& model : models) {
        batches.emplace_back(data, samples, kBatchSize, model.normalization);
        networks.push_back(
            make_network(model, kBatchSize, Network::Mode::kInfer, {.reproducible = options.reproducible}));
    }
    const auto classes = static_cast<std::size_t>(data.classes());
    std::vector<std::int32_t> labels(kBatchSize);
    std::vector<float> batch(kBatchSize * classes);
    const std::size_t readings = models.size() * static_cast<std::size_t>(options.views);
    const float share = 1 / static_cast<float>(readings);
    Evaluation evaluation;
    evaluation.probabilities.resize(data.size() * classes);
    std::vector<double> logarithms(data.size(), -std::numeric_limits<double>::infinity());  // of sums of probabilities
    std::size_t done = 0;
    for (std::size_t index = 0; done < data.size(); ++index) {
        std::size_t loaded = 0;
        for (std::size_t i = 0; i < models.size(); ++i)
            for (int view = 0; view < options.views; ++view) {
                batches[i].place(kViews.at(static_cast<std::size_t>(view)));
                loaded = static_cast<std::size_t>(batches[i].load(index, networks[i].input(), labels));
                networks[i].forward({});
                networks[i].probabilities(batch);
                float* const sums = &evaluation.probabilities[done * classes];
                for (std::size_t p = 0; p < loaded * classes; ++p) sums[p] += share * batch[p];
                for (std::size_t n = 0; n < loaded; ++n) {
                    double& sum = logarithms[done + n];
                    sum = log_sum(sum, log_probability(networks[i].logits().subspan(n * classes, classes),
                                                       data.labels[done + n]));
                }
            }
        done += loaded;
        if (options.on_progress) options.on_progress(done);
    }
    evaluation.metrics = compute_metrics(evaluation.probabilities, data.labels, data.classes());
    double loss = 0;
    for (const double logarithm : logarithms) {
        evaluation.losses.push_back(std::log(static_cast<double>(readings)) - logarithm);
        loss += evaluation.losses.back();
    }
    evaluation.metrics.loss = loss / static_cast<double>(std::max<std::size_t>(data.size(), 1));
    return evaluation;
}

Evaluation evaluate(const Model& model, const Dataset& data, const std::function<void(std::size_t)>& on_progress) {
    return evaluate(std::span(&model, 1), data, {.on_progress = on_progress});
}

LabelledLogits read_logits(const Model& model, const Dataset& data, bool reproducible) {
    check_fits(model, data);
    std::vector<std::uint32_t> samples(data.size());
    std::iota(samples.begin(), samples.end(), 0u);
    Batches batches(data, samples, kBatchSize, model.normalization);
    Network network = make_network(model, kBatchSize, Network::Mode::kInfer, {.reproducible = reproducible});
    std::vector<std::int32_t> labels(kBatchSize);
    LabelledLogits read{.logits = {}, .labels = data.labels};
    for (std::size_t index = 0; index < batches.count(); ++index) {
        const int loaded = batches.load(index, network.input(), labels);
        network.forward({});
        const auto logits =
            network.logits().first(static_cast<std::size_t>(loaded) * static_cast<std::size_t>(data.classes()));
        read.logits.insert(read.logits.end(), logits.begin(), logits.end());
    }
    return read;
}

}  // namespace inkling
