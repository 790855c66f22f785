#include "study/planner.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "study/challenger.h"
#include "study/time_budget.h"

namespace inkling {
namespace {

Job fold_job(const StudyRecipe& study, const StudyFamily& family, const WantedFold& wanted) {
    const std::uint64_t seed = study.seed + static_cast<std::uint64_t>(wanted.fold);
    return {.family = family.name,
            .candidate = wanted.candidate,
            .key = wanted.key,
            .recipe = to_toml(make_recipe(family, wanted.candidate, family.epochs, seed)),
            .role = Role::kFold,
            .index = wanted.fold,
            .seed = seed};
}

/// A training at full length, with the seed of that number.
Job full_job(const StudyRecipe& study, const StudyFamily& family, const Candidate& candidate, Role role, int index,
             const char* name) {
    const std::uint64_t seed = study.seed + static_cast<std::uint64_t>(index);
    Recipe recipe = make_recipe(family, candidate, family.final_epochs, seed);
    recipe.name = family.name + "-" + name;
    return {.family = family.name,
            .candidate = candidate,
            .key = recipe_key(family, candidate),
            .recipe = to_toml(recipe),
            .role = role,
            .index = index,
            .seed = seed};
}

Job confirming_job(const StudyRecipe& study, const StudyFamily& family, const WantedFold& wanted) {
    return full_job(study, family, wanted.candidate, Role::kConfirm, wanted.fold, role_name(Role::kConfirm));
}

/// What is preferred for its cost is not to give way to what is more accurate.
bool confirms(const StudyRecipe& study) { return study.confirm > 0 && study.prefer == Preference::kAccurate; }

bool confirms_challenger(const StudyRecipe& study, const StudyFamily& family) {
    return confirms(study) && study.confirm >= 3 && !family.challenger.empty();
}

std::vector<FamilyTally> in_order(std::map<std::string, FamilyTally> by_name, const StudyRecipe& study) {
    std::vector<FamilyTally> tallies;
    for (const StudyFamily& family : study.families) tallies.push_back(by_name[family.name]);
    return tallies;
}

}  // namespace

Planner::Planner(const StudyRecipe& study, double seconds)
    : sized_(study), seconds_(seconds), study_(study), paths_(study_.families.size()) {
    for (std::size_t i = 0; i < paths_.size(); ++i)
        followers_.push_back({.rounds = {study_, study_.families[i], paths_[i]}});
}

/// In place, since the followers look at the study.
void Planner::adopt(const Decision& decision) {
    if (decision == decision_) return;
    decision_ = decision;
    const StudyRecipe decided = decided_study(sized_, decision);
    for (std::size_t i = 0; i < study_.families.size(); ++i) {
        const std::size_t before = round_count(study_, study_.families[i]);
        study_.families[i].rounds = decided.families[i].rounds;
        if (round_count(study_, study_.families[i]) == before) continue;
        followers_[i].confirmation.reset();
        followers_[i].fresh.reset();
    }
    if (study_.confirm != decided.confirm)
        for (Follower& follower : followers_) follower.confirmation.reset();
    study_.confirm = decided.confirm;
    study_.confirm_seeds = decided.confirm_seeds;
    study_.final_seeds = decided.final_seeds;
    study_.curves = decided.curves;
}

Plan Planner::plan(JobStore& store) {
    Plan plan{.paths = follow(store), .tallies = in_order(store.tallies(), study_)};
    bool decided = seconds_ > 0;
    do {
        decided = decided && steer_on(store, plan);
        if (decided) plan.paths = follow(store);
        store.want(new_jobs());
    } while (decided);  // it may lead to the next border at once
    plan.decision = decision_;
    return plan;
}

/// Returns whether something was decided: at a border; and where all paths end before rounds that were left out, as
/// soon as these fit again.
bool Planner::steer_on(JobStore& store, const Plan& plan) {
    const int last = decision_ ? decision_->border : 0;
    const int border = border_of(sized_, decision_, plan.paths, plan.tallies, store.counts().pending == 0);
    const bool looks_back = may_return(sized_, decision_) && std::ranges::all_of(plan.paths, &FamilyPath::decided);
    if (border <= last && !looks_back) return false;
    const std::vector<EndedTraining> ended = store.ended();
    if (ended.empty()) return false;
    const Decision decision = steer(sized_, decision_, border, seconds_, plan.paths, plan.tallies, ended);
    if (decision.border <= last) return false;
    adopt(store.decide(decision));
    return true;
}

FindScore Planner::scores_of(Role role) const {
    return [this, role](const std::string& key, int index) {
        const auto found = known_.find({role, key, index});
        return found == known_.end() ? std::nullopt : std::optional(found->second);
    };
}

void Planner::follow_family(std::size_t index, std::span<const FoldKey> news) {
    const StudyFamily& family = study_.families[index];
    Follower& follower = followers_[index];
    FamilyPath& path = paths_[index];
    follower.rounds.follow(scores_of(Role::kFold), news);
    path.confirmation.reset();
    path.fresh.reset();
    if (!path.decided) return;
    if (confirms(study_)) {
        if (!follower.confirmation) follower.confirmation = begin_confirmation(study_, family, path);
        if (follower.confirmation->options.size() > 1)  // else there is nothing to choose
            path.confirmation = score_confirmation(study_, *follower.confirmation, scores_of(Role::kConfirm));
    }
    if (study_.fresh_folds > 0) {
        if (!follower.fresh) follower.fresh = begin_fresh_folds(study_, family, path);
        path.fresh = score_fresh_folds(study_, family, path, *follower.fresh, scores_of(Role::kFold), path.wanted);
    }
}

const std::vector<FamilyPath>& Planner::follow(JobStore& store) {
    if (const auto decision = store.last_decision()) adopt(*decision);
    const std::vector<FoldKey> news = learn(store);
    for (std::size_t i = 0; i < followers_.size(); ++i) follow_family(i, news);
    return paths_;
}

/// Takes in the scores that the store has and this does not know. Returns the folds among them.
std::vector<FoldKey> Planner::learn(JobStore& store) {
    NewScores found = store.scores_since(mark_);
    mark_ = found.mark;
    std::vector<FoldKey> folds;
    for (auto& [name, score] : found.scores) {
        if (name.role == Role::kFold) folds.push_back({.key = name.key, .fold = name.fold});
        known_.try_emplace({name.role, std::move(name.key), name.fold}, std::move(score));
    }
    return folds;
}

/// All that can be done next and was not given before, the exploration first. The baseline's trainings and the
/// challenger's need not wait for its end. Where the study has a time, what else confirms waits for the last family's
/// rounds, by which it is known how much of that there is time for.
std::vector<Job> Planner::new_jobs() {
    std::vector<Job> jobs;
    for (std::size_t i = 0; i < paths_.size(); ++i) {
        const std::size_t passes = followers_[i].rounds.passes();
        if (!paths_[i].decided && passes == std::exchange(followers_[i].passes, passes)) continue;
        for (const WantedFold& wanted : paths_[i].wanted)
            if (first_time(fmt::format("{} {}", wanted.key, wanted.fold)))
                jobs.push_back(fold_job(study_, study_.families[i], wanted));
    }
    const bool timed = seconds_ > 0;
    const bool decided = std::ranges::all_of(paths_, &FamilyPath::decided);
    const bool settled = std::ranges::all_of(paths_, &FamilyPath::settled);
    const bool open = timed && may_return(sized_, decision_);
    const int seeds = open ? usual_seeds(study_) : timed && !settled ? first_seeds(sized_) : study_.final_seeds;
    const bool curves = study_.curves && (!timed || (settled && !open));
    for (std::size_t i = 0; i < paths_.size(); ++i) {
        const StudyFamily& family = study_.families[i];
        // It may take longest of all, and waits for nothing.
        if (confirms_challenger(study_, family) && first_time(family.name + " challenger")) {
            const Candidate challenger = challenger_candidate(family);
            jobs.push_back(confirming_job(study_, family, {challenger, recipe_key(family, challenger), 0}));
        }
        if (paths_[i].confirmation && (!timed || decided))
            for (const WantedFold& wanted : paths_[i].confirmation->wanted)
                if (first_time(fmt::format("confirm {} {}", wanted.key, wanted.fold)))
                    jobs.push_back(confirming_job(study_, family, wanted));
        if (paths_[i].settled() && !open)
            add_final_jobs(jobs, family, paths_[i].chosen(), Role::kBest, Role::kBestCurve, seeds, curves);
        add_final_jobs(jobs, family, baseline_candidate(family), Role::kBaseline, Role::kBaselineCurve, seeds, curves);
    }
    return jobs;
}

/// The trainings of a configuration on the whole training part, and the one that is watched.
void Planner::add_final_jobs(std::vector<Job>& jobs, const StudyFamily& family, const Candidate& candidate, Role role,
                             Role curve, int seeds, bool curves) {
    const auto add = [&](Role of, int index) {
        if (first_time(fmt::format("{} {} {}", family.name, role_name(of), index)))
            jobs.push_back(full_job(study_, family, candidate, of, index, role_name(role)));
    };
    for (int index = 0; index < seeds; ++index) add(role, index);
    if (curves) add(curve, 0);
}

}  // namespace inkling
