#pragma once

#include <filesystem>
#include <vector>

#include "study/claim_watch.h"
#include "study/job_store.h"
#include "study/sqlite.h"

namespace inkling {

/// Who has a job.
struct JobClaim {
    std::int64_t job = 0;
    std::string claim;
    std::int64_t renewed = 0;  // seconds since 1970, by the holder's clock
};

/// The trainings in a study's SQLite file: several processes may hold one of it, each thread its own connection. Every
/// change is one transaction, so that a killed process leaves whole facts or none.
class SqliteJobStore : public JobStore {
  public:
    /// As open_study_database(). `clock` is ClaimWatch's.
    SqliteJobStore(const std::filesystem::path& path, Database::Mode mode, Clock clock = awake_time);

    void want(std::span<const Job> jobs) override;
    std::optional<StoredJob> claim(const std::string& claim) override;
    bool renew(std::int64_t job, const std::string& claim) override;
    bool finish(std::int64_t job, const std::string& claim, const JobScore& score) override;
    bool fail(std::int64_t job, const std::string& claim, const std::string& reason) override;
    bool release(std::int64_t job, const std::string& claim, Release how) override;
    NewScores scores_since(std::int64_t mark) override;
    JobCounts counts() override;
    std::map<std::string, FamilyTally> tallies() override;
    std::vector<EndedTraining> ended() override;
    Decision decide(const Decision& decision) override;
    std::optional<Decision> last_decision() override;

    /// All jobs in the order they were wanted; with each epoch where asked for.
    std::vector<StoredJob> jobs(bool with_history = false);

    /// By machine, those first that do most now.
    std::vector<HostWork> hosts();

    /// Lets all claims fall, for who knows that no other process works on the study.
    void free_claims();

    /// The test's score of a finished training.
    void set_test(std::int64_t job, double accuracy, double loss);

    // What a store is made of that keeps a copy here of what was decided elsewhere (folder_job_store.h).
    Database& database() { return database_; }
    /// Dates the changes that follow, in seconds since 1970; otherwise this machine's clock does.
    void date(std::int64_t seconds) { date_ = seconds; }
    Job job(std::int64_t id);
    bool holds(const JobClaim& claim);
    /// The claims that nobody holds any more; `sign_of` tells the last sign of life, see ClaimWatch.
    std::vector<JobClaim> lost_claims(const std::function<std::int64_t(const JobClaim&)>& sign_of);
    void free(std::span<const JobClaim> claims);
    /// The job that claim() takes next.
    std::optional<StoredJob> next();
    void take(const JobClaim& claim);

    /// Keeps what it reads in memory, up to 64 MiB, which hold a study of 40,000 trainings: for a process that serves
    /// thousands of others.
    void serve_many();

  private:
    std::int64_t now() const;
    std::vector<JobClaim> claims();
    std::vector<JobClaim> claims_of_others();
    std::optional<std::int64_t> next_id();
    StoredJob stored(std::int64_t id);
    void give_up();

    Database database_;
    ClaimWatch watch_;
    std::string owner_ = this_owner();
    std::optional<std::int64_t> date_;
};

/// Opens that file again and again, to write.
OpenJobStore sqlite_job_stores(const std::filesystem::path& path);

}  // namespace inkling
