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

/// Values of a key of a training recipe, in place of options.
struct ValueRange {
    std::string key;  // "optimizer.learning_rate"
    double low = 0;
    double high = 0;
    bool logarithmic = false;  // equal ratios count the same; else equal differences
    bool whole = false;        // whole numbers only

    bool operator==(const ValueRange&) const = default;
};

/// A choice to make, and what there is to choose from.
struct Technique {
    std::string name;
    std::vector<StudyOption> options;
    std::optional<ValueRange> range = {};  // in place of options

    bool operator==(const Technique&) const = default;
};

/// A family of networks, explored on its own: where it begins and what is tried, in this order.
struct StudyFamily {
    std::string name;             // "mlp"
    std::string baseline;         // a training recipe in TOML, as it stands in its file
    std::string challenger = {};  // likewise what the final configuration is confirmed beside; empty: nothing
    int epochs = 0;               // of each training in cross-validation
    int final_epochs = 0;         // of each training on the whole training part
    std::vector<Technique> techniques = {};
    std::optional<std::size_t> rounds = {};  // so many of the techniques are tried; all where empty

    bool operator==(const StudyFamily&) const = default;
};

enum class StrategyKind { kSequential, kRandom, kGrid, kTpe };
const char* strategy_name(StrategyKind kind);  // "sequential", "random", "grid", "tpe"
std::vector<std::string> strategy_names();     // in the order of StrategyKind

/// What a round takes of the options that may be the best.
enum class ChooseRule { kCheapest, kHighestMean };
const char* choose_rule_name(ChooseRule rule);  // "cheapest", "highest mean"
std::vector<std::string> choose_rule_names();   // in the order of ChooseRule

/// What is dealt into folds: images, or writers with all of theirs.
enum class FoldsBy { kImage, kWriter };
const char* folds_by_name(FoldsBy by);      // "image", "writer"
std::vector<std::string> folds_by_names();  // in the order of FoldsBy

/// What is trained at the end: what the path leads to, or something cheaper that is about as good.
enum class Preference { kAccurate, kSmall, kFast };
const char* preference_name(Preference preference);  // "accurate", "small", "fast"
std::vector<std::string> preference_names();         // in the order of Preference

/// A study as a value, one budget chosen: what is tried, on how much, by which strategy.
struct StudyRecipe {
    std::string name;    // "study"; the file's stem
    std::string budget;  // "quick", "standard" or "full"
    StrategyKind strategy = StrategyKind::kSequential;
    ChooseRule choose = ChooseRule::kCheapest;
    double margin = 0.2;  // points of accuracy that do not matter
    Preference prefer = Preference::kAccurate;
    double prefer_margin = 1;  // points of accuracy that kSmall and kFast may cost
    int samples = 0;           // how many combinations random and tpe try, and the most that grid may have
    int batch = 8;             // how many combinations tpe proposes at a time
    std::uint64_t seed = 0;    // of subset, folds, trainings and random
    double data_fraction = 1;  // part of the training images that cross-validation uses
    FoldsBy folds_by = FoldsBy::kImage;
    int folds = 5;
    int final_seeds = 3;  // trainings of baseline and final configuration on the whole training part
    bool curves = true;   // trains both once more, with a part held out, to watch them learn
    bool racing = true;   // drops options that fall behind, before they have all folds
    int fresh_folds = 0;  // further ones, which choose nothing: what the printed gains are from
    int confirm = 0;  // configurations that are trained at full length before one of them is final; 0: the path's is
    int confirm_seeds = 1;          // trainings of each
    double confirm_fraction = 0.1;  // of the training part, held out from them to judge them by
    int confirm_undecided = 2;      // of them, how many are those that the last rounds could not tell from the chosen
    double time = 0;  // seconds that the study is to take, by which size_study() sets the numbers; 0: they hold
    std::vector<StudyFamily> families;

    bool operator==(const StudyRecipe&) const = default;
};

/// Whether a family may be named so; its name becomes a folder's: 1 to 32 of a-z, 0-9, _ and -.
bool is_family_name(const std::string& name);

inline constexpr int kMostFinalSeeds = 100;
inline constexpr int kMostConfirmed = 100;  // configurations, and seeds of each

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
