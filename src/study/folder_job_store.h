#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "study/journal.h"
#include "study/journal_entry.h"
#include "study/life_signs.h"
#include "study/sqlite_job_store.h"
#include "study/study_folder.h"

namespace inkling {

/// A study's trainings where machines share nothing but a folder. Each change is an entry of a Journal in it; what the
/// entries come to, each study folder works out for itself, in its study.sqlite. So all that looks at a study finds it
/// there, and no database is opened by two machines.
///
/// A change is made from what all entries up to number n came to, and takes effect by getting the number n + 1: whoever
/// comes second reads what came first, and decides anew. Each entry names the hash of the one before, so that journals
/// that grew apart, or were begun anew, are found out. Claims of processes elsewhere fall by LifeSigns.
class FolderJobStore : public JobStore {
  public:
    /// Joins `folder` to the journal in `shared`, and catches up with it. Makes both where they are lacking. Throws
    /// Error: wrong usage where the folder's study is its own, or of another journal; bad data where the journal is
    /// damaged; failed. `clock` is ClaimWatch's.
    FolderJobStore(StudyFolder folder, std::filesystem::path shared, Clock clock = awake_time);
    ~FolderJobStore() override;

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

    /// Begins the study as the journal's first entry, unless another worker did. What holds then, the study's file says
    /// (study_record.h).
    void begin(const StudyBegun& study);

    /// Entries that this folder knows.
    std::int64_t entries();

    /// Brings all runs here that other workers have finished. Throws as fetch_run().
    void fetch_runs();

  private:
    /// Where the copy stands.
    struct Place {
        std::int64_t number = 0;
        std::string hash;  // of that entry
    };

    void join();
    Place place();
    void look();
    void catch_up(int most);
    void apply(std::int64_t number, const std::string& text);
    void apply_fact(const JournalFact& fact);
    bool change(const std::function<std::optional<JournalFact>()>& make);
    bool end(const JobClaim& claim, JournalFact fact);

    StudyFolder folder_;
    std::filesystem::path shared_;
    Journal journal_;
    LifeSigns signs_;
    SqliteJobStore copy_;
    std::optional<std::chrono::nanoseconds> looked_;
    std::string given_for_;  // the claim for which this gave signs of life
};

/// Opens that store again and again.
OpenJobStore folder_job_stores(const StudyFolder& folder, const std::filesystem::path& shared);

/// What began the study that is shared there; nothing where none has. Throws Error (bad data).
std::optional<StudyBegun> read_shared_study(const std::filesystem::path& shared);

/// The shared folder of a study that goes on through one.
std::optional<std::filesystem::path> shared_folder_of(Database& database);

}  // namespace inkling
