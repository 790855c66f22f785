#pragma once

#include <functional>
#include <nlohmann/json_fwd.hpp>

#include "study/results.h"

namespace inkling {

/// What the techniques of a family's combinations matter, by find_importance(); null where it is not decided, or too
/// few combinations have scores to tell.
nlohmann::ordered_json importance_figures(
    const StudyRecipe& study, const FamilyResults& family,
    const std::function<void(std::size_t done, std::size_t forests)>& on_progress = {});

}  // namespace inkling
