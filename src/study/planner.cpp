#include "study/planner.h"

#include <fmt/format.h>

#include <algorithm>

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

std::vector<FamilyTally> in_order(std::map<std::string, FamilyTally> by_name, const StudyRecipe& study) {
    std::vector<FamilyTally> tallies;
    for (const StudyFamily& family : study.families) tallies.push_back(by_name[family.name]);
    return tallies;
}

}  // namespace

Planner::Planner(const StudyRecipe& study, double seconds) : sized_(study), seconds_(seconds), study_(study) {
    for (const StudyFamily& family : study_.families) followers_.emplace_back(study_, family);
}

void Planner::adopt(const Decision& decision) {
    decision_ = decision;
    const StudyRecipe decided = decided_study(sized_, decision);
    for (std::size_t i = 0; i < study_.families.size(); ++i) study_.families[i].rounds = decided.families[i].rounds;
    study_.final_seeds = decided.final_seeds;
    study_.curves = decided.curves;
}

Plan Planner::plan(JobStore& store) {
    Plan plan{.paths = follow(store), .tallies = in_order(store.tallies(), study_)};
    if (seconds_ > 0) {
        const int border = border_of(study_, plan.paths, plan.tallies);
        const std::vector<EndedTraining> ended =
            border > (decision_ ? decision_->border : 0) ? store.ended() : std::vector<EndedTraining>{};
        if (!ended.empty()) {
            adopt(store.decide(steer(sized_, decision_, seconds_, plan.paths, plan.tallies, ended)));
            plan.paths = follow(store);
        }
    }
    store.want(new_jobs(plan.paths));
    return plan;
}

std::vector<FamilyPath> Planner::follow(JobStore& store) {
    if (const auto decision = store.last_decision()) adopt(*decision);
    const FindScore find = [&](const std::string& key, int fold) {
        const auto found = known_.find({key, fold});
        return found == known_.end() ? std::nullopt : std::optional(found->second);
    };
    std::vector<FamilyPath> paths;
    do {
        paths.clear();
        for (PathFollower& follower : followers_) paths.push_back(follower.follow(find));
    } while (learn(store, paths));
    return paths;
}

/// Asks for the scores that the paths want, all at once. Returns whether one is there.
bool Planner::learn(JobStore& store, std::span<const FamilyPath> paths) {
    std::vector<FoldName> names;
    for (const FamilyPath& path : paths)
        for (const WantedFold& wanted : path.wanted) names.push_back({.key = wanted.key, .fold = wanted.fold});
    if (names.empty()) return false;
    const std::vector<std::optional<FoldScore>> scores = store.find_scores(names);
    const std::size_t before = known_.size();
    for (std::size_t i = 0; i < names.size(); ++i)
        if (scores[i]) known_.insert({{names[i].key, names[i].fold}, *scores[i]});
    return known_.size() > before;
}

std::vector<Job> Planner::new_jobs(std::span<const FamilyPath> paths) {
    std::vector<Job> jobs;
    for (std::size_t i = 0; i < paths.size(); ++i)
        for (const WantedFold& wanted : paths[i].wanted)
            if (first_time(fmt::format("{} {}", wanted.key, wanted.fold)))
                jobs.push_back(fold_job(study_, study_.families[i], wanted));
    const bool decided = std::all_of(paths.begin(), paths.end(), [](const FamilyPath& path) { return path.decided; });
    const bool waits = seconds_ > 0 && !decided;
    const int seeds = waits ? first_seeds(sized_) : study_.final_seeds;
    const bool curves = study_.curves && !waits;
    for (std::size_t i = 0; i < paths.size(); ++i) {
        const StudyFamily& family = study_.families[i];
        if (paths[i].decided) add_final_jobs(jobs, family, paths[i].best, Role::kBest, Role::kBestCurve, seeds, curves);
        add_final_jobs(jobs, family, baseline_candidate(family), Role::kBaseline, Role::kBaselineCurve, seeds, curves);
    }
    return jobs;
}

/// The trainings of a configuration on the whole training part, and the one that is watched.
void Planner::add_final_jobs(std::vector<Job>& jobs, const StudyFamily& family, const Candidate& candidate, Role role,
                             Role curve, int seeds, bool curves) {
    const auto add = [&](Role of, int index) {
        if (!first_time(fmt::format("{} {} {}", family.name, role_name(of), index))) return;
        const std::uint64_t seed = study_.seed + static_cast<std::uint64_t>(index);
        Recipe recipe = make_recipe(family, candidate, family.final_epochs, seed);
        recipe.name = family.name + "-" + role_name(role);
        jobs.push_back({.family = family.name,
                        .candidate = candidate,
                        .key = recipe_key(family, candidate),
                        .recipe = to_toml(recipe),
                        .role = of,
                        .index = index,
                        .seed = seed});
    };
    for (int index = 0; index < seeds; ++index) add(role, index);
    if (curves) add(curve, 0);
}

}  // namespace inkling
