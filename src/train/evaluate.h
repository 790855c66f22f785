#pragma once

#include <functional>
#include <span>
#include <vector>

#include "data/dataset.h"
#include "train/metrics.h"
#include "train/model.h"

namespace inkling {

/// What a model makes of a data set.
struct Evaluation {
    Metrics metrics;
    std::vector<float> probabilities;  // (samples, classes)
    std::vector<double> losses;        // (samples): minus the logarithm of the label's, which may be less than a float
};

/// The class that each sample is taken for; ties go to the lower class, as in the metrics.
std::vector<std::size_t> predictions(const Evaluation& evaluation, std::size_t classes);

struct EvaluationOptions {
    int views = 1;              // of each image, the first of kViews; their probabilities are averaged
    bool reproducible = false;  // whether every number of threads gives the same bytes
    std::function<void(std::size_t)> on_progress =
        {};  // hears the number of samples done; what it throws ends the work
};

/// Judges models together, by the mean of their probabilities for every sample of `data`, in order. Throws Error (bad
/// data) where classes or image size are not those that a model learned.
Evaluation evaluate(std::span<const Model> models, const Dataset& data, const EvaluationOptions& options = {});

/// The same of one.
Evaluation evaluate(const Model& model, const Dataset& data, const std::function<void(std::size_t)>& on_progress = {});

/// What a model makes of the samples of `data`, in order, before it makes probabilities of it; with the same bytes for
/// every number of threads where `reproducible`.
LabelledLogits read_logits(const Model& model, const Dataset& data, bool reproducible = false);

}  // namespace inkling
