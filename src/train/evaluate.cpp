#include "train/evaluate.h"

#include <algorithm>
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

}  // namespace

std::vector<std::size_t> predictions(const Evaluation& evaluation, std::size_t classes) {
    std::vector<std::size_t> predicted;
    for (std::size_t begin = 0; begin < evaluation.probabilities.size(); begin += classes)
        predicted.push_back(likeliest(std::span(evaluation.probabilities).subspan(begin, classes)));
    return predicted;
}

Evaluation evaluate(const Model& model, const Dataset& data, const std::function<void(std::size_t)>& on_progress) {
    check_fits(model, data);
    std::vector<std::uint32_t> samples(data.size());
    std::iota(samples.begin(), samples.end(), 0u);
    Batches batches(data, std::move(samples), kBatchSize, model.normalization);
    Network network = make_network(model, kBatchSize);

    const auto classes = static_cast<std::size_t>(model.classes());
    std::vector<std::int32_t> labels(kBatchSize);
    std::vector<float> batch(kBatchSize * classes);
    Evaluation evaluation;
    evaluation.probabilities.reserve(data.size() * classes);
    for (std::size_t index = 0; index < batches.count(); ++index) {
        const auto loaded = static_cast<std::size_t>(batches.load(index, network.input(), labels));
        network.forward({});
        network.probabilities(batch);
        evaluation.probabilities.insert(evaluation.probabilities.end(), batch.begin(),
                                        batch.begin() + static_cast<std::ptrdiff_t>(loaded * classes));
        if (on_progress) on_progress(evaluation.probabilities.size() / classes);
    }
    evaluation.metrics = compute_metrics(evaluation.probabilities, data.labels, model.classes());
    return evaluation;
}

}  // namespace inkling
