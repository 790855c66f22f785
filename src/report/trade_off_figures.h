#pragma once

#include <nlohmann/json_fwd.hpp>

#include "study/results.h"

namespace inkling {

/// Every configuration that was scored on all folds, with its accuracy and what it takes, and for each cost the places
/// of those that are non-dominated, from the cheapest on. null where there is none.
nlohmann::ordered_json trade_off_figures(const StudyResults& results);

}  // namespace inkling
