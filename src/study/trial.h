#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "study/strategy.h"

namespace inkling {

/// What came of a configuration on one fold.
struct FoldScore {
    double accuracy = 0;  // on the fold
    bool failed = false;
    std::string reason = {};  // of the failure
};

/// Names a training on a fold, of all families'.
struct FoldKey {
    std::string key;  // recipe_key()
    int fold = 0;
    auto operator<=>(const FoldKey&) const = default;
};

/// Looks up what came of a family's configuration, named by its recipe_key(), on a fold; nothing where it has not
/// finished.
using FindScore = std::function<std::optional<FoldScore>(const std::string& key, int fold)>;

/// Tells configurations apart, of all families: SHA-256 of the recipe that cross-validation trains, seed aside.
std::string recipe_key(const StudyFamily& family, const Candidate& candidate);

enum class TrialStatus {
    kRunning,     // folds are lacking
    kFinished,    // scored on all folds
    kDropped,     // behind the best after some folds
    kSuperseded,  // another learning rate stands for the option
    kFailed       // a training failed, or there is no such configuration
};
const char* trial_status_name(TrialStatus status);  // "running", ...

/// What a network takes: multiply-adds of an image, and parameters.
struct Cost {
    std::uint64_t operations = 0;
    std::uint64_t parameters = 0;
    auto operator<=>(const Cost&) const = default;
};

/// Nothing where the network cannot be had: its trainings will say why.
Cost cost_of(const NetworkSpec& network);

/// A candidate with its scores on the first folds.
struct Trial {
    Candidate candidate;
    std::string key;  // recipe_key()
    TrialStatus status = TrialStatus::kRunning;
    std::vector<double> scores = {};
    std::string reason = {};            // of the failure
    std::optional<double> tuning = {};  // score on the fold that learning rates are tuned by

    double mean() const;  // of the scores; 0 where there are none
};

/// A training that the study wants next.
struct WantedFold {
    Candidate candidate;
    std::string key;
    int fold = 0;
};

/// Scores a trial on `count` folds from `first` on, as far as scores are there, and adds those that are lacking to
/// `wanted`. Finished where it has all; failed where one failed.
void score_trial(Trial& trial, int first, int count, const FindScore& find, std::vector<WantedFold>& wanted);

}  // namespace inkling
