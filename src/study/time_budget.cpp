#include "study/time_budget.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>

#include "study/challenger.h"
#include "study/fresh_folds.h"
#include "study/image_cost.h"
#include "study/outlook.h"
#include "study/strategy.h"

namespace inkling {
namespace {

constexpr double kUncounted = 1.08;  // times the trainings: judging folds, waiting at the ends of rounds
constexpr int kFirstSeeds = 1;
constexpr int kUsualSeeds = 2;          // for which rounds are left out
constexpr double kAim = 0.98;           // of the time: trainings do not end together
constexpr int kMostSeeds = 20;          // that steering comes to by itself
constexpr double kStandsIn = 2;         // times over its time that a budget's lists are still taken
constexpr double kTestShare = 1.0 / 6;  // of the test part beside the training part; as in EMNIST, about
constexpr double kPageSeconds = 1.5;
constexpr double kLeastFinals = 0.3;         // of the time: what is left to steer by must be fine enough
constexpr double kTinyFinals = 0.5;          // of the time: there is none to confirm
constexpr double kMostChallenger = 1.0 / 6;  // of the time, for one training
constexpr int kLeastConfirmed = 3;           // the path's choice, baseline, challenger
constexpr double kLeastScale = 1.0 / 64;
constexpr int kBisections = 30;
constexpr double kReturning = 0.95;  // of the aim: rounds that come back leave some room

/// What the rate is taken by: of the time spent, and trainings at least.
struct Window {
    double share;
    std::size_t trainings;
};
constexpr Window kWindow{0.25, 6};
constexpr Window kLately{0.1, 3};  // by which a machine that has become faster is noticed

/// Borders before and after what was left out is judged are this far apart.
constexpr int kJudged = 1'000'000;

int scaled(int number, double scale, double most) {
    const double value = std::round(number * std::min(scale, most));
    return std::max(static_cast<int>(value), 1);
}

int least_confirmed(const StudyRecipe& study) { return std::min(study.confirm, kLeastConfirmed); }

/// Returns whether less is confirmed than before.
bool confirm_less(StudyRecipe& study) {
    if (study.confirm > least_confirmed(study))
        --study.confirm;
    else if (study.confirm > 0 && study.confirm_seeds > 1)
        --study.confirm_seeds;
    else
        return false;
    return true;
}

double least_fraction(const StudyRecipe& study, std::int64_t images, int classes) {
    const double of_class = static_cast<double>(images) / std::max(classes, 1);
    return std::min({1.0, study.data_fraction, kLeastImages * fold_count(study) / of_class});
}

/// data_fraction grows to 1, the other numbers with it, and with them all trainings as the square of `scale`.
StudyRecipe scaled_study(const StudyRecipe& budget, double scale, double least) {
    StudyRecipe study = budget;
    if (budget.confirm > 0) study.confirm = std::max(scaled(budget.confirm, scale, 1), least_confirmed(budget));
    if (budget.fresh_folds > 0) study.fresh_folds = scaled(budget.fresh_folds, scale, 1);
    study.confirm_seeds = scaled(budget.confirm_seeds, scale, kMostGrowth);
    study.data_fraction = std::clamp(budget.data_fraction * scale, least, 1.0);
    study.final_seeds = std::clamp(scaled(budget.final_seeds, scale, kMostGrowth),
                                   std::min(budget.final_seeds, kUsualSeeds), std::max(kMostSeeds, budget.final_seeds));
    for (StudyFamily& family : study.families) {
        family.epochs = scaled(family.epochs, scale, kMostGrowth);
        family.final_epochs = scaled(family.final_epochs, scale, kMostGrowth);
    }
    return study;
}

/// What remains of a study that has made all its rounds and has little time left.
StudyRecipe least_finals(StudyRecipe study) {
    for (StudyFamily& family : study.families) family.rounds = 0;
    study.fresh_folds = 0;
    study.confirm = least_confirmed(study);
    study.confirm_seeds = 1;
    study.final_seeds = usual_seeds(study);
    study.curves = false;
    return study;
}

/// Returns whether there is one epoch less.
bool shorten_finals(StudyRecipe& study) {
    bool shorter = false;
    for (StudyFamily& family : study.families) {
        if (family.final_epochs == 1) continue;
        --family.final_epochs;
        shorter = true;
    }
    return shorter;
}

/// The largest x of [low, high] with fits(x), which holds below and not above it; low where it holds nowhere.
template <class Fits>
double largest(double low, double high, Fits&& fits) {
    if (fits(high)) return high;
    for (int i = 0; i < kBisections; ++i) {
        const double middle = std::sqrt(low * high);
        (fits(middle) ? low : high) = middle;
    }
    return low;
}

/// Leaves out the last round of the family that has most left to make, of equals the later one's. `made` are those of
/// each family that must stay. Returns whether there was one.
bool skip_round(StudyRecipe& study, std::span<const std::size_t> made) {
    std::optional<std::size_t> longest;
    std::size_t most = 0;
    for (std::size_t i = 0; i < study.families.size(); ++i) {
        const std::size_t rounds = round_count(study, study.families[i]);
        const std::size_t left = rounds - std::min(rounds, made[i]);
        if (left == 0 || left < most) continue;
        most = left;
        longest = i;
    }
    if (!longest) return false;
    StudyFamily& family = study.families[*longest];
    family.rounds = round_count(study, family) - 1;
    return true;
}

/// Trains each configuration at the end so many times more: first to be watched, then with further seeds.
void add_final(StudyRecipe& study, int trainings) {
    const bool watched = trainings > 0 && !study.curves;
    study.final_seeds += trainings - (watched ? 1 : 0);
    study.curves = study.curves || watched;
}

bool all_settled(std::span<const FamilyPath> paths) {
    return std::all_of(paths.begin(), paths.end(), [](const FamilyPath& path) { return path.settled(); });
}

bool has_trained_all(const StudyRecipe& study, std::span<const FamilyPath> paths,
                     std::span<const FamilyTally> tallies) {
    const int finals = 2 * (study.final_seeds + (study.curves ? 1 : 0));
    const auto scored = [](const FamilyPath& path) { return path.settled() && path.wanted.empty(); };
    return std::all_of(paths.begin(), paths.end(), scored) &&
           std::all_of(tallies.begin(), tallies.end(), [&](const FamilyTally& tally) {
               return tally.folds.waiting() + tally.finals.waiting() + tally.confirming.waiting() == 0 &&
                      tally.finals.done() >= finals;
           });
}

/// Once all rounds were decided at the border before, how much is confirmed stands.
bool confirming_has_begun(const std::optional<Decision>& last) { return last && last->decided == last->rounds; }

int sum_of(std::span<const std::size_t> rounds) {
    return static_cast<int>(std::accumulate(rounds.begin(), rounds.end(), std::size_t{0}));
}

/// Whether it was decided at the end of all paths that no round comes back.
bool is_closed(const Decision& decision) {
    const int done = decision.border % kJudged;
    return decision.decided == decision.rounds && (done == 0 || done > sum_of(decision.decided));
}

std::size_t decided_rounds(const FamilyPath& path) {
    return static_cast<std::size_t>(
        std::count_if(path.rounds.begin(), path.rounds.end(), [](const RoundPath& round) { return round.decided; }));
}

/// Of each training that has ended, the seconds that were expected of it.
std::vector<double> expected_of(Forecast& forecast, const StudyRecipe& study, std::span<const EndedTraining> ended) {
    std::vector<double> expected(ended.size(), 0);
    for (const StudyFamily& family : study.families)
        for (const bool on_folds : {true, false}) {
            double cost = 0;
            double seconds = 0;
            const auto counts = [&](const EndedTraining& training) {
                return training.job.family == family.name && (training.job.role == Role::kFold) == on_folds &&
                       training.seconds > 0;
            };
            for (std::size_t i = 0; i < ended.size(); ++i) {
                if (!counts(ended[i])) continue;
                expected[i] = forecast.cost(family, ended[i].job.candidate, ended[i].job.role);
                cost += expected[i];
                seconds += ended[i].seconds;
            }
            for (std::size_t i = 0; i < ended.size(); ++i)
                if (counts(ended[i])) expected[i] *= seconds / cost;
        }
    return expected;
}

/// What trainings took lately.
struct Lately {
    double time = 0;     // of the study
    double seconds = 0;  // of trainings
    double work = 0;     // seconds that were expected of them
    std::size_t trainings = 0;
};

/// Of one family, where `family` names one; its time is that of all.
Lately lately(std::span<const EndedTraining> ended, std::span<const double> expected, const Window& window,
              const std::string& family = {}) {
    const double now = ended.back().spent;
    Lately sum{.time = now};
    std::size_t count = 0;
    for (std::size_t i = ended.size(); i-- > 0; ++count) {
        if (count >= window.trainings && ended[i].spent < (1 - window.share) * now) {
            sum.time = now - ended[i].spent;
            break;
        }
        if (expected[i] == 0 || (!family.empty() && ended[i].job.family != family)) continue;
        sum.seconds += ended[i].seconds;
        sum.work += expected[i];
        ++sum.trainings;
    }
    return sum;
}

/// Seconds of the study's time for each second of a family's training that was expected: lately, by its own trainings
/// where there are enough, else by all.
double recent_rate(std::span<const EndedTraining> ended, std::span<const double> expected, const Window& window,
                   const std::string& family) {
    const Lately all = lately(ended, expected, window);
    if (all.work == 0) return 1;
    const Lately own = lately(ended, expected, window, family);
    const Lately& pace = own.trainings >= window.trainings ? own : all;
    return all.time / all.seconds * pace.seconds / pace.work;
}

/// Expects what studies take, that are the same but for their numbers.
class Sizer {
  public:
    Sizer(const MachinePace& pace, std::int64_t images) : pace_(pace), images_(images) {}

    double seconds(const StudyRecipe& study) {
        std::vector<FamilyPath> paths;
        for (std::size_t i = 0; i < study.families.size(); ++i) {
            if (best_.size() == i) best_.push_back(baseline_candidate(study.families[i]));
            paths.push_back({.rounds = {}, .best = best_[i], .wanted = {}});
        }
        const std::vector<FamilyTally> tallies(paths.size());
        return kUncounted * *expecting(study).expect(paths, tallies).seconds_left / pace_.workers;
    }

    /// Of one training that confirms a family's challenger, which `study` may be without.
    double challenger_seconds(const StudyRecipe& study, const StudyFamily& family, std::size_t index) {
        return fold_pace(study, index) *
               expecting(study).cost(study.families[index], challenger_candidate(family), Role::kConfirm);
    }

  private:
    double fold_pace(const StudyRecipe& study, std::size_t index) const {
        return pace_.seconds_per_cost[index] * fold_share(study) * static_cast<double>(images_);
    }

    Forecast& expecting(const StudyRecipe& study) {
        std::vector<double> prior;
        for (std::size_t i = 0; i < study.families.size(); ++i) prior.push_back(fold_pace(study, i));
        if (!forecast_) forecast_.emplace(study);
        forecast_->expect_of(study, std::move(prior));
        return *forecast_;
    }

    const MachinePace& pace_;
    std::int64_t images_;
    std::vector<Candidate> best_;  // the baselines
    std::optional<Forecast> forecast_;
};

StudyRecipe sized_to(const StudyRecipe& budget, Sizer& sizer, double least, double seconds) {
    const auto fits = [&](const StudyRecipe& study) { return kReserve * sizer.seconds(study) <= seconds; };
    const double most = std::max(kMostGrowth, 1 / budget.data_fraction);
    const double scale =
        largest(kLeastScale, most, [&](double value) { return fits(scaled_study(budget, value, least)); });
    StudyRecipe study = scaled_study(budget, scale, least);
    while (sizer.seconds(least_finals(study)) > kLeastFinals * seconds && shorten_finals(study)) continue;
    if (sizer.seconds(least_finals(study)) > kTinyFinals * seconds) study.confirm = study.fresh_folds = 0;
    const std::vector<std::size_t> made(study.families.size(), 1);
    while (!fits(study) && skip_round(study, made)) continue;
    study.data_fraction = largest(least, 1, [&](double value) {
        StudyRecipe filled = study;
        filled.data_fraction = value;
        return fits(filled);
    });
    return study;
}

}  // namespace

double expected_seconds(const StudyRecipe& study, const MachinePace& pace, std::int64_t images) {
    return Sizer(pace, images).seconds(study);
}

StudyRecipe size_study(std::span<const StudyRecipe> budgets, const MachinePace& pace, std::int64_t images, int classes,
                       double seconds) {
    const auto lists = std::find_if(budgets.rbegin(), budgets.rend() - 1, [&](const StudyRecipe& budget) {
        return expected_seconds(budget, pace, images) <= kStandsIn * seconds;
    });
    StudyRecipe budget = *lists;
    budget.time = 0;
    Sizer sizer(pace, images);
    const double least = least_fraction(budget, images, classes);
    StudyRecipe about = budget;
    for (StudyFamily& family : about.families) family.challenger.clear();
    about = sized_to(about, sizer, least, seconds);
    for (std::size_t i = 0; i < budget.families.size(); ++i) {
        StudyFamily& family = budget.families[i];
        if (!family.challenger.empty() && sizer.challenger_seconds(about, family, i) > kMostChallenger * seconds)
            family.challenger.clear();
    }
    return sized_to(budget, sizer, least, seconds);
}

StudyRecipe decided_study(StudyRecipe study, const Decision& decision) {
    for (std::size_t i = 0; i < std::min(study.families.size(), decision.rounds.size()); ++i) {
        StudyFamily& family = study.families[i];
        const StudyFamily before = family;
        family.rounds = decision.rounds[i];
        if (round_count(study, family) == round_count(study, before)) family.rounds = before.rounds;
    }
    study.confirm = decision.confirm;
    study.confirm_seeds = decision.confirm_seeds;
    study.final_seeds = decision.final_seeds;
    study.curves = decision.curves;
    return study;
}

double seconds_after(const StudyRecipe& study, const MachinePace& pace, std::int64_t images) {
    double seconds = kPageSeconds;
    for (std::size_t i = 0; i < study.families.size(); ++i) {
        const StudyFamily& family = study.families[i];
        const double image = image_cost(make_recipe(family, baseline_candidate(family), family.epochs, 0)) *
                             pace.seconds_per_cost[i] / 3;
        seconds += 2.0 * 2 * study.final_seeds * image * static_cast<double>(images) * kTestShare / pace.workers;
    }
    return seconds;
}

int first_seeds(const StudyRecipe& study) { return std::min(study.final_seeds, kFirstSeeds); }

int usual_seeds(const StudyRecipe& study) { return std::min(study.final_seeds, kUsualSeeds); }

bool may_return(const StudyRecipe& sized, const std::optional<Decision>& last) {
    if (!last || is_closed(*last)) return false;
    const StudyRecipe study = decided_study(sized, *last);
    for (std::size_t i = 0; i < sized.families.size(); ++i)
        if (round_count(study, study.families[i]) < round_count(sized, sized.families[i])) return true;
    return false;
}

int border_of(const StudyRecipe& sized, const std::optional<Decision>& last, std::span<const FamilyPath> paths,
              std::span<const FamilyTally> tallies, bool all_begun) {
    const bool open = may_return(sized, last);
    const bool ends = all_settled(paths) && (all_begun || !open);
    const int judged = last ? last->border / kJudged * kJudged : 0;
    if (ends && open) return judged + kJudged;
    int rounds = 0;
    for (const FamilyPath& path : paths) rounds += static_cast<int>(decided_rounds(path));
    const StudyRecipe study = last ? decided_study(sized, *last) : sized;
    const bool trained = has_trained_all(study, paths, tallies);
    const bool known = last && rounds == sum_of(last->decided) && (is_closed(*last) || !ends);
    if (known && !trained) return last->border;
    return judged + rounds + (ends ? 1 : 0) + (trained ? study.final_seeds + (study.curves ? 1 : 0) : 0);
}

namespace {

/// Decides at one border.
class Steering {
  public:
    Steering(const StudyRecipe& sized, const std::optional<Decision>& last, int border, double seconds,
             std::span<const FamilyPath> paths, std::span<const FamilyTally> tallies,
             std::span<const EndedTraining> ended)
        : sized_(sized),
          last_(last),
          border_(border),
          study_(last ? decided_study(sized, *last) : sized),
          paths_(paths),
          tallies_(tallies),
          forecast_(study_),
          spent_(ended.back().spent),
          aim_(kAim * seconds) {
        const std::vector<double> expected = expected_of(forecast_, study_, ended);
        for (const StudyFamily& family : study_.families) {
            rates_.push_back(recent_rate(ended, expected, kWindow, family.name));
            latest_rates_.push_back(std::min(rates_.back(), recent_rate(ended, expected, kLately, family.name)));
        }
    }

    /// With the rounds back that were left out and fit; nothing where none does.
    std::optional<Decision> bring_back() {
        const bool begun =
            std::ranges::any_of(tallies_, [](const FamilyTally& tally) { return tally.best.wanted > 0; });
        if (begun || !may_return(sized_, last_)) return {};
        std::vector<FamilyPath> open(paths_.begin(), paths_.end());
        for (std::size_t i = 0; i < open.size(); ++i)
            if (decided_rounds(open[i]) < round_count(sized_, sized_.families[i])) open[i].decided = false;
        Decision decision = decide(open, latest_rates_, kReturning * aim_);
        bool back = false;
        for (std::size_t i = 0; i < paths_.size(); ++i)
            back = back || (paths_[i].decided && decision.rounds[i] > decision.decided[i]);
        if (!back) return {};
        if (std::ranges::all_of(paths_, &FamilyPath::decided))
            decision.border = (last_->border / kJudged + 1) * kJudged;
        return decision;
    }

    Decision go_on() { return decide(paths_, rates_, aim_); }

  private:
    /// Seconds that the study takes in all.
    double expected(const StudyRecipe& plan, std::span<const FamilyPath> paths, const std::vector<double>& rates) {
        forecast_.expect_of(plan);
        const Outlook outlook = forecast_.expect(paths, tallies_);
        return std::inner_product(rates.begin(), rates.end(), outlook.of_families.begin(), spent_);
    }

    /// `paths` are decided where no further round may be made.
    Decision decide(std::span<const FamilyPath> paths, const std::vector<double>& rates, double aim) {
        Decision decision{.border = border_, .spent = spent_};
        StudyRecipe plan = sized_;
        std::vector<std::size_t> begun;
        for (std::size_t i = 0; i < paths.size(); ++i) {
            const std::size_t decided = decided_rounds(paths[i]);
            const std::size_t before = last_ && i < last_->decided.size() ? last_->decided[i] : 0;
            begun.push_back(paths_[i].decided || decided > before ? decided : decided + 1);
            if (paths[i].decided) plan.families[i].rounds = decided;
            decision.decided.push_back(decided);
        }
        const bool confirms = confirming_has_begun(last_) && std::ranges::all_of(paths, &FamilyPath::decided);
        if (confirms) {
            plan.confirm = study_.confirm;
            plan.confirm_seeds = study_.confirm_seeds;
        }
        const bool ends = has_trained_all(study_, paths, tallies_);
        plan.final_seeds = ends ? study_.final_seeds : usual_seeds(sized_);
        plan.curves = ends && study_.curves;
        while (expected(plan, paths, rates) > aim && ((!confirms && confirm_less(plan)) || skip_round(plan, begun)))
            continue;
        const double least = expected(plan, paths, rates);
        StudyRecipe more = plan;
        add_final(more, 1);
        const double each = expected(more, paths, rates) - least;
        const int fewest = ends ? 0 : first_seeds(sized_) - plan.final_seeds;
        const int most = std::max(kMostSeeds - plan.final_seeds, 0);
        const double fitting = each > 0 ? std::round((aim - least) / each) : 0;
        const int extra = static_cast<int>(std::clamp<double>(fitting, fewest, most));
        decision.expected = least + extra * each;
        // Not all at once, so that a machine which becomes slower meanwhile is noticed.
        add_final(plan, all_settled(paths) && extra > 1 ? extra / 2 : extra);
        decision.confirm = plan.confirm;
        decision.confirm_seeds = plan.confirm_seeds;
        decision.final_seeds = plan.final_seeds;
        decision.curves = plan.curves;
        for (const StudyFamily& family : plan.families) decision.rounds.push_back(round_count(plan, family));
        return decision;
    }

    const StudyRecipe& sized_;
    const std::optional<Decision>& last_;
    int border_;
    const StudyRecipe study_;  // as it was decided last
    std::span<const FamilyPath> paths_;
    std::span<const FamilyTally> tallies_;
    Forecast forecast_;
    double spent_;
    double aim_;
    std::vector<double> rates_;         // of each family: seconds of the study's time for one that was expected
    std::vector<double> latest_rates_;  // no higher
};

}  // namespace

Decision steer(const StudyRecipe& sized, const std::optional<Decision>& last, int border, double seconds,
               std::span<const FamilyPath> paths, std::span<const FamilyTally> tallies,
               std::span<const EndedTraining> ended) {
    Steering steering(sized, last, border, seconds, paths, tallies, ended);
    const std::optional<Decision> back = steering.bring_back();
    return back ? *back : steering.go_on();
}

}  // namespace inkling
