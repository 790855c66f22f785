#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "cli/commands.h"
#include "train/recipe.h"

namespace inkling::cli {

struct AuditOptions {
    std::vector<std::string> sources;  // runs, studies, recipes
    std::vector<std::string> overrides;
    std::optional<std::string> epochs;
    int networks = 3;  // of each recipe
    int folds = 5;
    double doubt = 0.05;
    double plant = 0;
    std::optional<std::int64_t> seed;
    std::string out;
    DataOptions data;
    RunOptions run;
};

/// What an audit's command line comes to.
struct AuditPlan {
    std::vector<Recipe> recipes;  // one for each network
    std::uint64_t seed = 0;
    std::filesystem::path data_folder;
    std::string split;
    std::optional<Orientation> stored;
    std::filesystem::path out;
};

/// A run stands for its recipe and its data, a study for the best recipe of each family and its data; the first of them
/// says which data to read where the command line does not. Throws Error: bad data where a run or a study is not
/// finished; wrong usage.
AuditPlan make_plan(const AuditOptions& options);

}  // namespace inkling::cli
