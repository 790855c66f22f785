#include "study/planner.h"

#include <fmt/format.h>

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

/// The trainings of a configuration on the whole training part, and the one that is watched.
void add_final_jobs(std::vector<Job>& jobs, const StudyRecipe& study, const StudyFamily& family,
                    const Candidate& candidate, Role role, Role curve) {
    for (int index = 0; index <= study.final_seeds; ++index) {
        const bool watched = index == study.final_seeds;
        const std::uint64_t seed = study.seed + static_cast<std::uint64_t>(watched ? 0 : index);
        Recipe recipe = make_recipe(family, candidate, family.final_epochs, seed);
        recipe.name = family.name + "-" + role_name(role);
        jobs.push_back({.family = family.name,
                        .candidate = candidate,
                        .key = recipe_key(family, candidate),
                        .recipe = to_toml(recipe),
                        .role = watched ? curve : role,
                        .index = watched ? 0 : index,
                        .seed = seed});
    }
}

}  // namespace

Planner::Planner(const StudyRecipe& study) : study_(study) {
    for (const StudyFamily& family : study.families) followers_.emplace_back(study, family);
}

std::vector<FamilyPath> Planner::follow(JobStore& store) {
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
    for (std::size_t i = 0; i < paths.size(); ++i) {
        const StudyFamily& family = study_.families[i];
        if (paths[i].decided && first_time(family.name + " best"))
            add_final_jobs(jobs, study_, family, paths[i].best, Role::kBest, Role::kBestCurve);
        if (first_time(family.name + " baseline"))
            add_final_jobs(jobs, study_, family, baseline_candidate(family), Role::kBaseline, Role::kBaselineCurve);
    }
    return jobs;
}

}  // namespace inkling
