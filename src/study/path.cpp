#include "study/path.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <set>
#include <span>

#include "core/error.h"
#include "core/hash.h"

namespace inkling {
namespace {

constexpr const char* kAsBefore = "as before";

template <class Visit>
void each_trial(std::vector<OptionPath>& options, Visit&& visit) {
    for (OptionPath& option : options)
        for (Trial& trial : option.trials) visit(trial);
}

bool has_trial(const OptionPath& option, const std::string& key) {
    return std::any_of(option.trials.begin(), option.trials.end(),
                       [&](const Trial& trial) { return trial.key == key; });
}

/// The round with nothing scored yet.
RoundPath begin_round(const StudyFamily& family, const Round& round, const Candidate& incumbent) {
    RoundPath path{.name = round.name, .options = {}, .incumbent = recipe_key(family, incumbent)};
    for (const RoundOption& option : round.options) {
        OptionPath& added = path.options.emplace_back(OptionPath{.name = option.name, .trials = {}});
        for (const Candidate& candidate : option.candidates)
            added.trials.push_back({.candidate = candidate, .key = recipe_key(family, candidate)});
        if (option.candidates.empty())
            added.trials.push_back(
                {.candidate = incumbent, .key = {}, .status = TrialStatus::kFailed, .reason = option.refusal});
    }
    const bool found = std::any_of(path.options.begin(), path.options.end(),
                                   [&](const OptionPath& option) { return has_trial(option, path.incumbent); });
    if (!found)
        path.options.insert(path.options.begin(),
                            {.name = kAsBefore, .trials = {{.candidate = incumbent, .key = path.incumbent}}});
    return path;
}

/// Looks up the folds [begin, end) of all trials that still run. Returns those that are lacking, each once.
std::vector<WantedFold> score(std::vector<OptionPath>& options, int begin, int end, const FindScore& find) {
    std::vector<WantedFold> wanted;
    std::set<std::string> failed;
    for (int fold = begin; fold < end; ++fold) {
        std::set<std::string> asked;
        each_trial(options, [&](Trial& trial) {
            if (trial.status != TrialStatus::kRunning) return;
            const std::optional<FoldScore> found = find(trial.key, fold);
            if (!found) {
                if (asked.insert(trial.key).second) wanted.push_back({trial.candidate, trial.key, fold});
            } else if (found->failed) {
                trial.status = TrialStatus::kFailed;
                trial.reason = found->reason;
                failed.insert(trial.key);
            } else {
                trial.scores.push_back(found->accuracy);
            }
        });
    }
    std::erase_if(wanted, [&](const WantedFold& fold) { return failed.contains(fold.key); });
    return wanted;
}

/// Drops the worse half of the configurations that still run, all but the incumbent and the best of the two best
/// options: a winner needs somebody to be compared with.
void drop_hopeless(RoundPath& round) {
    struct Ranked {
        double mean;
        std::string key;
        std::size_t option;
    };
    std::vector<Ranked> ranking;
    std::set<std::string> seen;
    for (std::size_t i = 0; i < round.options.size(); ++i)
        for (const Trial& trial : round.options[i].trials)
            if (trial.status == TrialStatus::kRunning && seen.insert(trial.key).second)
                ranking.push_back({trial.mean(), trial.key, i});
    std::stable_sort(ranking.begin(), ranking.end(), [](const Ranked& a, const Ranked& b) { return a.mean > b.mean; });

    std::set<std::string> kept{round.incumbent};
    std::set<std::size_t> options;
    for (std::size_t rank = 0; rank < ranking.size(); ++rank) {
        const bool new_option = options.insert(ranking[rank].option).second;
        if (2 * rank < ranking.size() || (new_option && options.size() <= 2)) kept.insert(ranking[rank].key);
    }
    each_trial(round.options, [&](Trial& trial) {
        if (trial.status == TrialStatus::kRunning && !kept.contains(trial.key)) trial.status = TrialStatus::kDropped;
    });
}

/// Whether `a` stands for its option rather than `b`.
bool stands_before(const Trial& a, const Trial& b) {
    const bool a_failed = a.status == TrialStatus::kFailed;
    const bool b_failed = b.status == TrialStatus::kFailed;
    if (a_failed != b_failed) return b_failed;
    if (a.scores.size() != b.scores.size()) return a.scores.size() > b.scores.size();
    return a.mean() > b.mean();
}

void choose_standing(OptionPath& option) {
    option.best = 0;
    for (std::size_t i = 1; i < option.trials.size(); ++i)
        if (stands_before(option.trials[i], option.trials[option.best])) option.best = i;
}

/// The option with the highest mean over all folds, the earlier of equals; none where none has all folds.
template <class Allowed>
std::optional<std::size_t> best_option(const RoundPath& round, Allowed&& allowed) {
    std::optional<std::size_t> best;
    for (std::size_t i = 0; i < round.options.size(); ++i) {
        const Trial& trial = round.options[i].trial();
        if (trial.status != TrialStatus::kFinished || !allowed(i)) continue;
        if (!best || trial.mean() > round.options[*best].trial().mean()) best = i;
    }
    return best;
}

/// Lets the option's trial of that key stand for it.
void stand_by(OptionPath& option, const std::string& key) {
    for (std::size_t i = 0; i < option.trials.size(); ++i)
        if (option.trials[i].key == key) option.best = i;
}

void decide(RoundPath& round) {
    const auto holder = std::find_if(round.options.begin(), round.options.end(),
                                     [&](const OptionPath& option) { return has_trial(option, round.incumbent); });
    round.decided = true;
    round.winner = static_cast<std::size_t>(holder - round.options.begin());
    const Trial incumbent = round.incumbent_trial();
    const auto best = best_option(round, [](std::size_t) { return true; });
    const bool incumbent_failed = incumbent.status == TrialStatus::kFailed;
    if (best && (incumbent_failed || round.options[*best].trial().mean() > incumbent.mean()))
        round.winner = *best;
    else
        stand_by(*holder, round.incumbent);
    const std::string chosen = round.options[round.winner].trial().key;
    round.runner_up = best_option(round, [&](std::size_t option) {
        return option != round.winner && round.options[option].trial().key != chosen;
    });
}

/// Goes through the folds as far as scores are there. Returns what is lacking.
std::vector<WantedFold> explore(const StudyRecipe& study, RoundPath& round, const FindScore& find) {
    std::vector<WantedFold> wanted;
    for (int begin = 0, end = 0; begin < study.folds && wanted.empty(); begin = end) {
        end = study.halving ? std::min(std::max(2 * begin, 1), study.folds) : study.folds;
        wanted = score(round.options, begin, end, find);
        if (wanted.empty() && end < study.folds) drop_hopeless(round);
    }
    each_trial(round.options, [&](Trial& trial) {
        if (trial.status == TrialStatus::kRunning && static_cast<int>(trial.scores.size()) == study.folds)
            trial.status = TrialStatus::kFinished;
    });
    for (OptionPath& option : round.options) choose_standing(option);
    return wanted;
}

}  // namespace

std::string recipe_key(const StudyFamily& family, const Candidate& candidate) {
    const std::string text = family.name + "\n" + to_toml(make_recipe(family, candidate, family.epochs, 0));
    return sha256(std::as_bytes(std::span(text)));
}

const char* trial_status_name(TrialStatus status) {
    constexpr std::array kNames{"running", "finished", "dropped", "failed"};
    return kNames.at(static_cast<std::size_t>(status));
}

double Trial::mean() const {
    return scores.empty() ? 0 : std::accumulate(scores.begin(), scores.end(), 0.0) / static_cast<double>(scores.size());
}

const Trial& RoundPath::incumbent_trial() const {
    for (const OptionPath& option : options)
        for (const Trial& trial : option.trials)
            if (trial.key == incumbent) return trial;
    throw failed("round {}: no trial of what was chosen before", name);
}

FamilyPath follow_path(const StudyRecipe& study, const StudyFamily& family, const FindScore& find) {
    return PathFollower(study, family).follow(find);
}

PathFollower::PathFollower(const StudyRecipe& study, const StudyFamily& family)
    : study_(study), family_(family), best_(baseline_candidate(family)) {}

FamilyPath PathFollower::follow(const FindScore& find) {
    const std::size_t rounds = round_count(study_, family_);
    while (decided_.size() < rounds) {
        if (!begun_) begun_ = begin_round(family_, make_round(study_, family_, decided_.size(), best_), best_);
        RoundPath round = *begun_;
        std::vector<WantedFold> wanted = explore(study_, round, find);
        if (!wanted.empty()) {
            FamilyPath path{.rounds = decided_, .best = best_, .wanted = std::move(wanted)};
            path.rounds.push_back(std::move(round));
            return path;
        }
        decide(round);
        best_ = round.options[round.winner].trial().candidate;
        decided_.push_back(std::move(round));
        begun_.reset();
    }
    return {.rounds = decided_, .best = best_, .decided = true, .wanted = {}};
}

}  // namespace inkling
