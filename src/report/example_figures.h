#pragma once

#include <nlohmann/json_fwd.hpp>

#include "train/evaluate.h"

namespace inkling {

/// The ten pairs of classes that are most often taken for each other, either way, with the first few images of each.
nlohmann::ordered_json confused_pairs(const Evaluation& evaluation, const Dataset& data);

/// The first six images with their true class and the three most probable classes.
nlohmann::ordered_json first_images(const Evaluation& evaluation, const Dataset& data);

}  // namespace inkling
