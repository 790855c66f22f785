#pragma once

#include <nlohmann/json_fwd.hpp>
#include <vector>

#include "train/evaluate.h"

namespace inkling {

/// The class that each sample is taken for; ties go to the lower class, as in the metrics.
std::vector<std::size_t> predictions(const Evaluation& evaluation, std::size_t classes);

/// The ten pairs of classes that are most often taken for each other, either way, with the first few images of each.
nlohmann::ordered_json confused_pairs(const Evaluation& evaluation, const Dataset& data);

/// The first six images with their true class and the three most probable classes.
nlohmann::ordered_json first_images(const Evaluation& evaluation, const Dataset& data);

}  // namespace inkling
