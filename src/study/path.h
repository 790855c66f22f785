#pragma once

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

/// Looks up what came of a family's configuration, named by its recipe_key(), on a fold; nothing where it has not
/// finished.
using FindScore = std::function<std::optional<FoldScore>(const std::string& key, int fold)>;

/// Tells configurations apart, of all families: SHA-256 of the recipe that cross-validation trains, seed aside.
std::string recipe_key(const StudyFamily& family, const Candidate& candidate);

enum class TrialStatus {
    kRunning,   // folds are lacking
    kFinished,  // scored on all folds
    kDropped,   // hopeless after few folds
    kFailed     // a training failed, or there is no such configuration
};
const char* trial_status_name(TrialStatus status);  // "running", ...

/// A candidate with its scores on the first folds.
struct Trial {
    Candidate candidate;
    std::string key;  // recipe_key()
    TrialStatus status = TrialStatus::kRunning;
    std::vector<double> scores = {};
    std::string reason = {};  // of the failure

    double mean() const;  // of the scores; 0 where there are none
};

/// An option with a trial for each learning rate; the best stands for it.
struct OptionPath {
    std::string name;
    std::vector<Trial> trials;  // one or more
    std::size_t best = 0;       // trial that is not failed, if any, with the most folds, then the higher mean

    const Trial& trial() const { return trials[best]; }
};

/// One round as far as it has come.
struct RoundPath {
    std::string name;
    std::vector<OptionPath> options;
    std::string incumbent;  // key of the best found before this round; it has an option of its own, "as before" and
                            // first, if none of the technique's has it
    bool decided = false;
    std::size_t winner = 0;                     // where decided; the incumbent's, unless another has a higher mean
    std::optional<std::size_t> runner_up = {};  // where decided: the best other option that was scored on all folds

    /// The trial of the best found before this round.
    const Trial& incumbent_trial() const;
};

/// A training that the study wants next.
struct WantedFold {
    Candidate candidate;
    std::string key;
    int fold = 0;
};

/// The way of one family through a study, as far as its scores lead.
struct FamilyPath {
    std::vector<RoundPath> rounds;   // decided ones, and the one that is being explored
    Candidate best;                  // found so far
    bool decided = false;            // all rounds are
    std::vector<WantedFold> wanted;  // in order; empty where decided
};

/// Follows the scores from the baseline as far as they lead: a function of the recipe and the scores alone, so that
/// every process on a study, and every later one, sees the same path.
///
/// In each round all candidates, and the incumbent, are scored on the same folds. With halving (Jamieson and Talwalkar,
/// 2016, with folds as the resource), after 1, 2, 4, ... folds only the better half of the candidates goes on; the
/// incumbent and the best candidates of the two best options always do.
FamilyPath follow_path(const StudyRecipe& study, const StudyFamily& family, const FindScore& find);

/// Follows one family's path again and again while its scores come in, as follow_path() does: what was decided stays
/// so, and the round that is explored is made once, since making one parses the recipe of each candidate.
class PathFollower {
  public:
    /// Both must outlive it.
    PathFollower(const StudyRecipe& study, const StudyFamily& family);

    /// `find` must know all that it knew before.
    FamilyPath follow(const FindScore& find);

  private:
    const StudyRecipe& study_;
    const StudyFamily& family_;
    std::vector<RoundPath> decided_;
    Candidate best_;
    std::optional<RoundPath> begun_;  // the next round, with nothing scored
};

}  // namespace inkling
