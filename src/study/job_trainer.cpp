#include "study/job_trainer.h"

#include <limits>

#include "core/error.h"
#include "core/folder_lock.h"
#include "core/threads.h"
#include "train/checkpoint.h"
#include "train/evaluate.h"
#include "train/schedule.h"

namespace inkling {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
constexpr double kUsualFraction = 0.1;  // held out to watch a training whose recipe holds nothing out

bool needs_validation(const TrainingSpec& training) {
    return training.early_stopping.patience > 0 || watches_validation(training.schedule.kind);
}

double fraction_of(const Recipe& recipe) {
    return recipe.training.validation_fraction > 0 ? recipe.training.validation_fraction : kUsualFraction;
}

TrainingResult train_whole(const Recipe& recipe, const Dataset& data, const Holdout& holdout,
                           const TrainerOptions& options) {
    TrainingResult result = train(recipe, data, holdout, options);
    if (result.outcome == Outcome::kInterrupted) throw Error(ExitStatus::kInterrupted, "stopped");
    return result;
}

/// Where the training does not go on after all: told to stop, or no longer its process's.
void ask_stop(const TrainerOptions& options) {
    if (options.stop && options.stop()) throw Error(ExitStatus::kInterrupted, "stopped");
}

JobScore last_score(const TrainingResult& result) {
    const EpochRecord& last = result.history.at(static_cast<std::size_t>(result.best_epoch) - 1);
    return {.accuracy = last.validation_accuracy, .loss = last.validation_loss, .history = result.history};
}

/// Those that options are compared on, and the tuning fold.
Folds make_folds(const StudyRecipe& study, const Dataset& data) {
    const auto deal = study.folds_by == FoldsBy::kWriter ? writer_folds : stratified_folds;
    return deal(data, study.data_fraction, study.folds + 1, study.seed);
}

/// What a run's folder holds is no fault of the configuration.
Error foreign_folder(const RunFolder& run, const std::string& why) {
    return failed("{}: holds another training than this study's ({}); move it away and go on", run.path.string(), why);
}

}  // namespace

JobTrainer::JobTrainer(StudyFolder folder, const StudyRecipe& study, const Dataset& data, MachineNeeds needs,
                       StudyOrigin origin)
    : folder_(std::move(folder)),
      data_(data),
      needs_(needs),
      origin_(std::move(origin)),
      folds_(make_folds(study, data)) {}

JobScore JobTrainer::operator()(const Job& job, const TrainerOptions& options) const {
    Recipe recipe = parse_recipe(job.recipe, job.family);
    recipe.training.precision = settled_precision(recipe, data_.classes(), needs_.automatic);
    switch (job.role) {
        case Role::kFold:
            return train_fold(job, recipe, options);
        case Role::kBaselineCurve:
        case Role::kBestCurve:
            return train_curve(recipe, options);
        default:
            return train_final(job, recipe, options);
    }
}

JobScore JobTrainer::train_fold(const Job& job, const Recipe& recipe, const TrainerOptions& options) const {
    const Holdout fold = folds_.holdout(job.index);
    if (!needs_validation(recipe.training)) return last_score(train_whole(recipe, data_, fold, options));
    const Holdout inner = stratified_holdout(data_, fold.train, fraction_of(recipe), job.seed);
    const TrainingResult result = train_whole(recipe, data_, inner, options);
    const Metrics metrics = evaluate(result.model, subset(data_, fold.validation)).metrics;
    return {.accuracy = metrics.accuracy, .loss = metrics.loss, .history = result.history};
}

JobScore JobTrainer::train_curve(const Recipe& recipe, const TrainerOptions& options) const {
    const Holdout holdout = stratified_holdout(data_, fraction_of(recipe), recipe.training.seed);
    return last_score(train_whole(recipe, data_, holdout, options));
}

JobScore JobTrainer::train_final(const Job& job, const Recipe& recipe, const TrainerOptions& options) const {
    const RunFolder run = folder_.run(job.family, job.role, job.index);
    const double fraction = needs_validation(recipe.training) ? fraction_of(recipe) : 0;
    const Holdout holdout = stratified_holdout(data_, fraction, recipe.training.seed);
    // Whose claim ran out while it was silent may still write here.
    const FolderLock claim(run.path, FolderLock::Use::kAlone, FolderLock::WhenHeld::kWait);
    ask_stop(options);
    if (!std::filesystem::exists(run.record())) {
        if (std::filesystem::exists(run.checkpoint()) || std::filesystem::exists(run.metrics()))
            throw foreign_folder(run, "its record.json is gone");
        begin_run(run, recipe, record_of(recipe));
    }
    TrainerOptions in_folder = options;
    in_folder.checkpoint = run.checkpoint();
    in_folder.resume = true;
    try {
        const TrainingResult result = train_whole(recipe, data_, holdout, in_folder);
        ask_stop(options);
        if (!std::filesystem::exists(run.metrics())) finish_run(run, result, std::nullopt);
        return {.accuracy = kNone, .loss = kNone, .history = result.history};
    } catch (const OtherTraining& error) {
        throw foreign_folder(run, error.what());
    }
}

RunRecord JobTrainer::record_of(const Recipe& recipe) const {
    return {.recipe = recipe.name,
            .seed = recipe.training.seed,
            .threads = thread_count(),
            .split = data_.split,
            .data = origin_.data,
            .files = data_.files,
            .environment = origin_.environment,
            .stored = data_.stored};
}

}  // namespace inkling
