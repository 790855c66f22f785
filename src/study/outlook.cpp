#include "study/outlook.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "nn/parameter_layout.h"

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

/// How many folds a candidate comes to, where no round was decided yet.
double usual_folds(const StudyRecipe& study) { return study.halving ? 0.6 * study.folds : study.folds; }

/// Images that a training on the whole training part sees for each one that a fold's sees.
double final_weight(const StudyRecipe& study, const StudyFamily& family) {
    return family.final_epochs / (family.epochs * study.data_fraction * (1 - 1.0 / study.folds));
}

std::int64_t scored_folds(const RoundPath& round) {
    std::set<std::string> seen;
    std::int64_t folds = 0;
    for (const OptionPath& option : round.options)
        for (const Trial& trial : option.trials)
            if (seen.insert(trial.key).second) folds += static_cast<std::int64_t>(trial.scores.size());
    return folds;
}

std::int64_t candidates_of(const RoundPath& round) {
    std::int64_t count = 0;
    for (const OptionPath& option : round.options) count += static_cast<std::int64_t>(option.trials.size());
    return count;
}

/// Seconds of a training at the family's mean cost, by those of the same kind, else by those of the other.
std::optional<double> mean_seconds(const TrainingTally& same, const TrainingTally& other, double weight) {
    if (same.finished > 0) return same.seconds / static_cast<double>(same.finished);
    if (other.finished > 0) return weight * other.seconds / static_cast<double>(other.finished);
    return std::nullopt;
}

}  // namespace

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

/// Folds that a family's path will want beyond those that it wants now.
Forecast::Work Forecast::later_folds(const StudyFamily& family, const FamilyPath& path, const TrainingTally& folds) {
    double candidates = 0;  // of decided rounds
    double in_round = 0;    // folds done for the round that is explored
    for (const RoundPath& round : path.rounds) {
        if (round.decided)
            candidates += static_cast<double>(candidates_of(round));
        else
            in_round = static_cast<double>(scored_folds(round));
    }
    const double each = candidates > 0 ? std::max(1.0, (static_cast<double>(folds.done()) - in_round) / candidates)
                                       : usual_folds(study_);
    Work work;
    const auto add = [&](double trainings, double mean_cost) {
        work.trainings += trainings;
        work.cost += trainings * mean_cost;
    };
    if (!path.rounds.empty() && !path.rounds.back().decided) {
        std::vector<double> costs;
        for (const WantedFold& wanted : path.wanted) costs.push_back(cost(family, wanted.candidate));
        const double all = each * static_cast<double>(candidates_of(path.rounds.back()));
        add(std::max(0.0, all - in_round - static_cast<double>(path.wanted.size())), mean_of(costs));
    }
    for (std::size_t i = path.rounds.size(); i < round_count(study_, family); ++i) {
        std::vector<double> costs;
        for (const RoundOption& option : make_round(study_, family, i, path.best).options)
            for (const Candidate& candidate : option.candidates) costs.push_back(cost(family, candidate));
        add(each * static_cast<double>(costs.size()), mean_of(costs));
    }
    return work;
}

Outlook Forecast::expect(std::span<const FamilyPath> paths, std::span<const FamilyTally> tallies) {
    Outlook outlook{.seconds_left = 0};
    double seconds_done = 0;
    for (std::size_t i = 0; i < paths.size(); ++i) {
        const StudyFamily& family = study_.families[i];
        const FamilyPath& path = paths[i];
        const auto& [folds, finals] = tallies[i];
        const Work later = path.decided ? Work{} : later_folds(family, path, folds);
        const std::int64_t more_finals = path.decided ? 0 : study_.final_seeds + 1;
        outlook.trainings +=
            folds.wanted + static_cast<std::int64_t>(later.trainings + 0.5) + finals.wanted + more_finals;
        seconds_done += folds.seconds + finals.seconds;

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
        // Half of the final trainings are the baseline's.
        const double final_cost = (cost(family, baseline_candidate(family)) + cost(family, path.best)) / 2;
        const double final_seconds = finals.finished > 0 ? finals.seconds / static_cast<double>(finals.finished)
                                                         : weight * *fold_seconds * final_cost / measured;
        *outlook.seconds_left += *fold_seconds * (waiting_cost + later.cost) / measured +
                                 final_seconds * static_cast<double>(finals.waiting() + more_finals);
    }
    if (outlook.seconds_left && seconds_done > 0) outlook.share = seconds_done / (seconds_done + *outlook.seconds_left);
    return outlook;
}

}  // namespace inkling
