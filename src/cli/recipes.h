#pragma once

#include <filesystem>
#include <string>

namespace inkling::cli {

/// The file of a recipe that is named by its path or, as "cnn", by the name of one that comes with the program. Throws
/// Error (wrong usage) that lists the recipes there are.
std::filesystem::path find_recipe(const std::string& name);

}  // namespace inkling::cli
