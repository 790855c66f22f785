#pragma once

#include <nlohmann/json_fwd.hpp>

#include "study/path.h"

namespace inkling {

/// A family's way from its baseline: for each technique every option at its best learning rate, with its scores, their
/// mean, standard deviation and 95% interval, and its difference from the one chosen on the folds that
/// both have, and the verdict; and what the choice gained over the best found before. `fold_ratio` is a
/// correlation_ratio(). A value that
/// cannot be had is null.
nlohmann::ordered_json path_figures(const FamilyPath& path, double fold_ratio);

}  // namespace inkling
