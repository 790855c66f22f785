#include "study/outlook.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "nn/parameter_layout.h"

namespace inkling {
namespace {

// Costs are compared with each other only, so that these need not be exact.
constexpr int kClasses = 47;
constexpr double kImageOperations = 5e5;   // what any image takes: loading, elements between products
constexpr double kUpdateOperations = 100;  // of one parameter, mostly memory

// Of all folds of all options, what racing leaves in planted studies; and how many folds that is taken for.
constexpr double kUsualShare = 0.85;
constexpr double kUsualFolds = 40;

constexpr double kDearerChosen = 0.25;

/// Stands for StudyFamily::epochs, so that a cost is known for any number of them.
constexpr int kFamilysEpochs = 99999;

double mean_of(const std::vector<double>& costs) {
    double sum = 0;
    for (const double cost : costs) sum += cost;
    return costs.empty() ? 0 : sum / static_cast<double>(costs.size());
}

/// Images that a training on the whole training part sees for each one that a fold's sees.
double final_weight(const StudyRecipe& study, const StudyFamily& family) {
    return family.final_epochs / (family.epochs * study.data_fraction * (1 - 1.0 / (study.folds + 1)));
}

/// Trainings of a round where no option is dropped: each option on all folds, and where rates are tuned, each rate and
/// half as many again beyond them.
double all_folds(const StudyRecipe& study, std::size_t options, std::size_t rates, bool tunes) {
    return static_cast<double>(options) * study.folds + (tunes ? 1.5 * static_cast<double>(rates) : 0);
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

}  // namespace

double image_cost(const Recipe& recipe) {
    const auto parameters = static_cast<double>(parameter_layout(recipe.network, kClasses).parameter_count);
    return static_cast<double>(count_operations(recipe.network, kClasses).training) + kImageOperations +
           kUpdateOperations * parameters / recipe.training.batch_size;
}

/// Trainings, and their costs together.
struct Forecast::Work {
    double trainings = 0;
    double cost = 0;
    double growth = 1;  // what the path's end is expected to cost beside what is best so far
};

double Forecast::cost(const StudyFamily& family, const Candidate& candidate) {
    const std::string key = fmt::format("{}\n{}", family.name, fmt::join(candidate.overrides, "\n"));
    auto found = costs_.find(key);
    if (found == costs_.end()) {
        const Recipe recipe = make_recipe(family, candidate, kFamilysEpochs, 0);
        found = costs_.emplace(key, ImageCost{image_cost(recipe), recipe.training.epochs}).first;
    }
    const auto& [image, epochs] = found->second;
    return image * (epochs == kFamilysEpochs ? family.epochs : epochs);
}

/// What a round that has not begun comes to, over `best`.
const Forecast::RoundCost& Forecast::round_cost(const StudyFamily& family, std::size_t index, const Candidate& best) {
    const std::string key = fmt::format("{}\n{}\n{}", family.name, index, fmt::join(best.overrides, "\n"));
    const auto found = rounds_.find(key);
    if (found != rounds_.end()) return found->second;
    RoundCost cost;
    double sum = 0;
    std::vector<double> winners;
    const Round round = make_round(*study_, family, index, best);
    for (const RoundOption& option : round.options) {
        cost.tunes = cost.tunes || option.candidates.size() > 1;
        cost.rates += option.candidates.size();
        for (const Candidate& candidate : option.candidates) sum += this->cost(family, candidate);
        if (!option.candidates.empty()) winners.push_back(this->cost(family, option.candidates.front()));
    }
    cost.options = round.options.size();
    const double usual = this->cost(family, best);
    cost.mean = cost.rates > 0 ? sum / static_cast<double>(cost.rates) / usual : 1;
    cost.growth = expected_growth(winners, usual);
    return rounds_[key] = cost;
}

double Forecast::final_cost(const StudyFamily& family, const Candidate& candidate) {
    return final_weight(*study_, family) * cost(family, candidate);
}

/// Mean over the folds that are scored; the baseline's where none is.
double Forecast::measured_cost(const StudyFamily& family, const FamilyPath& path) {
    double sum = 0;
    double folds = 0;
    std::set<std::string> seen;
    for (const RoundPath& round : path.rounds)
        for (const OptionPath& option : round.options)
            for (const Trial& trial : option.trials) {
                const std::size_t scores = trial.scores.size() + (trial.tuning ? 1 : 0);
                if (scores == 0 || !seen.insert(trial.key).second) continue;
                sum += cost(family, trial.candidate) * static_cast<double>(scores);
                folds += static_cast<double>(scores);
            }
    return folds > 0 ? sum / folds : cost(family, baseline_candidate(family));
}

/// Seconds of a training per cost on folds: as measured there, else at the end, else before the study.
std::optional<double> Forecast::pace(std::size_t index, const FamilyPath& path, const FamilyTally& tally) {
    const StudyFamily& family = study_->families[index];
    const auto& [folds, finals] = tally;
    if (folds.finished > 0) return folds.seconds / static_cast<double>(folds.finished) / measured_cost(family, path);
    if (finals.finished > 0)
        return finals.seconds / static_cast<double>(finals.finished) / final_cost(family, baseline_candidate(family));
    return prior_.empty() ? std::nullopt : std::optional(prior_[index]);
}

/// What the winner of a round is expected to cost beside what was best before: the mean of all that may be, but
/// where the cheapest of equals is chosen, mostly what the cheapest does.
double Forecast::expected_growth(std::vector<double> costs, double best) const {
    if (costs.empty()) return 1;
    costs.push_back(best);
    const double mean = mean_of(costs) / best;
    if (study_->choose == ChooseRule::kHighestMean) return mean;
    const double least = *std::min_element(costs.begin(), costs.end()) / best;
    return least + kDearerChosen * (mean - least);
}

/// Folds that a family's path will want beyond those that it wants now.
Forecast::Work Forecast::later_folds(const StudyFamily& family, const FamilyPath& path, const TrainingTally& folds) {
    double decided = 0;
    double expected = 0;
    for (const RoundPath& round : path.rounds)
        if (round.decided)
            expected += all_folds(*study_, round);
        else
            decided -= scored_folds(round);
    decided += static_cast<double>(folds.done());
    // What dropping leaves, as if kUsualFolds had been seen before.
    const double usual = study_->racing ? kUsualShare : 1;
    const double share = std::clamp((decided + usual * kUsualFolds) / (expected + kUsualFolds), 0.25, 1.0);
    Work work;
    const auto add = [&](double trainings, double mean_cost) {
        work.trainings += trainings;
        work.cost += trainings * mean_cost;
    };
    if (!path.rounds.empty() && !path.rounds.back().decided) {
        std::vector<double> costs;
        for (const WantedFold& wanted : path.wanted) costs.push_back(cost(family, wanted.candidate));
        add(share * lacking_folds(*study_, path), mean_of(costs));
        std::vector<double> running;
        for (const OptionPath& option : path.rounds.back().options)
            if (option.trial().status == TrialStatus::kRunning)
                running.push_back(cost(family, option.trial().candidate));
        work.growth *= expected_growth(std::move(running), cost(family, path.best));
    }
    for (std::size_t i = path.rounds.size(); i < round_count(*study_, family); ++i) {
        const RoundCost& round = round_cost(family, i, path.best);
        const double before = work.growth * cost(family, path.best);
        add(share * all_folds(*study_, round.options, round.rates, round.tunes), round.mean * before);
        work.growth *= round.growth;
    }
    return work;
}

/// Trainings at the end that are not done, and what they cost beside folds: half of all are the baseline's, and those
/// are done first. What the done ones took corrects it.
Forecast::Work Forecast::later_finals(const StudyFamily& family, const FamilyPath& path, const TrainingTally& finals,
                                      double growth, double pace) {
    const double each = study_->final_seeds + (study_->curves ? 1 : 0);
    const double baseline = final_cost(family, baseline_candidate(family));
    const double best = final_cost(family, path.best) * growth;
    const auto cost_of = [&](double first) {
        return std::min(first, each) * baseline + std::max(first - each, 0.0) * best;
    };
    const auto done = static_cast<double>(finals.done());
    Work work{.trainings = std::max(2 * each - done, static_cast<double>(finals.waiting()))};
    work.cost = cost_of(done + work.trainings) - cost_of(done);
    if (finals.finished > 0) work.cost *= finals.seconds / (pace * cost_of(static_cast<double>(finals.finished)));
    return work;
}

Outlook Forecast::expect(std::span<const FamilyPath> paths, std::span<const FamilyTally> tallies) {
    Outlook outlook{.seconds_left = 0};
    double seconds_done = 0;
    for (std::size_t i = 0; i < paths.size(); ++i) {
        const StudyFamily& family = study_->families[i];
        const FamilyPath& path = paths[i];
        const auto& [folds, finals] = tallies[i];
        const std::optional<double> seconds = pace(i, path, tallies[i]);
        const Work later = path.decided ? Work{} : later_folds(family, path, folds);
        const Work ends = later_finals(family, path, finals, later.growth, seconds.value_or(1));
        outlook.trainings += folds.wanted + static_cast<std::int64_t>(later.trainings + 0.5) + finals.done() +
                             static_cast<std::int64_t>(ends.trainings + 0.5);
        seconds_done += folds.seconds + finals.seconds;
        if (!seconds || !outlook.seconds_left) {
            outlook.seconds_left.reset();
            continue;
        }
        std::vector<double> wanted;
        for (const WantedFold& fold : path.wanted) wanted.push_back(cost(family, fold.candidate));
        const double waiting =
            static_cast<double>(folds.waiting()) * (wanted.empty() ? measured_cost(family, path) : mean_of(wanted));
        const double trainings = *seconds * (waiting + later.cost + ends.cost);
        *outlook.seconds_left += std::max(trainings - folds.begun - finals.begun, 0.0);
    }
    if (outlook.seconds_left && seconds_done > 0) outlook.share = seconds_done / (seconds_done + *outlook.seconds_left);
    return outlook;
}

}  // namespace inkling
