#pragma once

#include <filesystem>
#include <string>

namespace inkling::cli {

/// What a recipe is for.
enum class RecipeKind { kTraining, kStudy };

/// The file of a recipe that is named by its path or, as "cnn", by the name of one that comes with the program. Throws
/// Error (wrong usage) that lists the recipes of that kind.
std::filesystem::path find_recipe(const std::string& name, RecipeKind kind = RecipeKind::kTraining);

}  // namespace inkling::cli
