#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "train/evaluate.h"

namespace inkling {

/// Writes what an evaluation is looked at by: confusion.csv, confusion.png and predictions.png, the first six images
/// with truth, prediction and its probability. `part` names what was judged by, "test". Returns the files' paths.
/// Throws Error (failed).
std::vector<std::filesystem::path> save_evaluation(const std::filesystem::path& folder, const Model& model,
                                                   const Dataset& data, const Evaluation& evaluation,
                                                   const std::string& part);

}  // namespace inkling
