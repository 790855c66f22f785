#pragma once

#include <nlohmann/json_fwd.hpp>

#include "study/results.h"

namespace inkling {

/// A path's configurations on folds that chose nothing: each step with its gain, the gain of all choices, and what each
/// choice is worth; null where the study has no such folds, the path is not decided or all is one
/// configuration.
nlohmann::ordered_json fresh_figures(const FamilyPath& path);

/// What was trained at full length before one of it was final, with its accuracy on the held-out part; null where the
/// study does not confirm or the path is not decided.
nlohmann::ordered_json confirmation_figures(const FamilyResults& family);

}  // namespace inkling
