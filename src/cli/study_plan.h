#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "cli/commands.h"
#include "data/dataset.h"
#include "study/study_folder.h"
#include "study/study_recipe.h"

namespace inkling::cli {

struct StudyOptions {
    std::string recipe = "study";  // or a study's folder
    std::string budget = "quick";
    std::string time;
    std::string strategy;
    std::string prefer;
    std::string family;
    bool no_racing = false;
    std::optional<std::int64_t> seed;
    std::string out;
    int training_threads = 1;
    bool status = false;
    bool list = false;
    bool offline = false;
    bool watch = false;
    std::string worker;  // folder that the study is shared through
    std::string format;  // of --export
    DataOptions data;
    bool recipe_given = false;
    bool budget_given = false;
    bool split_given = false;
    bool threads_given = false;
    RunOptions run;
};

/// What a command line comes to: a study that begins, or goes on.
struct StudyPlan {
    StudyFolder folder;
    std::filesystem::path shared = {};  // that the study is shared through, if any
    StudyRecipe recipe;
    std::filesystem::path data_folder;
    std::string split;
    std::string why_synthetic = {};          // where nobody asked for synthetic images
    std::optional<Orientation> stored = {};  // how the data's files store images, where it is known
    int threads = 1;                         // of each training
    int workers = 1;                         // trainings at a time, in all processes of the group
    // Of a study with a time: the recipe that was asked for, its lists by budget, and what sizing came to.
    std::string asked = {};
    std::vector<StudyRecipe> budgets = {};
    double seconds = 0;
};

/// A study's folder stands for the recipe, and for the data and threads that it began with. What the command line says
/// otherwise is refused when the study goes on. So does a study that is shared through a folder, where it has begun;
/// its copy here is then made, or brought up to date.
StudyPlan make_plan(const StudyOptions& options);

/// How many trainings run at a time where processes work with so many threads each.
int training_count(const std::vector<int>& threads_of_each, int threads_of_training);

/// A recipe that the study's folder keeps.
StudyRecipe kept_recipe(const StudyFolder& folder, const std::string& recipe, const std::string& budget);

/// Measures the machine and sets the study's numbers to its time, of which what passed since `begun_at` is part.
void size_to_time(StudyPlan& plan, const Dataset& data, std::chrono::steady_clock::time_point begun_at, bool quiet);

/// Prints what a study with a time came to, `made`.
void print_decisions(const StudyPlan& plan, const StudyRecipe& made);

}  // namespace inkling::cli
