#pragma once

#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>

#include "train/conformal.h"
#include "train/metrics.h"

namespace inkling {

/// Metrics for machines: accuracy, loss, macro_precision, ..., per_class (a list, in the classes' order), confusion (a
/// list of rows, one a true class) and most_confused.
nlohmann::ordered_json to_json(const Metrics& metrics, std::span<const std::string> class_names);

/// A list of coverage, least_probability, held, single and mean_size.
nlohmann::ordered_json to_json(std::span<const SetResult> results);

}  // namespace inkling
