#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "study/claim_watch.h"
#include "study/job_store.h"
#include "study/path.h"
#include "train/trainer.h"

namespace inkling {

/// Does one training of a study. Throws Diverged or Error (wrong usage) where the configuration is to blame, which the
/// study records; std::bad_alloc where it takes more memory than there is; other Errors where the machine is to blame,
/// which end the study here; Error with kInterrupted where options.stop told it to stop. Before it writes a file it
/// asks options.stop, which throws where another process has the training now.
using TrainJob = std::function<JobScore(const Job& job, const TrainerOptions& options)>;

/// How far a study has come.
struct StudyProgress {
    const StudyRecipe& study;               // with what was decided to keep to its time
    std::span<const FamilyPath> paths;      // in the families' order
    std::span<const FamilyTally> tallies;   // likewise
    std::string last;                       // what was trained last: "mlp, activation, fold 2"
    std::optional<Decision> decision = {};  // the last, of a study with a time
};

struct StudyRunOptions {
    int workers = 1;     // trainings at a time
    int threads = 1;     // of each
    double seconds = 0;  // that the trainings are to take, see steer(); 0: as long as they take
    std::function<void(const StudyProgress&)> on_progress = {};  // after each training; by one thread at a time
    std::function<bool()> stop = {};                             // asked after each step
    Clock clock = elapsed_time;                                  // tells whether a claim may have fallen unnoticed
};

/// Explores every family and trains what is found: does all jobs of the study in the store that wait, together with
/// other processes that work on it, and returns when all are done. What a path needs next is worked out again from the
/// scores in the store after each training. Throws Error: kInterrupted where it was told to stop.
void run_study(const OpenJobStore& open_store, const StudyRecipe& study, const TrainJob& train,
               const StudyRunOptions& options);

/// Trains what others plan, until `over` says that nothing more will come.
void work_on_study(const OpenJobStore& open_store, const StudyRecipe& study, const TrainJob& train,
                   const StudyRunOptions& options, const std::function<bool()>& over);

/// What a training is called where people read it: "mlp fold 2".
std::string training_name(const StudyRecipe& study, const Job& job);

/// The paths of all families, as far as the store's scores lead.
std::vector<FamilyPath> follow_paths(JobStore& store, const StudyRecipe& study);

}  // namespace inkling
