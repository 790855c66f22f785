#include "study/outlook.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <utility>

#include "nn/parameter_layout.h"
#include "study/challenger.h"

namespace inkling {
namespace {

// Costs are compared with each other only, so that these need not be exact.
constexpr int kClasses = 47;
constexpr double kImageOperations = 5e5;   // what any image takes: loading, elements between products
constexpr double kUpdateOperations = 100;  // of one parameter, mostly memory

double mean_of(const std::vector<double>& costs) {
    double sum = 0;
    for (const double cost : costs) sum += cost;
    return costs.empty() ? 0 : sum / static_cast<double>(costs.size());
}

/// Images that a training on the whole training part sees for each one that a fold's sees.
double final_weight(const StudyRecipe& study, const StudyFamily& family) {
    return family.final_epochs /
           (family.epochs * study.data_fraction * (1 - 1.0 / (first_fresh_fold(study) + study.fresh_folds)));
}

/// Configurations that fresh folds will score: baseline and final one, and of each second choice, as if that changed
/// something, its step and the final one without it.
double fresh_configurations(const StudyRecipe& study, const StudyFamily& family) {
    return study.fresh_folds > 0 ? 2 + static_cast<double>(round_count(study, family)) : 0;
}

/// Trainings that will confirm: path's choice, baseline and challenger, the undecided, four regularising choices.
std::int64_t confirming_trainings(const StudyRecipe& study) {
    if (study.prefer != Preference::kAccurate) return 0;
    return std::int64_t{std::min(study.confirm, 3 + study.confirm_undecided + 4)} * study.confirm_seeds;
}

/// Trainings of a round where no option is dropped: each option on all folds, and where rates are tuned, each rate and
/// half as many again beyond them.
double all_folds(const StudyRecipe& study, std::size_t options, std::size_t rates, bool tunes) {
    return static_cast<double>(options) * study.folds + (tunes ? 1.5 * static_cast<double>(rates) : 0);
}

double all_folds(const StudyRecipe& study, const Round& round) {
    std::size_t rates = 0;
    bool tunes = false;
    for (const RoundOption& option : round.options) {
        rates += option.candidates.size();
        tunes = tunes || option.candidates.size() > 1;
    }
    return all_folds(study, round.options.size(), rates, tunes);
}

double all_folds(const StudyRecipe& study, const RoundPath& round) {
    std::size_t rates = 0;
    for (const OptionPath& option : round.options) rates += option.listed;
    return all_folds(study, round.options.size(), rates, round.tunes);
}

double scored_folds(const RoundPath& round) {
    std::set<std::pair<std::string, std::size_t>> seen;  // by configuration; a tuning fold counts as one more
    for (const OptionPath& option : round.options)
        for (const Trial& trial : option.trials)
            for (std::size_t i = 0; i < trial.scores.size() + (trial.tuning ? 1 : 0); ++i) seen.insert({trial.key, i});
    return static_cast<double>(seen.size());
}

/// Folds that options of the round lack which are still in it, but for those that are wanted now.
double lacking_folds(const StudyRecipe& study, const FamilyPath& path) {
    std::map<std::string, int> lacking;  // by configuration; an option that is not tuned yet by its first
    for (const OptionPath& option : path.rounds.back().options)
        if (option.trial().status == TrialStatus::kRunning)
            lacking[option.trial().key] = study.folds - static_cast<int>(option.trial().scores.size());
    int folds = 0;
    for (const auto& [key, count] : lacking) folds += count;
    for (const WantedFold& wanted : path.wanted)
        if (wanted.fold != tuning_fold(study)) --folds;
    return std::max(folds, 0);
}

/// Seconds of a training at the family's mean cost, by those of the same kind, else by those of the other.
std::optional<double> mean_seconds(const TrainingTally& same, const TrainingTally& other, double weight) {
    if (same.finished > 0) return same.seconds / static_cast<double>(same.finished);
    if (other.finished > 0) return weight * other.seconds / static_cast<double>(other.finished);
    return std::nullopt;
}

}  // namespace

struct Forecast::FullLengthCosts {
    double baseline = 0;
    double best = 0;
    double confirming = 0;
};

/// Trainings, and their costs together.
struct Forecast::Work {
    double trainings = 0;
    double cost = 0;
};

double Forecast::cost(const StudyFamily& family, const Candidate& candidate) {
    const std::string key = fmt::format("{}\n{}", family.name, fmt::join(candidate.overrides, "\n"));
    const auto found = costs_.find(key);
    if (found != costs_.end()) return found->second;
    const Recipe recipe = make_recipe(family, candidate, family.epochs, 0);
    const auto parameters = static_cast<double>(parameter_layout(recipe.network, kClasses).parameter_count);
    const double image = static_cast<double>(count_operations(recipe.network, kClasses).training) + kImageOperations +
                         kUpdateOperations * parameters / recipe.training.batch_size;
    return costs_[key] = image * recipe.training.epochs;
}

/// Mean over the folds that are scored; the baseline's where none is.
double Forecast::measured_cost(const StudyFamily& family, const FamilyPath& path) {
    double sum = 0;
    double folds = 0;
    std::set<std::string> seen;
    for (const RoundPath& round : path.rounds)
        for (const OptionPath& option : round.options)
            for (const Trial& trial : option.trials) {
                if (trial.scores.empty() || !seen.insert(trial.key).second) continue;
                sum += cost(family, trial.candidate) * static_cast<double>(trial.scores.size());
                folds += static_cast<double>(trial.scores.size());
            }
    return folds > 0 ? sum / folds : cost(family, baseline_candidate(family));
}

/// What a training at full length costs; of those that confirm, the mean of what is known of them.
Forecast::FullLengthCosts Forecast::full_length_costs(const StudyFamily& family, const FamilyPath& path) {
    const Candidate baseline = baseline_candidate(family);
    std::vector<Candidate> confirming;
    if (path.confirmation)
        for (const ConfirmedOption& option : path.confirmation->options) confirming.push_back(option.trial.candidate);
    else
        confirming = {baseline, path.best};
    if (!path.confirmation && !family.challenger.empty()) confirming.push_back(challenger_candidate(family));
    std::vector<double> costs;
    costs.reserve(confirming.size());
    for (const Candidate& candidate : confirming) costs.push_back(cost(family, candidate));
    return {.baseline = cost(family, baseline), .best = cost(family, path.chosen()), .confirming = mean_of(costs)};
}

/// Folds that a family's path will want beyond those that it wants now.
Forecast::Work Forecast::later_folds(const StudyFamily& family, const FamilyPath& path, const TrainingTally& folds) {
    double decided = 0;
    double expected = 0;
    for (const RoundPath& round : path.rounds)
        if (round.decided)
            expected += all_folds(study_, round);
        else
            decided -= scored_folds(round);
    decided += static_cast<double>(folds.done());
    const double share = expected > 0 ? std::clamp(decided / expected, 0.25, 1.0) : 1.0;  // what dropping leaves
    Work work;
    const auto add = [&](double trainings, double mean_cost) {
        work.trainings += trainings;
        work.cost += trainings * mean_cost;
    };
    if (!path.rounds.empty() && !path.rounds.back().decided) {
        std::vector<double> costs;
        for (const WantedFold& wanted : path.wanted) costs.push_back(cost(family, wanted.candidate));
        add(share * lacking_folds(study_, path), mean_of(costs));
    }
    for (std::size_t i = path.rounds.size(); i < round_count(study_, family); ++i) {
        std::vector<double> costs;
        const Round round = make_round(study_, family, i, path.best);
        for (const RoundOption& option : round.options)
            for (const Candidate& candidate : option.candidates) costs.push_back(cost(family, candidate));
        add(share * all_folds(study_, round), mean_of(costs));
    }
    add(fresh_configurations(study_, family) * study_.fresh_folds, cost(family, path.best));
    return work;
}

Outlook Forecast::expect(std::span<const FamilyPath> paths, std::span<const FamilyTally> tallies) {
    Outlook outlook{.seconds_left = 0};
    double seconds_done = 0;
    for (std::size_t i = 0; i < paths.size(); ++i) {
        const StudyFamily& family = study_.families[i];
        const FamilyPath& path = paths[i];
        const auto& [folds, finals, confirming] = tallies[i];
        const Work later = path.decided ? Work{} : later_folds(family, path, folds);
        const std::int64_t more_confirming = path.decided ? 0 : confirming_trainings(study_);
        const std::int64_t more_finals = path.settled() ? 0 : study_.final_seeds + 1;
        outlook.trainings += folds.wanted + std::int64_t{std::lround(later.trainings)} + confirming.wanted +
                             more_confirming + finals.wanted + more_finals;
        seconds_done += folds.seconds + finals.seconds + confirming.seconds;

        const double weight = final_weight(study_, family);
        const double measured = measured_cost(family, path);
        const std::optional<double> fold_seconds = mean_seconds(folds, finals, 1 / weight);
        if (!fold_seconds || !outlook.seconds_left) {
            outlook.seconds_left.reset();
            continue;
        }
        std::vector<double> wanted;
        for (const WantedFold& fold : path.wanted) wanted.push_back(cost(family, fold.candidate));
        const double waiting_cost =
            static_cast<double>(folds.waiting()) * (wanted.empty() ? measured : mean_of(wanted));
        const FullLengthCosts costs = full_length_costs(family, path);
        const double confirmed = (1 - study_.confirm_fraction) * costs.confirming;
        const double runs = study_.final_seeds + 1;  // of the baseline, which come first, and of the best
        const auto cost_of_runs = [&](double count) {
            return std::min(count, runs) * costs.baseline + std::max(count - runs, 0.0) * costs.best;
        };
        const auto finals_done = static_cast<double>(finals.done());
        // Seconds that a cost takes at full length: as measured there, else as on folds.
        const double full = weight * *fold_seconds / measured;
        const double confirming_rate = confirming.finished > 0
                                           ? confirming.seconds / (static_cast<double>(confirming.finished) * confirmed)
                                           : full;
        const double final_rate =
            finals.finished > 0 ? finals.seconds / cost_of_runs(static_cast<double>(finals.finished)) : confirming_rate;
        *outlook.seconds_left +=
            *fold_seconds * (waiting_cost + later.cost) / measured +
            final_rate * (cost_of_runs(2 * runs) - cost_of_runs(finals_done)) +
            confirming_rate * confirmed * static_cast<double>(confirming.waiting() + more_confirming);
    }
    if (outlook.seconds_left && seconds_done > 0) outlook.share = seconds_done / (seconds_done + *outlook.seconds_left);
    return outlook;
}

}  // namespace inkling
