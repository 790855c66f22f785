#pragma once

#include <filesystem>
#include <functional>

#include "cli/commands.h"
#include "data/folds.h"
#include "nn/network.h"
#include "train/recipe.h"

namespace inkling::cli {

/// What `inkling train RECIPE --find-lr` is to search and where it puts what it finds.
struct FindLr {
    const Recipe& recipe;
    const Dataset& data;
    const Holdout& holdout;
    std::filesystem::path out;
    int steps = 0;
    std::function<void(Network&)> on_initialized;  // may change the weights that it begins with
};

/// Throws Error (wrong usage) where there is a run in the folder, before anything is done.
void check_find_lr_folder(const std::filesystem::path& out);

/// Searches a learning rate, prints what it finds and writes find-lr.csv and find-lr.png into the folder. Trains
/// nothing that stays.
void find_lr(const FindLr& request, const RunOptions& run);

}  // namespace inkling::cli
