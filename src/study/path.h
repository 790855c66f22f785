#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "study/comparison.h"
#include "study/confirmation.h"
#include "study/fresh_folds.h"
#include "study/trial.h"

namespace inkling {

/// What is shown of an option beside the chosen one.
enum class Verdict {
    kBetter,      // the chosen one is better
    kEquivalent,  // they differ by no more than the margin
    kUndecided
};
const char* verdict_name(Verdict verdict);  // "better", ...

struct Comparison {
    Difference difference;  // option less chosen one
    Verdict verdict = Verdict::kUndecided;
};

/// An option with a trial for each learning rate that it was tried at.
struct OptionPath {
    std::string name;
    std::vector<Trial> trials;  // one or more
    Cost cost = {};
    std::size_t listed = 0;  // trials of the recipe; those behind them are steps beyond the best
    std::size_t best = 0;    // trial that stands for the option: the best of those tuned that has not failed
    bool tuned = false;      // `best` is known
    std::optional<Comparison> beside_chosen = {};  // where decided and both have a fold in common
    std::vector<Choice> choices = {};              // of a combination: one for each technique

    const Trial& trial() const { return trials[best]; }
};

/// One round as far as it has come.
struct RoundPath {
    std::string name;
    std::vector<OptionPath> options;
    std::string incumbent;  // key of the best found before this round; it has an option of its own, "as before" and
                            // first, if it stands for none of the technique's
    bool combines = false;  // options are combinations of all techniques'
    bool tunes = false;     // options bring several learning rates
    bool decided = false;
    ResidualVariance residual = {};             // where decided: of this round and those before it
    int compared = 0;                           // where decided: configurations that the whole path compares
    std::size_t winner = 0;                     // where decided
    std::optional<std::size_t> runner_up = {};  // where decided: the best other option that was scored on all folds

    /// The trial of the best found before this round.
    const Trial& incumbent_trial() const;
};

/// The way of one family through a study, as far as its scores lead.
struct FamilyPath {
    std::vector<RoundPath> rounds;   // decided ones, and the one that is being explored
    Candidate best;                  // found so far by the rounds; once all are decided, what `study.prefer` takes
    bool decided = false;            // all rounds are
    std::vector<WantedFold> wanted;  // in order

    // Where the rounds are decided and the study wants it; follow_path() leaves these out.
    std::optional<Confirmation> confirmation = {};
    std::optional<FreshFolds> fresh = {};

    /// Whether it is known what stands at the end.
    bool settled() const { return decided && (!confirmation || confirmation->decided); }
    /// What stands at the end: what was confirmed, else what the rounds found so far.
    const Candidate& chosen() const;
};

/// So many folds all options get before one is dropped.
inline constexpr int kFoldsBeforeDropping = 3;

/// Chance that an option which is as good as the best so far is dropped at one look; bench/planted shows what
/// it comes to in whole studies.
inline constexpr double kDroppingLevel = 0.05;

/// How often a best learning rate at the end of those tried is gone beyond.
inline constexpr int kStepsBeyond = 3;

/// Chance that a whole study, over all rounds of all families, calls any option worse than the chosen one that is not.
inline constexpr double kStudyLevel = 0.05;

/// The fold, behind those that options are compared on, by which learning rates are tuned: its score decides for no
/// option, and the others' for no rate.
int tuning_fold(const StudyRecipe& study);

/// Follows the scores from the baseline as far as they lead: a function of the recipe and the scores alone, so that
/// every process on a study, and every later one, sees the same path.
///
/// Where a technique brings learning rates, each option is tried at its rates on the tuning fold alone. While the best
/// is the highest or lowest of them, one further is tried, kStepsBeyond at most; then the best stands for the option.
///
/// All options and the incumbent are scored on the first kFoldsBeforeDropping folds. From then on, with `racing`, an
/// option that is_behind() the best so far goes no further; the incumbent always does. So F-race, with paired t-tests:
/// Birattari et al., 2002, "A racing algorithm for configuring metaheuristics".
///
/// Of the options that have all folds and are not shown to be worse than that of the highest mean, those count whose
/// mean is within `margin` of it, or that are shown to be equivalent. Of these the one with the fewest operations is
/// chosen, then with the fewest parameters, then the incumbent, then the higher mean. With ChooseRule::kHighestMean it
/// is the highest mean, the incumbent at equal ones.
FamilyPath follow_path(const StudyRecipe& study, const StudyFamily& family, const FindScore& find);

/// Keeps one family's path where its scores lead while they come in, as follow_path() finds it: what was decided stays
/// so, and the round that is explored is made once, since making one parses the recipe of each candidate.
class PathFollower {
  public:
    /// All must outlive it. Of `path`, which begins empty, confirmation and fresh folds are left as they are.
    PathFollower(const StudyRecipe& study, const StudyFamily& family, FamilyPath& path);

    /// Goes over all that the study lacks. `find` must know all that it knew before.
    void follow(const FindScore& find);

    /// The same, where since the last call no score has come but those of `news`: where they decide nothing, all is not
    /// gone over again.
    void follow(const FindScore& find, std::span<const FoldKey> news);

    /// How often all was gone over. While that stays the same, nothing new is wanted.
    std::size_t passes() const { return passes_; }

  private:
    bool take_in(const FindScore& find, const FoldKey& name);
    void explore(RoundPath round, std::vector<WantedFold> wanted);

    const StudyRecipe& study_;
    const StudyFamily& family_;
    FamilyPath& path_;
    std::size_t decided_ = 0;  // of the path's rounds
    Candidate best_;
    Cost best_cost_;
    std::optional<RoundPath> begun_;  // the next round as far as it is tuned, with nothing compared

    // Since all was gone over.
    std::size_t passes_ = 0;
    std::size_t rounds_ = 0;                                     // that there were to make
    int end_ = 0;                                                // folds that the explored round is compared on so far
    std::map<FoldKey, std::size_t> lacking_;                     // what is wanted, with its place then
    std::vector<std::size_t> places_;                            // likewise of what is wanted still
    std::map<std::string, std::vector<std::size_t>> competing_;  // explored options by what stands for them
};

}  // namespace inkling
