#include "study/fresh_folds.h"

#include <algorithm>
#include <array>
#include <span>

#include "study/choices.h"

namespace inkling {
namespace {

/// Place of the configuration among the trials, where it is added if it is new.
std::size_t place_of(FreshFolds& fresh, const StudyFamily& family, const Candidate& candidate) {
    const std::string key = recipe_key(family, candidate);
    const auto found =
        std::find_if(fresh.trials.begin(), fresh.trials.end(), [&](const Trial& trial) { return trial.key == key; });
    const auto place = static_cast<std::size_t>(found - fresh.trials.begin());
    if (place == fresh.trials.size()) fresh.trials.push_back({.candidate = candidate, .key = key});
    return place;
}

/// Compares trials on the fresh folds.
class FreshComparison {
  public:
    FreshComparison(const StudyRecipe& study, const FamilyPath& path, const FreshFolds& fresh)
        : fresh_(fresh),
          groups_(static_cast<int>(fresh.trials.size())),
          ratio_(correlation_ratio(study.folds)),
          level_(kStudyLevel / static_cast<double>(study.families.size())) {
        std::vector<std::span<const double>> scores;
        for (const Trial& trial : fresh.trials) scores.emplace_back(trial.scores);
        residual_ = residual_variance(scores);
        if (path.rounds.empty()) return;
        residual_ = pooled(residual_, path.rounds.back().residual);
        groups_ += path.rounds.back().compared;
    }

    /// Of trial `a` less trial `b`.
    std::optional<Difference> difference(std::size_t a, std::size_t b) const {
        const auto finished = [&](std::size_t i) { return fresh_.trials[i].status == TrialStatus::kFinished; };
        if (a == b || !finished(a) || !finished(b)) return {};
        const std::array<std::span<const double>, 2> pair{fresh_.trials[b].scores, fresh_.trials[a].scores};
        return differences_from(0, pair, residual_, groups_, ratio_, level_).back();
    }

  private:
    const FreshFolds& fresh_;
    int groups_;
    double ratio_;
    double level_;
    ResidualVariance residual_;
};

}  // namespace

int first_fresh_fold(const StudyRecipe& study) { return tuning_fold(study) + 1; }

int fold_count(const StudyRecipe& study) { return first_fresh_fold(study) + study.fresh_folds; }

double fold_share(const StudyRecipe& study) { return study.data_fraction * (1 - 1.0 / fold_count(study)); }

FreshFolds begin_fresh_folds(const StudyRecipe& study, const StudyFamily& family, const FamilyPath& path) {
    FreshFolds fresh;
    fresh.steps.push_back(place_of(fresh, family, baseline_candidate(family)));
    for (const RoundPath& round : path.rounds)
        fresh.steps.push_back(place_of(fresh, family, round.options[round.winner].trial().candidate));
    if (study.strategy != StrategyKind::kSequential) return fresh;
    for (std::size_t i = 0; i < path.rounds.size(); ++i) {
        if (!changes_configuration(path.rounds[i])) continue;
        const std::optional<Candidate> without = with_other_choice(family, path, i, nullptr);
        if (!without) continue;
        const std::size_t trial = place_of(fresh, family, *without);
        if (trial != fresh.steps.back()) fresh.worths.push_back({.round = i, .trial = trial});
    }
    return fresh;
}

FreshFolds score_fresh_folds(const StudyRecipe& study, const StudyFamily& family, const FamilyPath& path,
                             FreshFolds begun, const FindScore& find, std::vector<WantedFold>& wanted) {
    FreshFolds fresh = std::move(begun);
    const std::size_t chosen = place_of(fresh, family, path.chosen());
    if (chosen != fresh.steps.back()) fresh.confirmed = chosen;
    const std::size_t before = wanted.size();
    if (fresh.trials.size() > 1)  // else there is nothing to compare
        for (Trial& trial : fresh.trials) score_trial(trial, first_fresh_fold(study), study.fresh_folds, find, wanted);
    fresh.complete = wanted.size() == before && path.settled();

    const FreshComparison comparison(study, path, fresh);
    for (std::size_t i = 1; i < fresh.steps.size(); ++i)
        fresh.gains.push_back(comparison.difference(fresh.steps[i], fresh.steps[i - 1]));
    for (ChoiceWorth& worth : fresh.worths) worth.difference = comparison.difference(fresh.steps.back(), worth.trial);
    fresh.gain = comparison.difference(fresh.steps.back(), fresh.steps.front());
    if (fresh.confirmed) fresh.confirmed_gain = comparison.difference(*fresh.confirmed, fresh.steps.front());
    return fresh;
}

}  // namespace inkling
