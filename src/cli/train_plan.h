#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "cli/commands.h"
#include "data/folds.h"
#include "nn/network.h"
#include "train/rate_search.h"
#include "train/recipe.h"
#include "train/run_folder.h"

namespace inkling::cli {

struct TrainOptions {
    std::string recipe;
    std::vector<std::string> overrides;
    std::optional<std::string> epochs;
    std::optional<std::string> batch_size;
    std::optional<std::string> learning_rate;
    std::optional<std::int64_t> seed;
    std::string out;
    std::string resume;
    std::string init_from;
    int per_class = 0;
    std::string exclude;
    bool no_test = false;
    bool holdout = false;
    bool find_lr = false;
    int find_lr_steps = RateRange().steps;
    double checkpoint_seconds = 30;
    bool reproducible = false;
    DataOptions data;
    bool split_given = false;
    RunOptions run;
};

/// What a command line comes to: a run that begins or goes on.
struct TrainPlan {
    RunFolder run;
    Recipe recipe;
    std::filesystem::path data_folder;
    std::string split;
    std::optional<RunRecord> record;    // of the run that goes on
    std::optional<Orientation> stored;  // how the data's files store images, where it is known
    std::size_t per_class = 0;          // images of each class to learn from, at most; 0: all
    std::filesystem::path exclude;      // list of images not to learn from; empty: the record's, or none
    std::filesystem::path init_from;    // file of weights to begin with; empty: none
    JudgedBy judged_by = JudgedBy::kTest;
    bool reproducible = false;
    int processes = 1;  // that train together
};

/// The samples of one training.
struct TrainSamples {
    Dataset train;
    std::optional<Dataset> test;
    std::vector<std::uint32_t> excluded;
    Holdout holdout;
};

/// Reads the recipe, and the record of a run that goes on, whose number of threads then holds if its bytes depend on
/// it. Throws Error.
TrainPlan make_train_plan(const TrainOptions& options, int processes);

/// Reads the data and deals them out. Throws Error.
TrainSamples load_samples(const TrainPlan& plan);

/// Throws Error (wrong usage) where a run is finished.
void check_unfinished(const RunFolder& run);

RunRecord make_record(const TrainPlan& plan, const TrainSamples& samples);

void print_plan(const TrainPlan& plan, const TrainSamples& samples);

/// Puts the weights that a run is to begin with into its network; they must be those of the record. Throws Error (bad
/// data).
void load_initial_weights(const TrainPlan& plan, Network& network);

}  // namespace inkling::cli
