#pragma once

#include <string_view>
#include <vector>

#include "data/dataset.h"
#include "study/study_recipe.h"

namespace inkling {

/// A family's baseline and challenger, and the baseline with what each option sets of `key`, such as
/// "training.precision": all values of it that the family's trainings may have.
std::vector<Recipe> recipes_setting(const StudyFamily& family, std::string_view key);

/// The teachers that the study's trainings may learn from, with their files' hashes, each once. Throws Error (bad data)
/// where one cannot be read.
std::vector<DataFile> study_teachers(const StudyRecipe& study);

}  // namespace inkling
