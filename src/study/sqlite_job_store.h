#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "data/dataset.h"
#include "study/path.h"
#include "study/sqlite.h"
#include "train/environment.h"
#include "train/history.h"

namespace inkling {

/// What a study is and began with: all of it must be the same for the study to go on.
struct StudyRecord {
    std::string recipe;  // StudyRecipe as TOML
    std::string budget;  // that it is for
    std::string split;
    std::vector<DataFile> files;  // of the training part
    int threads = 1;              // of each training
};

/// Where a study was begun, for the report; may change when it goes on.
struct StudyOrigin {
    std::filesystem::path data;  // folder of the data set
    Environment environment;
    std::string begun;  // "2026-11-23 14:05:09", UTC
};

/// What a training of a study is for.
enum class Role {
    kFold,           // judges a candidate on one fold
    kBaseline,       // baseline, on the whole training part, for the test
    kBest,           // likewise the configuration that was found
    kBaselineCurve,  // baseline with a part held out, to watch it learn
    kBestCurve
};
const char* role_name(Role role);  // "fold", "baseline", "best", "baseline curve", "best curve"

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
const char* job_status_name(JobStatus status);  // "pending", ...

/// What came of a training: accuracy and loss on what it is judged by, NaN where that is nothing yet.
struct JobScore {
    double accuracy = 0;
    double loss = 0;
    std::vector<EpochRecord> history = {};
};

/// A training as the store has it.
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

    std::int64_t done() const { return finished + failed; }
    std::int64_t waiting() const { return wanted - done(); }
};

/// Trainings of one family: on folds, and on the whole training part.
struct FamilyTally {
    TrainingTally folds;
    TrainingTally finals;
};

/// A study's SQLite file, the one place of what is known: several processes may hold one of it, each thread its own
/// connection. Every change is one transaction, so that a killed process leaves whole facts or none. Throws Error: bad
/// data where the file is damaged or of another version of the schema; failed.
class Store {
  public:
    /// Opens the file, and makes it where it is lacking and the mode is kCreate.
    Store(const std::filesystem::path& path, Database::Mode mode);

    /// Begins the study; or, where it has begun, compares. Throws Error (wrong usage) that shows what differs.
    void begin(const StudyRecord& record, const StudyOrigin& origin);
    bool begun();
    StudyRecord record();
    StudyOrigin origin();

    /// Adds those jobs that are not there yet, in this order of importance.
    void want(std::span<const Job> jobs);

    /// Takes the first job that waits, or whose process is dead or silent, for the process `owner`; nothing where there
    /// is none. The claim holds for kClaimLifetime after the last renew(). Folds come first, in their order; then what
    /// takes longest by its folds, so that all workers end at about the same time.
    ///
    /// A fold whose process was gone kSuspectLosses times may be what ended it, by the memory that it takes: from then
    /// on it is given out last and alone, so that it costs no others, and failed after kMostLosses. Other trainings go
    /// on from a checkpoint, and what they train was trained on folds before, so that they are never given up.
    std::optional<StoredJob> claim(const std::string& owner);
    void renew(std::int64_t job, const std::string& owner);

    // Each ends a claim. They do nothing where the claim is no longer the owner's.
    void finish(std::int64_t job, const std::string& owner, const JobScore& score);
    void fail(std::int64_t job, const std::string& owner, const std::string& reason);
    void release(std::int64_t job, const std::string& owner);

    /// The test's score of a finished training.
    void set_test(std::int64_t job, double accuracy, double loss);

    /// What came of a configuration on a fold.
    std::optional<FoldScore> find_score(const std::string& key, int fold);

    /// All jobs in the order they were wanted; with each epoch where asked for.
    std::vector<StoredJob> jobs(bool with_history = false);
    JobCounts counts();
    FamilyTally tally(const std::string& family);

    /// Writes down how far a family's path has come, for who reads the file: tables techniques, options, candidates.
    void save_path(const std::string& family, const FamilyPath& path);

  private:
    void free_lost_claims();

    Database database_;
};

inline constexpr std::chrono::seconds kClaimLifetime{60};
inline constexpr int kSuspectLosses = 3;
inline constexpr int kMostLosses = 10;

}  // namespace inkling
