#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "study/decision.h"
#include "study/job.h"

namespace inkling {

/// Names a training whose score leads on: on a fold, or of Role::kConfirm.
struct FoldName {
    std::string key;  // recipe_key()
    int fold = 0;     // or the number of the seed
    Role role = Role::kFold;
};

/// What came of trainings whose scores lead on.
struct NewScores {
    struct Named {
        FoldName name;
        FoldScore score;
    };
    std::int64_t mark = 0;  // up to which these are all
    std::vector<Named> scores = {};
};

/// How a claim is given back.
enum class Release {
    kUntouched,  // nothing speaks against the training
    kLost        // it may take more memory than there is
};

/// What a study's workers ask of the place that holds its trainings. Each call is whole, or throws Error and changes
/// nothing; arguments and answers are values, so that one process can answer for others.
class JobStore {
  public:
    JobStore() = default;
    virtual ~JobStore() = default;
    JobStore(const JobStore&) = delete;
    JobStore& operator=(const JobStore&) = delete;

    /// Adds those jobs that are not there yet, in this order of importance.
    virtual void want(std::span<const Job> jobs) = 0;

    /// Takes the first job that waits, or that nobody holds any more (ClaimWatch), by a claim of that name; nothing
    /// where there is none. Folds come first, in their order, then what confirms; then, each in turn, what has no folds
    /// and what takes longest by them, so that all workers end at about the same time.
    ///
    /// A fold that was lost kSuspectLosses times, with its process or by Release::kLost, may take more memory than
    /// there is: from then on it is given out last and alone, so that it costs no others, and failed after kMostLosses.
    /// Other trainings go on from a checkpoint, where who takes them sees it, and what they train was trained on folds
    /// before, so that they are never given up.
    virtual std::optional<StoredJob> claim(const std::string& claim) = 0;

    // Each of these says whether the claim held, and changes nothing where it did not: another may have the job now.
    /// A sign of life, without which a claim of another machine's process falls.
    virtual bool renew(std::int64_t job, const std::string& claim) = 0;
    // The others end the claim.
    virtual bool finish(std::int64_t job, const std::string& claim, const JobScore& score) = 0;
    virtual bool fail(std::int64_t job, const std::string& claim, const std::string& reason) = 0;
    virtual bool release(std::int64_t job, const std::string& claim, Release how) = 0;

    /// What came of the trainings on folds, and of those that confirm, that have ended since `mark`: one that this
    /// store gave before, or 0, the beginning.
    virtual NewScores scores_since(std::int64_t mark) = 0;

    virtual JobCounts counts() = 0;
    virtual std::map<std::string, FamilyTally> tallies() = 0;  // by family

    /// Trainings that have ended, in the order of their ends.
    virtual std::vector<EndedTraining> ended() = 0;

    /// Keeps the decision, unless there is one for its border or a later one. Returns the one that holds.
    virtual Decision decide(const Decision& decision) = 0;
    virtual std::optional<Decision> last_decision() = 0;
};

/// Opens a study's store once more: each thread has its own.
using OpenJobStore = std::function<std::unique_ptr<JobStore>()>;

inline constexpr int kSuspectLosses = 3;
inline constexpr int kMostLosses = 10;

/// Why a fold has failed that was lost kMostLosses times.
std::string given_up_reason();

}  // namespace inkling
