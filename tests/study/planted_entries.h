#pragma once

#include <limits>
#include <vector>

#include "planted_jobs.h"
#include "study/journal_entry.h"
#include "toy_study.h"

namespace inkling {

/// One fact of each kind, in an order that makes sense.
inline std::vector<JournalFact> planted_facts() {
    StudyRecord record = toy_record(toy_study());
    record.files = {{"toy-images", std::string(64, 'a')}, {"toy-labels", std::string(64, 'b')}};
    record.needs = {.automatic = PrecisionChoice::kBf16, .bfloat16 = true};
    record.stored = Orientation::kTransposed;
    record.asked = "time = 60\n";
    record.seconds = 59.25;
    StudyOrigin origin = toy_origin();
    origin.environment = this_environment("1.2.3");
    const JobClaim first{.job = 1, .claim = "here/1/2#3"};
    const JobClaim second{.job = 2, .claim = "there/4/5#6"};
    std::vector<EpochRecord> history = two_epochs();
    history[1].validation_loss = std::numeric_limits<double>::infinity();
    return {StudyBegun{.record = record, .origin = origin},
            JobsWanted{.jobs = {job_of("a", 0), job_of("b", 1), job_of("a", 0, Role::kConfirm)}},
            JobTaken{.lost = {}, .taken = first},
            JobTaken{.lost = {first}, .taken = second},
            JobFinished{.by = second,
                        .score = {.accuracy = 1.0 / 3, .loss = std::nan(""), .history = history},
                        .run = std::string(64, 'c')},
            JobTaken{.lost = {}, .taken = first},
            JobReleased{.by = first, .how = Release::kLost},
            JobTaken{.lost = {}, .taken = first},
            JobFailed{.by = first, .reason = "the loss became nan"},
            Decision{.border = 3,
                     .spent = 10.5,
                     .expected = 60,
                     .decided = {1, 2},
                     .rounds = {4, 5},
                     .confirm = 3,
                     .confirm_seeds = 2,
                     .final_seeds = 7,
                     .curves = true}};
}

}  // namespace inkling
