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

/// What a worker of a study goes by.
struct Plan {
    std::span<const FamilyPath> paths;      // in the families' order; the planner's own, until it goes on
    std::vector<FamilyTally> tallies;       // likewise
    std::optional<Decision> decision = {};  // the last, where the study has a time
};

/// Works out for one worker of a study what comes next, again after each training, from the scores alone; and where the
/// study has a time, from what was decided at its borders. It keeps what cannot change, since making rounds and jobs
/// parses recipes, and asks the store, always the same one, for the scores alone that it does not know: only where
/// these decide something does it go over all that the study wants.
class Planner {
  public:
    /// `seconds` are those that the trainings are to take; 0: as long as they take.
    explicit Planner(const StudyRecipe& study, double seconds = 0);
    Planner(const Planner&) = delete;
    Planner& operator=(const Planner&) = delete;

    /// Follows the scores, decides where a study with a time has come to a border, and asks the store for all that can
    /// be done next.
    Plan plan(JobStore& store);

    /// The paths of all families, as far as the store's scores and its last decision lead.
    const std::vector<FamilyPath>& follow(JobStore& store);

    /// With what was decided.
    const StudyRecipe& study() const { return study_; }

  private:
    /// One family's way; once its rounds are decided, what its fresh folds and its confirmation are.
    struct Follower {
        PathFollower rounds;
        std::size_t passes = 0;                         // of `rounds` when its jobs were given
        std::optional<Confirmation> confirmation = {};  // with nothing scored
        std::optional<FreshFolds> fresh = {};           // likewise
    };

    std::vector<FoldKey> learn(JobStore& store);
    void follow_family(std::size_t index, std::span<const FoldKey> news);
    FindScore scores_of(Role role) const;
    void adopt(const Decision& decision);
    bool steer_on(JobStore& store, const Plan& plan);
    std::vector<Job> new_jobs();
    bool first_time(const std::string& job) { return given_.insert(job).second; }
    void add_final_jobs(std::vector<Job>& jobs, const StudyFamily& family, const Candidate& candidate, Role role,
                        Role curve, int seeds, bool curves);

    const StudyRecipe sized_;  // before anything was decided
    double seconds_;
    StudyRecipe study_;
    std::optional<Decision> decision_;                               // the last one
    std::vector<FamilyPath> paths_;                                  // in the families' order
    std::vector<Follower> followers_;                                // likewise
    std::map<std::tuple<Role, std::string, int>, FoldScore> known_;  // by role, configuration and fold or seed
    std::int64_t mark_ = 0;                                          // of the store's scores that are known
    std::set<std::string> given_;
};

}  // namespace inkling
