#pragma once

#include <map>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "study/job_store.h"
#include "study/path.h"

namespace inkling {

/// Works out for one worker of a study what comes next, again after each training, from the scores alone. It keeps what
/// cannot change, since making rounds and jobs parses recipes.
class Planner {
  public:
    /// `study` must outlive it.
    explicit Planner(const StudyRecipe& study);

    /// The paths of all families, as far as the store's scores lead.
    std::vector<FamilyPath> follow(JobStore& store);

    /// All that can be done next on these paths and was not given before, the exploration first. The baseline's
    /// trainings need not wait for its end.
    std::vector<Job> new_jobs(std::span<const FamilyPath> paths);

  private:
    bool learn(JobStore& store, std::span<const FamilyPath> paths);
    bool first_time(const std::string& job) { return given_.insert(job).second; }

    const StudyRecipe& study_;
    std::vector<PathFollower> followers_;                     // in the families' order
    std::map<std::pair<std::string, int>, FoldScore> known_;  // by configuration and fold
    std::set<std::string> given_;
};

}  // namespace inkling
