#include "study/path.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <span>
#include <string_view>
#include <tuple>
#include <utility>

#include "core/error.h"
#include "study/trade_off.h"

namespace inkling {
namespace {

constexpr const char* kAsBefore = "as before";

bool has_trial(const OptionPath& option, const std::string& key) {
    return std::any_of(option.trials.begin(), option.trials.end(),
                       [&](const Trial& trial) { return trial.key == key; });
}

/// An option of which nothing is scored yet. Learning rates do not change what a network takes.
OptionPath begin_option(const StudyFamily& family, const std::string& name, const std::vector<Candidate>& candidates) {
    OptionPath option{.name = name, .trials = {}, .listed = candidates.size()};
    for (const Candidate& candidate : candidates) {
        if (option.trials.empty()) option.cost = cost_of(make_recipe(family, candidate, family.epochs, 0).network);
        option.trials.push_back({.candidate = candidate, .key = recipe_key(family, candidate)});
    }
    return option;
}

OptionPath refused_option(const RoundOption& option, const Candidate& incumbent) {
    return {.name = option.name,
            .trials = {{.candidate = incumbent, .key = {}, .status = TrialStatus::kFailed, .reason = option.refusal}},
            .listed = 1,
            .tuned = true};
}

/// The round with nothing scored yet.
RoundPath begin_round(const StudyFamily& family, const Round& round, const Candidate& incumbent) {
    RoundPath path{
        .name = round.name, .options = {}, .incumbent = recipe_key(family, incumbent), .combines = round.combines};
    for (const RoundOption& option : round.options) {
        path.tunes = path.tunes || option.candidates.size() > 1;
        path.options.push_back(option.candidates.empty() ? refused_option(option, incumbent)
                                                         : begin_option(family, option.name, option.candidates));
        path.options.back().choices = option.choices;
    }
    return path;
}

/// What the study lacks: each training once, and none of what has failed.
class Lacking {
  public:
    explicit Lacking(int tuning_fold) : tuning_fold_(tuning_fold) {}
    void add(const Trial& trial, int fold) {
        if (asked_.insert({trial.key, fold}).second) wanted_.push_back({trial.candidate, trial.key, fold});
    }
    void forget(const std::string& failed) {
        std::erase_if(wanted_, [&](const WantedFold& fold) { return fold.key == failed; });
    }
    bool none() const { return wanted_.empty(); }
    std::vector<WantedFold> take() {
        // Tuning comes first.
        const auto order = [this](const WantedFold& wanted) { return wanted.fold == tuning_fold_ ? -1 : wanted.fold; };
        std::stable_sort(wanted_.begin(), wanted_.end(),
                         [&](const WantedFold& a, const WantedFold& b) { return order(a) < order(b); });
        return std::move(wanted_);
    }

  private:
    std::vector<WantedFold> wanted_;
    std::set<FoldKey> asked_;
    int tuning_fold_;
};

void fail(Trial& trial, const FoldScore& score, Lacking& lacking) {
    trial.status = TrialStatus::kFailed;
    trial.reason = score.reason;
    lacking.forget(trial.key);
}

/// Lets the trial with the best tuning score, of those that have not failed, stand for the option.
void choose_standing(OptionPath& option) {
    const auto rank = [](const Trial& trial) {
        return std::pair(trial.status != TrialStatus::kFailed, trial.tuning.value_or(0));
    };
    option.best = 0;
    for (std::size_t i = 1; i < option.trials.size(); ++i)
        if (rank(option.trials[i]) > rank(option.trials[option.best])) option.best = i;
}

/// The rate beyond the best one, where that is the highest or lowest of those tried.
std::optional<double> rate_beyond(const OptionPath& option) {
    std::vector<double> rates;
    for (const Trial& trial : option.trials) rates.push_back(trial.candidate.learning_rate);
    std::sort(rates.begin(), rates.end());
    rates.erase(std::unique(rates.begin(), rates.end()), rates.end());
    const double best = option.trial().candidate.learning_rate;
    if (rates.size() < 2 || option.trial().status == TrialStatus::kFailed) return {};
    if (best == rates.back()) return best * (best / rates[rates.size() - 2]);
    if (best == rates.front()) return best * (best / rates[1]);
    return {};
}

/// Tries the option at its learning rates as far as scores are there.
void tune(const StudyRecipe& study, const StudyFamily& family, OptionPath& option, const FindScore& find,
          Lacking& lacking) {
    const int fold = tuning_fold(study);
    while (!option.tuned) {
        bool complete = true;
        for (Trial& trial : option.trials) {
            if (trial.status == TrialStatus::kFailed || trial.tuning) continue;
            const std::optional<FoldScore> found = find(trial.key, fold);
            complete = complete && found;
            if (!found)
                lacking.add(trial, fold);
            else if (found->failed)
                fail(trial, *found, lacking);
            else
                trial.tuning = found->accuracy;
        }
        choose_standing(option);
        if (!complete) return;
        const std::optional<double> rate = rate_beyond(option);
        option.tuned = !rate || option.trials.size() >= option.listed + kStepsBeyond;
        if (option.tuned) return;
        try {
            const Candidate candidate = at_rate(family, option.trials.front().candidate, *rate);
            option.trials.push_back({.candidate = candidate, .key = recipe_key(family, candidate)});
        } catch (const Error&) {
            option.tuned = true;  // there is no such rate
        }
    }
}

/// Gives the incumbent an option of its own where it stands for none, and may not yet come to.
void place_incumbent(RoundPath& round, const Candidate& incumbent, const Cost& cost) {
    const bool placed = std::any_of(round.options.begin(), round.options.end(), [&](const OptionPath& option) {
        return option.tuned ? option.trial().key == round.incumbent : has_trial(option, round.incumbent);
    });
    if (placed) return;
    round.options.insert(round.options.begin(), {.name = kAsBefore,
                                                 .trials = {{.candidate = incumbent, .key = round.incumbent}},
                                                 .cost = cost,
                                                 .listed = 1,
                                                 .tuned = true});
}

/// Looks up the option's scores on the first `end` folds. Where its trial fails, the next best rate stands for it.
void score(OptionPath& option, int end, const FindScore& find, Lacking& lacking) {
    for (std::size_t attempt = 0; attempt < option.trials.size(); ++attempt) {
        Trial& trial = option.trials[option.best];
        if (trial.status != TrialStatus::kRunning) return;
        bool gap = false;
        for (int fold = static_cast<int>(trial.scores.size()); fold < end; ++fold) {
            const std::optional<FoldScore> found = find(trial.key, fold);
            if (found && found->failed) {
                fail(trial, *found, lacking);
                break;
            }
            gap = gap || !found;
            if (!found)
                lacking.add(trial, fold);
            else if (!gap)
                trial.scores.push_back(found->accuracy);
        }
        if (trial.status != TrialStatus::kFailed) return;
        choose_standing(option);
    }
}

/// The options of a round that have scores, the same configuration once.
struct Contest {
    std::vector<std::size_t> options;
    std::vector<std::span<const double>> scores;
    std::map<std::string_view, std::size_t> places = {};  // of configurations among them

    std::size_t place(const RoundPath& round, std::size_t option) const {
        return places.at(round.options[option].trial().key);
    }
    bool has(const RoundPath& round, std::size_t option) const {
        return places.contains(round.options[option].trial().key);
    }
};

Contest contest_of(const RoundPath& round) {
    Contest contest;
    for (std::size_t i = 0; i < round.options.size(); ++i) {
        const Trial& trial = round.options[i].trial();
        if (trial.status == TrialStatus::kFailed || trial.scores.empty()) continue;
        if (!contest.places.emplace(trial.key, contest.options.size()).second) continue;
        contest.options.push_back(i);
        contest.scores.emplace_back(trial.scores);
    }
    return contest;
}

/// Drops the options that are behind the best of those that have all folds so far.
void drop_hopeless(const StudyRecipe& study, RoundPath& round) {
    const Contest contest = contest_of(round);
    const auto running = [&](std::size_t place) {
        return round.options[contest.options[place]].trial().status == TrialStatus::kRunning;
    };
    const auto mean = [&](std::size_t place) { return round.options[contest.options[place]].trial().mean(); };
    std::optional<std::size_t> best;
    for (std::size_t place = 0; place < contest.options.size(); ++place)
        if (running(place) && (!best || mean(place) > mean(*best))) best = place;
    if (!best) return;
    const ResidualVariance residual = residual_variance(contest.scores);
    std::set<std::string> behind;
    for (std::size_t place = 0; place < contest.options.size(); ++place) {
        const std::string& key = round.options[contest.options[place]].trial().key;
        if (running(place) && key != round.incumbent &&
            is_behind(contest.scores[place], contest.scores[*best], residual, correlation_ratio(study.folds),
                      kDroppingLevel))
            behind.insert(key);
    }
    for (OptionPath& option : round.options) {
        Trial& trial = option.trials[option.best];
        if (trial.status == TrialStatus::kRunning && behind.contains(trial.key)) trial.status = TrialStatus::kDropped;
    }
}

/// Scores the options that are tuned on the folds that they are compared on, as far as scores are there. Returns on how
/// many folds that is so far.
int compare(const StudyRecipe& study, RoundPath& round, const FindScore& find, Lacking& lacking) {
    int end = study.racing ? std::min(kFoldsBeforeDropping, study.folds) : study.folds;
    for (;; ++end) {
        for (OptionPath& option : round.options)
            if (option.tuned) score(option, end, find, lacking);
        if (!lacking.none()) return end;
        if (end == study.folds) break;
        drop_hopeless(study, round);
    }
    for (OptionPath& option : round.options)
        for (std::size_t i = 0; i < option.trials.size(); ++i) {
            Trial& trial = option.trials[i];
            if (trial.status == TrialStatus::kRunning)
                trial.status = i == option.best ? TrialStatus::kFinished : TrialStatus::kSuperseded;
        }
    return end;
}

/// How many configurations a family's path compares at most. What is best before a round was chosen among all those
/// before it, by the same folds, so that the intervals of a round must hold for pairs of so many.
int compared_options(const StudyRecipe& study, const StudyFamily& family, const RoundPath& round) {
    if (study.strategy == StrategyKind::kTpe) return study.samples + 1;
    if (study.strategy != StrategyKind::kSequential) return static_cast<int>(round.options.size());
    std::size_t count = 1;
    for (const Technique& technique : family.techniques) count += technique.options.size();
    return static_cast<int>(count);
}

Verdict judge(const Difference& difference, double margin) {
    const Interval& interval = difference.interval;
    if (interval.low >= -margin && interval.high <= margin) return Verdict::kEquivalent;
    return interval.high < 0 ? Verdict::kBetter : Verdict::kUndecided;
}

/// What is shown of each of the contest beside the one at `place`.
std::vector<Comparison> comparisons(const StudyRecipe& study, const RoundPath& round, const Contest& contest,
                                    std::size_t place) {
    const double level = kStudyLevel / static_cast<double>(study.families.size());
    std::vector<Comparison> result;
    for (const Difference& difference :
         differences_from(place, contest.scores, round.residual, round.compared, correlation_ratio(study.folds), level))
        result.push_back({.difference = difference, .verdict = judge(difference, study.margin / 100)});
    return result;
}

/// The option of the highest mean over all folds, the incumbent of equals, else the earlier; none where none has all.
template <class Allowed>
std::optional<std::size_t> highest_option(const RoundPath& round, Allowed&& allowed) {
    const auto rank = [&](std::size_t i) {
        const Trial& trial = round.options[i].trial();
        return std::pair(trial.mean(), trial.key == round.incumbent);
    };
    std::optional<std::size_t> highest;
    for (std::size_t i = 0; i < round.options.size(); ++i)
        if (round.options[i].trial().status == TrialStatus::kFinished && allowed(i) &&
            (!highest || rank(i) > rank(*highest)))
            highest = i;
    return highest;
}

std::size_t choose(const StudyRecipe& study, const RoundPath& round, const Contest& contest, std::size_t highest) {
    if (study.choose == ChooseRule::kHighestMean) return highest;
    const double margin = study.margin / 100;
    const std::vector<Comparison> beside = comparisons(study, round, contest, contest.place(round, highest));
    const auto rank = [&](std::size_t i) {
        const OptionPath& option = round.options[i];
        return std::tuple(option.cost, option.trial().key != round.incumbent, -option.trial().mean());
    };
    std::size_t chosen = highest;
    for (std::size_t i = 0; i < round.options.size(); ++i) {
        if (round.options[i].trial().status != TrialStatus::kFinished) continue;
        const Comparison& comparison = beside[contest.place(round, i)];
        const bool near = comparison.difference.mean >= -margin && comparison.verdict == Verdict::kUndecided;
        if ((near || comparison.verdict == Verdict::kEquivalent) && rank(i) < rank(chosen)) chosen = i;
    }
    return chosen;
}

/// Lets the option's trial of that key stand for it.
void stand_by(OptionPath& option, const std::string& key) {
    for (std::size_t i = 0; i < option.trials.size(); ++i)
        if (option.trials[i].key == key) option.best = i;
}

/// `before` is the variance in the rounds before.
void decide(const StudyRecipe& study, const StudyFamily& family, RoundPath& round, const ResidualVariance& before) {
    round.decided = true;
    round.compared = compared_options(study, family, round);
    round.residual = pooled(before, residual_variance(contest_of(round).scores));
    const auto highest = highest_option(round, [](std::size_t) { return true; });
    if (!highest) {
        const auto holder = std::find_if(round.options.begin(), round.options.end(),
                                         [&](const OptionPath& option) { return has_trial(option, round.incumbent); });
        stand_by(*holder, round.incumbent);
        round.winner = static_cast<std::size_t>(holder - round.options.begin());
        return;
    }
    const Contest contest = contest_of(round);
    round.winner = choose(study, round, contest, *highest);
    const std::string chosen = round.options[round.winner].trial().key;
    round.runner_up = highest_option(round, [&](std::size_t i) { return round.options[i].trial().key != chosen; });
    const std::vector<Comparison> beside = comparisons(study, round, contest, contest.place(round, round.winner));
    for (std::size_t i = 0; i < round.options.size(); ++i)
        if (i != round.winner && contest.has(round, i))
            round.options[i].beside_chosen = beside[contest.place(round, i)];
}

/// What came of the combinations so far.
std::vector<Observation> observations(std::span<const RoundPath> rounds) {
    std::vector<Observation> seen;
    std::vector<std::span<const double>> scores;
    for (const RoundPath& round : rounds)
        for (const OptionPath& option : round.options) {
            if (option.choices.empty()) continue;
            seen.push_back({.choices = option.choices});
            scores.emplace_back(option.trial().scores);
        }
    const std::vector<double> means = fold_adjusted_means(scores);
    for (std::size_t i = 0; i < seen.size(); ++i) seen[i].accuracy = scores[i].empty() ? -1 : means[i];
    return seen;
}

/// Lets the configuration that the study prefers be the best of the path.
void take_preferred(const StudyRecipe& study, FamilyPath& path) {
    const std::vector<ScoredConfiguration> scored = scored_configurations(path);
    if (!scored.empty()) path.best = scored[preferred(study, scored, path.rounds.back())].candidate;
}

}  // namespace

int tuning_fold(const StudyRecipe& study) { return study.folds; }

const char* verdict_name(Verdict verdict) {
    constexpr std::array kNames{"better", "equivalent", "undecided"};
    return kNames.at(static_cast<std::size_t>(verdict));
}

const Trial& RoundPath::incumbent_trial() const {
    for (const OptionPath& option : options)
        if (option.trial().key == incumbent) return option.trial();
    for (const OptionPath& option : options)
        for (const Trial& trial : option.trials)
            if (trial.key == incumbent) return trial;
    throw failed("round {}: no trial of what was chosen before", name);
}

const Candidate& FamilyPath::chosen() const {
    return confirmation && confirmation->decided ? confirmation->options[confirmation->chosen].trial.candidate : best;
}

FamilyPath follow_path(const StudyRecipe& study, const StudyFamily& family, const FindScore& find) {
    FamilyPath path;
    PathFollower(study, family, path).follow(find);
    return path;
}

PathFollower::PathFollower(const StudyRecipe& study, const StudyFamily& family, FamilyPath& path)
    : study_(study),
      family_(family),
      path_(path),
      best_(baseline_candidate(family)),
      best_cost_(cost_of(make_recipe(family, best_, family.epochs, 0).network)) {}

void PathFollower::follow(const FindScore& find) {
    ++passes_;
    rounds_ = round_count(study_, family_);
    path_.rounds.resize(decided_);
    path_.best = best_;
    path_.decided = false;
    path_.wanted.clear();
    while (decided_ < rounds_) {
        if (!begun_)
            begun_ =
                begin_round(family_, make_round(study_, family_, decided_, best_, observations(path_.rounds)), best_);
        Lacking lacking(tuning_fold(study_));
        for (OptionPath& option : begun_->options) {
            option.tuned = option.tuned || !begun_->tunes;
            tune(study_, family_, option, find, lacking);
        }
        RoundPath round = *begun_;
        place_incumbent(round, best_, best_cost_);
        end_ = compare(study_, round, find, lacking);
        if (!lacking.none()) return explore(std::move(round), lacking.take());
        decide(study_, family_, round, decided_ == 0 ? ResidualVariance{} : path_.rounds.back().residual);
        best_cost_ = round.options[round.winner].cost;
        best_ = round.options[round.winner].trial().candidate;
        path_.best = best_;
        path_.rounds.push_back(std::move(round));
        ++decided_;
        begun_.reset();
    }
    path_.decided = true;
    if (study_.prefer != Preference::kAccurate) take_preferred(study_, path_);
}

void PathFollower::explore(RoundPath round, std::vector<WantedFold> wanted) {
    lacking_.clear();
    places_.clear();
    for (const WantedFold& fold : wanted) {
        lacking_[{fold.key, fold.fold}] = places_.size();
        places_.push_back(places_.size());
    }
    competing_.clear();
    for (std::size_t i = 0; i < round.options.size(); ++i)
        if (round.options[i].tuned) competing_[round.options[i].trial().key].push_back(i);
    path_.rounds.push_back(std::move(round));
    path_.wanted = std::move(wanted);
}

void PathFollower::follow(const FindScore& find, std::span<const FoldKey> news) {
    const bool goes_on = passes_ > 0 && rounds_ == round_count(study_, family_);
    if (goes_on && path_.decided) {
        path_.wanted.clear();
        return;
    }
    if (!goes_on || !std::ranges::all_of(news, [&](const FoldKey& name) { return take_in(find, name); })) follow(find);
}

/// Takes in a score of the explored round. Returns false where it may decide something: the last that was lacking, a
/// failure, a learning rate's.
bool PathFollower::take_in(const FindScore& find, const FoldKey& name) {
    const auto lacking = lacking_.find(name);
    if (lacking == lacking_.end()) return true;
    if (lacking_.size() == 1 || name.fold == tuning_fold(study_) || find(name.key, name.fold).value().failed)
        return false;
    Lacking rest(tuning_fold(study_));  // which `lacking_` tells already
    for (const std::size_t option : competing_.at(name.key))
        score(path_.rounds.back().options[option], end_, find, rest);
    const auto place = std::ranges::lower_bound(places_, lacking->second) - places_.begin();
    path_.wanted.erase(path_.wanted.begin() + place);
    places_.erase(places_.begin() + place);
    lacking_.erase(lacking);
    return true;
}

}  // namespace inkling
