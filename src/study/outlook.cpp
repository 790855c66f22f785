#include "study/outlook.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <utility>

#include "study/challenger.h"
#include "study/choices.h"
#include "study/image_cost.h"

namespace inkling {
namespace {

// Of all folds of all options, what racing leaves in planted studies; and how many folds that is taken for.
constexpr double kUsualShare = 0.85;
constexpr double kUsualFolds = 40;

constexpr double kDearerChosen = 0.25;
constexpr double kUsualChanges = 0.25;  // of the rounds change what is best

/// Stands for StudyFamily::epochs, so that a cost is known for any number of them.
constexpr int kFamilysEpochs = 99999;

double mean_of(const std::vector<double>& costs) {
    double sum = 0;
    for (const double cost : costs) sum += cost;
    return costs.empty() ? 0 : sum / static_cast<double>(costs.size());
}

/// Images that a training on the whole training part sees for each one that a fold's sees.
double final_weight(const StudyRecipe& study, const StudyFamily& family) {
    return family.final_epochs / (family.epochs * fold_share(study));
}

/// Configurations that fresh folds will score: baseline, and of each choice that changes something its step and the
/// final one without it. Where rounds came back, the steps before them are asked for.
double fresh_configurations(const StudyRecipe& study, const StudyFamily& family, const FamilyPath& path) {
    if (study.fresh_folds == 0) return 0;
    double changes = 0;
    double decided = 0;
    for (const RoundPath& round : path.rounds) {
        if (round.decided) ++decided;
        if (changes_configuration(round)) ++changes;
    }
    const std::set<std::size_t> steps =
        path.fresh ? std::set(path.fresh->steps.begin(), path.fresh->steps.end()) : std::set<std::size_t>{};
    return 1 - static_cast<double>(steps.size()) +
           2 * (changes + kUsualChanges * (static_cast<double>(round_count(study, family)) - decided));
}

/// Configurations that will be confirmed: path's choice, baseline and challenger, the undecided, four regularising
/// choices.
std::size_t confirmed_configurations(const StudyRecipe& study, const StudyFamily& family) {
    if (study.prefer != Preference::kAccurate) return 0;
    const int most = 2 + (family.challenger.empty() ? 0 : 1) + study.confirm_undecided + 4;
    return static_cast<std::size_t>(std::min(study.confirm, most));
}

/// Trainings of a round where no option is dropped: each option that is new on all folds, and where rates are tuned,
/// each rate and half as many again beyond them.
double all_folds(const StudyRecipe& study, std::size_t options, std::size_t rates, bool tunes) {
    return static_cast<double>(options) * study.folds + (tunes ? 1.5 * static_cast<double>(rates) : 0);
}

/// But for the first, one option stands for what was best before.
double all_folds(const StudyRecipe& study, const RoundPath& round, bool first) {
    std::size_t rates = 0;
    for (const OptionPath& option : round.options) rates += option.listed;
    return all_folds(study, round.options.size() - (first ? 0 : 1), rates, round.tunes);
}

/// What the decided rounds' configurations were scored on; a tuning fold counts as one more.
double scored_folds(const FamilyPath& path) {
    std::set<std::pair<std::string, std::size_t>> seen;
    for (const RoundPath& round : path.rounds)
        for (const OptionPath& option : round.options)
            for (const Trial& trial : option.trials)
                for (std::size_t i = 0; round.decided && i < trial.scores.size() + (trial.tuning ? 1 : 0); ++i)
                    seen.insert({trial.key, i});
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

/// Adds those of `more` that are none of `options` yet.
void add_new(std::vector<ConfirmedOption>& options, const std::vector<ConfirmedOption>& more) {
    for (const ConfirmedOption& option : more) {
        const auto is_it = [&](const ConfirmedOption& other) { return other.trial.key == option.trial.key; };
        if (std::ranges::none_of(options, is_it)) options.push_back(option);
    }
}

}  // namespace

/// Trainings, and their costs together.
struct Forecast::Work {
    double trainings = 0;
    double cost = 0;
    double most = 0;    // of any
    double growth = 1;  // what the path's end is expected to cost beside what is best so far

    void add(double count, double each) {
        trainings += count;
        cost += count * each;
        if (count > 0) most = std::max(most, each);
    }
    void operator+=(const Work& other) {
        trainings += other.trainings;
        cost += other.cost;
        most = std::max(most, other.most);
    }
};

struct Forecast::FullLength {
    Work finished;
    Work left;

    void operator+=(const FullLength& other) {
        finished += other.finished;
        left += other.left;
    }
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
    const std::string best_key = recipe_key(family, best);
    for (const RoundOption& option : round.options) {
        const auto& candidates = option.candidates;
        cost.tunes = cost.tunes || candidates.size() > 1;
        cost.rates += candidates.size();
        for (const Candidate& candidate : candidates) sum += this->cost(family, candidate);
        if (!candidates.empty()) winners.push_back(this->cost(family, candidates.front()));
        const bool known = index > 0 && std::ranges::any_of(candidates, [&](const Candidate& candidate) {
                               return recipe_key(family, candidate) == best_key;
                           });
        if (!known) ++cost.options;
    }
    const double usual = this->cost(family, best);
    cost.mean = cost.rates > 0 ? sum / static_cast<double>(cost.rates) / usual : 1;
    cost.growth = expected_growth(winners, usual);
    return rounds_[key] = cost;
}

double Forecast::cost(const StudyFamily& family, const Candidate& candidate, Role role) {
    const double on_folds = cost(family, candidate);
    if (role == Role::kFold) return on_folds;
    return on_folds * final_weight(*study_, family) * (role == Role::kConfirm ? 1 - study_->confirm_fraction : 1);
}

/// Mean over the folds that are scored; the baseline's where none is.
double Forecast::measured_cost(const StudyFamily& family, const FamilyPath& path) {
    double sum = 0;
    double folds = 0;
    const auto add = [&](const Trial& trial) {
        const auto scores = static_cast<double>(trial.scores.size() + (trial.tuning ? 1 : 0));
        if (scores > 0) sum += cost(family, trial.candidate) * scores;
        folds += scores;
    };
    std::set<std::string> seen;
    for (const RoundPath& round : path.rounds)
        for (const OptionPath& option : round.options)
            for (const Trial& trial : option.trials)
                if ((trial.tuning || !trial.scores.empty()) && seen.insert(trial.key).second) add(trial);
    if (path.fresh)
        for (const Trial& trial : path.fresh->trials) add(trial);
    return folds > 0 ? sum / folds : cost(family, baseline_candidate(family));
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
Forecast::Work Forecast::later_folds(const StudyFamily& family, const FamilyPath& path) {
    const double decided = scored_folds(path);
    double expected = 0;
    for (std::size_t i = 0; i < path.rounds.size(); ++i)
        if (path.rounds[i].decided) expected += all_folds(*study_, path.rounds[i], i == 0);
    // What dropping leaves, as if kUsualFolds had been seen before.
    const double usual = study_->racing ? kUsualShare : 1;
    const double share = std::clamp((decided + usual * kUsualFolds) / (expected + kUsualFolds), 0.25, 1.0);
    Work work;
    if (!path.rounds.empty() && !path.rounds.back().decided) {
        std::vector<double> costs;
        for (const WantedFold& wanted : path.wanted) costs.push_back(cost(family, wanted.candidate));
        work.add(share * lacking_folds(*study_, path), mean_of(costs));
        std::vector<double> running;
        for (const OptionPath& option : path.rounds.back().options)
            if (option.trial().status == TrialStatus::kRunning)
                running.push_back(cost(family, option.trial().candidate));
        work.growth *= expected_growth(std::move(running), cost(family, path.best));
    }
    // A technique's options stand on what the rounds before them chose; combinations stand by themselves.
    const bool stands_on_choices = study_->strategy == StrategyKind::kSequential;
    for (std::size_t i = path.rounds.size(); i < round_count(*study_, family); ++i) {
        const RoundCost& round = round_cost(family, i, path.best);
        const double before = (stands_on_choices ? work.growth : 1) * cost(family, path.best);
        work.add(share * all_folds(*study_, round.options, round.rates, round.tunes), round.mean * before);
        work.growth = (stands_on_choices ? work.growth : 1) * round.growth;
    }
    work.add(fresh_configurations(*study_, family, path) * study_->fresh_folds, work.growth * cost(family, path.best));
    return work;
}

/// What confirms: as the confirmation stands, and as it is expected where further rounds will make another.
Forecast::FullLength Forecast::confirming(const StudyFamily& family, const FamilyPath& path, double growth) {
    FullLength work;
    const auto add = [&](const Candidate& candidate, std::size_t finished, std::size_t left, double grown) {
        const double each = grown * cost(family, candidate, Role::kConfirm);
        work.finished.add(static_cast<double>(finished), each);
        work.left.add(static_cast<double>(left), each);
    };
    const auto seeds = static_cast<std::size_t>(study_->confirm_seeds);
    if (path.confirmation) {
        std::vector<ConfirmedOption> options = path.confirmation->options;
        if (options.size() < static_cast<std::size_t>(study_->confirm) && !path.confirmation->decided)
            add_new(options, begin_confirmation(*study_, family, path).options);  // it was begun for fewer
        for (std::size_t i = 0; i < std::min(options.size(), static_cast<std::size_t>(study_->confirm)); ++i) {
            const Trial& trial = options[i].trial;
            const std::size_t scored = std::min(trial.scores.size(), seeds);
            add(trial.candidate, scored, trial.status == TrialStatus::kFailed ? 0 : seeds - scored, 1);
        }
    }
    if (!path.decided) {
        const std::size_t count = confirmed_configurations(*study_, family);
        const bool challenged = count > 2 && !family.challenger.empty();
        const bool begun = path.confirmation.has_value();  // with these among its options
        if (count > 1 && !begun) add(baseline_candidate(family), 0, seeds, 1);
        if (challenged && !begun) add(challenger_candidate(family), 0, seeds, 1);
        if (count > 0) add(path.best, 0, seeds * (count - (count > 1 ? 1 : 0) - (challenged ? 1 : 0)), growth);
    }
    return work;
}

/// On the whole training part: as many of the baseline as of what is found.
Forecast::FullLength Forecast::finals(const StudyFamily& family, const FamilyPath& path, const FamilyTally& tally,
                                      double growth) {
    const std::int64_t each = study_->final_seeds + (study_->curves ? 1 : 0);
    FullLength work;
    const auto add = [&](std::int64_t finished, std::int64_t done, std::int64_t waiting, double cost) {
        work.finished.add(static_cast<double>(finished), cost);
        work.left.add(static_cast<double>(std::max({each - done, waiting, std::int64_t{0}})), cost);
    };
    const auto& [folds, all, confirming, best] = tally;
    add(all.finished - best.finished, all.done() - best.done(), all.waiting() - best.waiting(),
        cost(family, baseline_candidate(family), Role::kBaseline));
    add(best.finished, best.done(), best.waiting(), growth * cost(family, path.chosen(), Role::kBest));
    return work;
}

Outlook Forecast::expect(std::span<const FamilyPath> paths, std::span<const FamilyTally> tallies) {
    Outlook outlook{.seconds_left = 0};
    double seconds_done = 0;
    for (std::size_t i = 0; i < paths.size(); ++i) {
        const StudyFamily& family = study_->families[i];
        const FamilyPath& path = paths[i];
        const FamilyTally& tally = tallies[i];
        const Work later = path.decided ? Work{} : later_folds(family, path);
        FullLength full = confirming(family, path, later.growth);
        full += finals(family, path, tally, later.growth);
        const auto rounded = [](double trainings) { return std::int64_t{std::lround(trainings)}; };
        outlook.of_families.push_back(0);
        outlook.trainings += tally.folds.wanted + rounded(later.trainings) + tally.finals.done() +
                             tally.confirming.done() + rounded(full.left.trainings);
        const double full_seconds = tally.finals.seconds + tally.confirming.seconds;
        seconds_done += tally.folds.seconds + full_seconds;

        // Seconds of a cost: as measured at the same length, else at the other, else before the study.
        const double measured = measured_cost(family, path);
        std::optional<double> fold_pace;
        std::optional<double> full_pace;
        if (tally.folds.finished > 0)
            fold_pace = tally.folds.seconds / static_cast<double>(tally.folds.finished) / measured;
        if (full.finished.cost > 0) full_pace = full_seconds / full.finished.cost;
        if (!fold_pace) fold_pace = full_pace;
        if (!fold_pace && !prior_.empty()) fold_pace = prior_[i];
        if (!full_pace) full_pace = fold_pace;
        if (!fold_pace || !outlook.seconds_left) {
            outlook.seconds_left.reset();
            continue;
        }
        std::vector<double> wanted;
        for (const WantedFold& fold : path.wanted) wanted.push_back(cost(family, fold.candidate));
        const double waiting = static_cast<double>(std::max(tally.folds.waiting(), std::ssize(path.wanted))) *
                               (wanted.empty() ? measured : mean_of(wanted));
        const double begun = tally.folds.begun + tally.finals.begun + tally.confirming.begun;
        const double left = *fold_pace * (waiting + later.cost) + *full_pace * full.left.cost;
        outlook.of_families.back() = std::max(left - begun, 0.0);
        *outlook.seconds_left += outlook.of_families.back();
        outlook.longest = std::max(outlook.longest, *full_pace * full.left.most - begun);
    }
    if (outlook.seconds_left && seconds_done > 0) outlook.share = seconds_done / (seconds_done + *outlook.seconds_left);
    return outlook;
}

}  // namespace inkling
