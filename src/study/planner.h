#pragma once

#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <tuple>
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
    /// One family's way; once its rounds are decided, what its fresh folds and its confirmation are.
    struct Follower {
        PathFollower rounds;
        std::optional<Confirmation> confirmation = {};  // with nothing scored
        std::optional<FreshFolds> fresh = {};           // likewise
    };

    FamilyPath follow_family(std::size_t index);
    FindScore scores_of(Role role) const;
    bool learn(JobStore& store, std::span<const FamilyPath> paths);
    bool first_time(const std::string& job) { return given_.insert(job).second; }

    const StudyRecipe& study_;
    std::vector<Follower> followers_;                                // in the families' order
    std::map<std::tuple<Role, std::string, int>, FoldScore> known_;  // by role, configuration and fold or seed
    std::set<std::string> given_;
};

}  // namespace inkling
