#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "study/path.h"
#include "train/history.h"

namespace inkling {

/// What a training of a study is for.
enum class Role {
    kFold,           // judges a candidate on one fold
    kBaseline,       // baseline, on the whole training part, for the test
    kBest,           // likewise the configuration that was found
    kBaselineCurve,  // baseline with a part held out, to watch it learn
    kBestCurve,
    kConfirm  // judges a candidate at full length on the part held out for confirmation
};
inline constexpr std::array kRoleNames{"fold", "baseline", "best", "baseline curve", "best curve", "confirm"};
const char* role_name(Role role);

/// A training that a study is to do. `index` is the fold, the number of the seed, or 0.
struct Job {
    std::string family;
    Candidate candidate;
    std::string key;     // recipe_key()
    std::string recipe;  // that is trained, as TOML
    Role role = Role::kFold;
    int index = 0;
    std::uint64_t seed = 0;
};

enum class JobStatus { kPending, kRunning, kFinished, kFailed };
inline constexpr std::array kJobStatusNames{"pending", "running", "finished", "failed"};
const char* job_status_name(JobStatus status);

/// What came of a training: accuracy and loss on what it is judged by, NaN where that is nothing yet.
struct JobScore {
    double accuracy = 0;
    double loss = 0;
    std::vector<EpochRecord> history = {};
};

/// A training as a store has it.
struct StoredJob {
    std::int64_t id = 0;
    Job job;
    JobStatus status = JobStatus::kPending;
    JobScore score;      // where finished; history only where asked for
    std::string reason;  // of a failure
    double seconds = 0;  // of its steps
    double images_per_second = 0;
};

/// How far a study has come.
struct JobCounts {
    std::int64_t pending = 0;
    std::int64_t running = 0;
    std::int64_t finished = 0;
    std::int64_t failed = 0;
};

/// Trainings of one kind.
struct TrainingTally {
    std::int64_t wanted = 0;  // so far, those that are done included
    std::int64_t finished = 0;
    std::int64_t failed = 0;
    double seconds = 0;  // of the finished ones, all together
    double begun = 0;    // seconds since those that run were begun, all together

    void operator+=(const TrainingTally& other);
    std::int64_t done() const { return finished + failed; }
    std::int64_t waiting() const { return wanted - done(); }
};

/// Trainings of one family: on folds, on the whole training part, and in between to confirm what was found.
struct FamilyTally {
    TrainingTally folds;
    TrainingTally finals;
    TrainingTally confirming = {};
    TrainingTally best = {};  // of `finals`, those of what was found

    void add(Role role, const TrainingTally& tally);
};

/// A training that has ended, in a study's time: what passed while a training of it ran, whoever did it.
struct EndedTraining {
    Job job;
    double seconds = 0;  // of its steps; 0 where it failed
    double spent = 0;    // of the study's time, up to its end
};

/// What a machine does and has done for a study.
struct HostWork {
    std::string name;  // empty: claims of older versions, which tell none
    std::int64_t running = 0;
    std::int64_t finished = 0;
    double images_per_second = 0;  // of each training, mean over those that have finished
};

/// When a training ran, by the store's clock.
struct TimeSpan {
    double begin = 0;
    double end = 0;
};

/// For each span, in the order of their ends, how much of the time up to its end lies in any of them.
std::vector<double> spent_times(std::span<const TimeSpan> spans);

}  // namespace inkling
