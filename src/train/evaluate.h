#pragma once

#include <functional>
#include <vector>

#include "data/dataset.h"
#include "train/metrics.h"
#include "train/model.h"

namespace inkling {

/// What a model makes of a data set.
struct Evaluation {
    Metrics metrics;
    std::vector<float> probabilities;  // (samples, classes)
};

/// The class that each sample is taken for; ties go to the lower class, as in the metrics.
std::vector<std::size_t> predictions(const Evaluation& evaluation, std::size_t classes);

/// Judges a model by every sample of `data`, in order. `on_progress`, if given, hears the number of samples done; what
/// it throws ends the work. Throws Error (bad data) where classes or image size are not those that the model learned.
Evaluation evaluate(const Model& model, const Dataset& data, const std::function<void(std::size_t)>& on_progress = {});

}  // namespace inkling
