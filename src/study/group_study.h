#pragma once

#include "cluster/group.h"
#include "study/study.h"
#include "study/study_folder.h"

namespace inkling {

/// Where a process writes the runs of its trainings.
struct StudyRuns {
    StudyFolder folder;
    bool is_study = true;  // the folder is the study's own, as rank 0's is; else finished runs are sent to rank 0
};

/// run_study() by all processes of a group, each with options.workers trainings at a time: rank 0 plans and answers for
/// the store, beside its own workers, and the others ask it by messages. All call it with the same study;
/// `open_store` and options.on_progress matter on rank 0 alone. Throws Error as run_study() does, kInterrupted on all
/// where one is told to stop; other errors on one alone, which must end the job.
///
/// Claims are named after rank 0, whose end is everybody's: they fall with it at once.
void run_study_together(Group& group, const OpenJobStore& open_store, const StudyRecipe& study, const TrainJob& train,
                        const StudyRuns& runs, const StudyRunOptions& options);

}  // namespace inkling
