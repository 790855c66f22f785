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

/// The trainings of a configuration on the whole training part, and the one that is watched.
void add_final_jobs(std::vector<Job>& jobs, const StudyRecipe& study, const StudyFamily& family,
                    const Candidate& candidate, Role role, Role curve) {
    for (int index = 0; index < study.final_seeds; ++index)
        jobs.push_back(full_job(study, family, candidate, role, index, role_name(role)));
    jobs.push_back(full_job(study, family, candidate, curve, 0, role_name(role)));
}

}  // namespace

Planner::Planner(const StudyRecipe& study) : study_(study) {
    for (const StudyFamily& family : study.families) followers_.push_back({.rounds = {study, family}});
}

FindScore Planner::scores_of(Role role) const {
    return [this, role](const std::string& key, int index) {
        const auto found = known_.find({role, key, index});
        return found == known_.end() ? std::nullopt : std::optional(found->second);
    };
}

FamilyPath Planner::follow_family(std::size_t index) {
    const StudyFamily& family = study_.families[index];
    Follower& follower = followers_[index];
    FamilyPath path = follower.rounds.follow(scores_of(Role::kFold));
    if (!path.decided) return path;
    // What is preferred for its cost is not to give way to what is more accurate.
    if (study_.confirm > 0 && study_.prefer == Preference::kAccurate) {
        if (!follower.confirmation) follower.confirmation = begin_confirmation(study_, family, path);
        if (follower.confirmation->options.size() > 1)  // else there is nothing to choose
            path.confirmation = score_confirmation(study_, *follower.confirmation, scores_of(Role::kConfirm));
    }
    if (study_.fresh_folds > 0) {
        if (!follower.fresh) follower.fresh = begin_fresh_folds(study_, family, path);
        path.fresh = score_fresh_folds(study_, family, path, *follower.fresh, scores_of(Role::kFold), path.wanted);
    }
    return path;
}

std::vector<FamilyPath> Planner::follow(JobStore& store) {
    std::vector<FamilyPath> paths;
    do {
        paths.clear();
        for (std::size_t i = 0; i < followers_.size(); ++i) paths.push_back(follow_family(i));
    } while (learn(store, paths));
    return paths;
}

/// Asks for the scores that the paths want, all at once. Returns whether one is there.
bool Planner::learn(JobStore& store, std::span<const FamilyPath> paths) {
    std::vector<FoldName> names;
    for (const FamilyPath& path : paths) {
        for (const WantedFold& wanted : path.wanted) names.push_back({.key = wanted.key, .fold = wanted.fold});
        if (path.confirmation)
            for (const WantedFold& wanted : path.confirmation->wanted)
                names.push_back({.key = wanted.key, .fold = wanted.fold, .role = Role::kConfirm});
    }
    if (names.empty()) return false;
    const std::vector<std::optional<FoldScore>> scores = store.find_scores(names);
    const std::size_t before = known_.size();
    for (std::size_t i = 0; i < names.size(); ++i)
        if (scores[i]) known_.insert({{names[i].role, names[i].key, names[i].fold}, *scores[i]});
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
        if (paths[i].confirmation)
            for (const WantedFold& wanted : paths[i].confirmation->wanted)
                if (first_time(fmt::format("confirm {} {}", wanted.key, wanted.fold)))
                    jobs.push_back(confirming_job(study_, family, wanted));
        if (paths[i].settled() && first_time(family.name + " best"))
            add_final_jobs(jobs, study_, family, paths[i].chosen(), Role::kBest, Role::kBestCurve);
        if (first_time(family.name + " baseline"))
            add_final_jobs(jobs, study_, family, baseline_candidate(family), Role::kBaseline, Role::kBaselineCurve);
    }
    return jobs;
}

}  // namespace inkling
