#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "study/strategy.h"

namespace inkling {

/// What came of a candidate on one fold.
struct FoldScore {
    double accuracy = 0;  // on the fold
    bool failed = false;
    std::string reason = {};  // of the failure
};

/// Looks up what came of a candidate of a family on a fold; nothing where it has not finished.
using FindScore =
    std::function<std::optional<FoldScore>(const StudyFamily& family, const Candidate& candidate, int fold)>;

enum class TrialStatus {
    kRunning,   // folds are lacking
    kFinished,  // scored on all folds
    kDropped,   // hopeless after few folds
    kFailed     // a training failed
};
const char* trial_status_name(TrialStatus status);

/// A candidate with its scores on the first folds.
struct Trial {
    Candidate candidate;
    TrialStatus status = TrialStatus::kRunning;
    std::vector<double> scores = {};
    std::string reason = {};  // of the failure
    double mean() const;      // of the scores; 0 where there are none
};

/// An option with a trial for each learning rate; the best stands for it.
struct OptionPath {
    std::string name;
    std::vector<Trial> trials;
    std::size_t best = 0;  // among trials: most folds first, then the higher mean, then the earlier

    const Trial& trial() const { return trials[best]; }
};

/// One round as far as it has come.
struct RoundPath {
    std::string name;
    Trial incumbent;  // the best found before this round
    std::vector<OptionPath> options;
    bool decided = false;
    std::optional<std::size_t> winner = {};     // the option chosen; none: what was chosen before stays
    std::optional<std::size_t> runner_up = {};  // the next best option that was scored on all folds and is not the same
};

/// A candidate's training on a fold that the study wants next.
struct WantedFold {
    Candidate candidate;
    int fold = 0;
};

/// The way of one family through a study, as far as its scores lead.
struct FamilyPath {
    std::vector<RoundPath> rounds;   // decided ones, and the one that is being explored
    Candidate best;                  // found so far
    bool decided = false;            // all rounds are
    std::vector<WantedFold> wanted;  // what is to be trained next, in order; empty where decided
};

/// Follows the scores from the baseline as far as they lead: a function of the recipe and the scores alone, so that
/// every process on a study, and every later one, sees the same path.
///
/// In each round all candidates, and the incumbent, are scored on the same folds. With halving, after 1, 2, 4, ...
/// folds only the better half of the candidates goes on; the incumbent and the best candidates of the two best options
/// always do. The winner is the best option that was scored on all folds; it replaces the incumbent only if its mean is
/// higher.
FamilyPath follow_path(const StudyRecipe& study, const StudyFamily& family, const FindScore& find);

}  // namespace inkling
