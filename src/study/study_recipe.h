#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "train/recipe.h"

namespace inkling {

/// One way to do something, over what was chosen before it: "cosine" of the technique "learning-rate schedule".
struct StudyOption {
    std::string name;
    std::vector<std::string> set;  // "section.key=value", as --set takes it

    // The learning rates that it is tried at, the best of which stands for it: of its own, or as multiples of the one
    // chosen before. Both empty: at that one alone.
    std::vector<double> learning_rates = {};
    std::vector<double> learning_rate_factors = {};

    bool operator==(const StudyOption&) const = default;
};

/// A choice to make, and what there is to choose from.
struct Technique {
    std::string name;
    std::vector<StudyOption> options;

    bool operator==(const Technique&) const = default;
};

/// A family of networks, explored on its own: where it begins and what is tried, in this order.
struct StudyFamily {
    std::string name;      // "mlp"
    std::string baseline;  // a training recipe in TOML, as it stands in its file
    int epochs = 0;        // of each training in cross-validation
    int final_epochs = 0;  // of each training on the whole training part
    std::vector<Technique> techniques = {};
    std::optional<std::size_t> rounds = {};  // so many of the techniques are tried; all where empty

    bool operator==(const StudyFamily&) const = default;
};

enum class StrategyKind { kSequential, kRandom, kGrid };
const char* strategy_name(StrategyKind kind);  // "sequential", "random", "grid"
std::vector<std::string> strategy_names();     // in the order of StrategyKind

/// What a round takes of the options that may be the best.
enum class ChooseRule { kCheapest, kHighestMean };
const char* choose_rule_name(ChooseRule rule);  // "cheapest", "highest mean"
std::vector<std::string> choose_rule_names();   // in the order of ChooseRule

/// A study as a value, one budget chosen: what is tried, on how much, by which strategy.
struct StudyRecipe {
    std::string name;    // "study"; the file's stem
    std::string budget;  // "quick", "standard" or "full"
    StrategyKind strategy = StrategyKind::kSequential;
    ChooseRule choose = ChooseRule::kCheapest;
    double margin = 0.2;       // points of accuracy that do not matter
    int samples = 0;           // how many combinations random tries, and the most that grid may have
    std::uint64_t seed = 0;    // of subset, folds, trainings and random
    double data_fraction = 1;  // part of the training images that cross-validation uses
    int folds = 5;
    int final_seeds = 3;  // trainings of baseline and final configuration on the whole training part
    bool curves = true;   // trains both once more, with a part held out, to watch them learn
    bool racing = true;   // drops options that fall behind, before they have all folds
    double time = 0;      // seconds that the study is to take, by which size_study() sets the numbers; 0: they hold
    std::vector<StudyFamily> families;

    bool operator==(const StudyRecipe&) const = default;
};

/// Whether a family may be named so; its name becomes a folder's: 1 to 32 of a-z, 0-9, _ and -.
bool is_family_name(const std::string& name);

inline constexpr int kMostFinalSeeds = 100;

/// The budgets' names, from the smallest.
std::vector<std::string> budget_names();

/// Seconds of a study's time; nothing where it is not as kStudyTimes says.
std::optional<double> study_seconds(const std::string& text);
inline constexpr const char* kStudyTimes = "a time of 1m or more, such as 90s, 10m or 1h30m";

/// Reads a study's recipe from TOML for one budget. Options that ask for a larger budget are left out. Every option is
/// tried on the baseline, so that a mistake in it is found here. Throws Error (wrong usage) with file, line, key, what
/// was found and what is expected.
StudyRecipe read_study_recipe(const std::filesystem::path& path, const std::string& budget);

/// The same for each budget that the recipe has, from the smallest.
std::vector<StudyRecipe> read_study_recipes(const std::filesystem::path& path);

/// `folder` is where the baselines' files lie.
StudyRecipe parse_study_recipe(const std::string& toml, const std::string& source, const std::filesystem::path& folder,
                               const std::string& budget);

/// The study's recipe as TOML, whole: one budget, baselines as text. parse_study_recipe() of it gives the same value.
std::string to_toml(const StudyRecipe& study);

}  // namespace inkling
