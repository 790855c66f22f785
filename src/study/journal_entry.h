#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "study/sqlite_job_store.h"
#include "study/study_record.h"

namespace inkling {

// What is written to a journal that several workers share (folder_job_store.h): facts, which mean the same to everybody
// who reads them in their order. A job is named by its number in the order in which all were wanted.

struct StudyBegun {
    StudyRecord record;
    StudyOrigin origin;
};
struct JobsWanted {
    std::vector<Job> jobs;
};
/// First the claims that are lost fall, then the job is taken, if any.
struct JobTaken {
    std::vector<JobClaim> lost;
    std::optional<JobClaim> taken;
};
struct JobFinished {
    JobClaim by;
    JobScore score;
    std::string run;  // SHA-256 of its packed run (shared_runs.h); empty where the training leaves none
};
struct JobFailed {
    JobClaim by;
    std::string reason;
};
struct JobReleased {
    JobClaim by;
    Release how = Release::kUntouched;
};

using JournalFact = std::variant<StudyBegun, JobsWanted, JobTaken, JobFinished, JobFailed, JobReleased, Decision>;

struct JournalEntry {
    std::string after;      // SHA-256 of the entry before; empty for the first
    std::string writer;     // a name that no other entry has
    std::int64_t date = 0;  // seconds since 1970, by the writer's clock; for who looks
    JournalFact fact;
};

std::string to_json_text(const JournalEntry& entry);

/// Throws Error (bad data) that names `source`, whatever the text is.
JournalEntry parse_journal_entry(const std::string& text, const std::string& source);

}  // namespace inkling
