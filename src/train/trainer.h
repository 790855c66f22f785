#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <vector>

#include "core/error.h"
#include "data/dataset.h"
#include "data/folds.h"
#include "train/history.h"
#include "train/model.h"
#include "train/recipe.h"

namespace inkling {

/// How far the epoch that runs now has come; means are over its steps so far.
struct StepReport {
    int epoch = 0;  // from 1
    std::int64_t step = 0;
    std::int64_t steps = 0;  // of the epoch
    int batch_size = 0;
    double loss = 0;
    double accuracy = 0;
    double learning_rate = 0;
};

/// Who watches a training, and where it is kept. Everything is optional.
struct TrainerOptions {
    std::function<void(const StepReport&)> on_step = {};
    std::function<void(std::span<const EpochRecord>)> on_epoch = {};  // all finished epochs
    std::function<bool()> stop = {};                                  // asked after each step; true: save and return
    std::filesystem::path checkpoint = {};                            // file to keep the state in; empty: none
    double checkpoint_seconds = 30;  // time between checkpoints within an epoch; one is made after each epoch anyway
    bool resume = false;             // begin where the checkpoint, if there is one, was written
    std::function<void(Network&)> on_initialized = {};  // may change the weights that a training begins with
    // Where it goes on in another environment than the checkpoint's: what differs, as numeric_difference() says it.
    std::function<void(const std::string&)> on_other_environment = {};
    // The processes that train it together. All are given the same, but for callbacks, threads and when to stop: all
    // stop where one is asked to. The first keeps the checkpoint, and all read it.
    Sharing sharing = {};
};

enum class Outcome { kFinished, kStoppedEarly, kInterrupted };

struct TrainingResult {
    Outcome outcome = Outcome::kFinished;
    Model model;  // with the weights of the last epoch, or of the best where early stopping is on
    std::vector<EpochRecord> history;
    int best_epoch = 0;  // the one whose weights the model has, from 1
};

/// The loss or a weight is not finite any more: the recipe is to blame, not the machine.
class Diverged : public Error {
  public:
    explicit Diverged(const std::string& message) : Error(ExitStatus::kFailed, message) {}
};

/// Trains a network on the samples of holdout.train and judges it after each epoch by those of holdout.validation, if
/// there are any. The result is a function of recipe, data, holdout, thread_count(), instruction set and oneDNN's
/// version alone, however often the training was stopped and resumed; where sums are reproducible, thread_count() and
/// the number of processes do not matter, and else, of several processes, the last digits are MPI's. A batch is never
/// larger than the samples, and a last short one is left out.
///
/// Throws Error: wrong usage as check_training() and check_sharing() do; OtherTraining where a checkpoint is of another
/// one; Diverged; failed where the checkpoint cannot be written.
TrainingResult train(const Recipe& recipe, const Dataset& data, const Holdout& holdout,
                     const TrainerOptions& options = {});

}  // namespace inkling
