#pragma once

#include "data/folds.h"
#include "study/study_folder.h"
#include "study/study_record.h"
#include "train/trainer.h"

namespace inkling {

/// The folds of a study: those that options are compared on, the tuning fold, and fresh ones. Throws Error (bad data)
/// where the data do not do for them.
Folds deal_folds(const StudyRecipe& study, const Dataset& data);

/// Does a study's trainings on its data. May be used by several threads at a time.
class JobTrainer {
  public:
    /// `data` is the training part, and stays the caller's. `needs` are the study's, not this machine's; `origin` is
    /// for the runs' records.
    JobTrainer(StudyFolder folder, const StudyRecipe& study, const Dataset& data, MachineNeeds needs,
               StudyOrigin origin);

    /// See TrainJob. A fold's score is the last epoch's, on the fold; a recipe that watches a validation part as it
    /// trains (reduce_on_plateau, early stopping) gets one from the fold's training samples, so that it does not see
    /// what it is judged by. Baseline and best are trained on the whole training part, but for such a validation part,
    /// each in its run's folder, where a stopped training goes on; they have no score before the test. What confirms is
    /// trained likewise, on all but a held-out part, the same for all: images by which nothing was chosen before, where
    /// there are enough. Its score is that of the held-out part, and its run keeps predictions.csv of it.
    JobScore operator()(const Job& job, const TrainerOptions& options) const;

  private:
    JobScore train_fold(const Job& job, const Recipe& recipe, const TrainerOptions& options) const;
    JobScore train_curve(const Recipe& recipe, const TrainerOptions& options) const;
    JobScore train_final(const Job& job, const Recipe& recipe, const TrainerOptions& options) const;
    JobScore train_confirming(const Job& job, const Recipe& recipe, const TrainerOptions& options) const;
    TrainingResult train_in(const RunFolder& run, const Recipe& recipe, const Holdout& holdout,
                            const TrainerOptions& options) const;
    RunRecord record_of(const Recipe& recipe) const;

    StudyFolder folder_;
    const Dataset& data_;
    MachineNeeds needs_;
    StudyOrigin origin_;
    Folds folds_;
    Holdout confirming_;  // what confirms learns from, and is judged by; empty where the study does not confirm
};

}  // namespace inkling
