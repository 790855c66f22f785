#include "study/job_trainer.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <numeric>

#include "core/error.h"
#include "core/files.h"
#include "core/folder_lock.h"
#include "core/threads.h"
#include "study/fresh_folds.h"
#include "train/checkpoint.h"
#include "train/cross_validation.h"
#include "train/evaluate.h"
#include "train/prior.h"
#include "train/teachers.h"

namespace inkling {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

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

/// The images by which a study chooses neither options nor rates, in rising order.
std::vector<std::uint32_t> images_that_chose_nothing(const StudyRecipe& study, const Dataset& data,
                                                     const Folds& folds) {
    std::vector<std::uint32_t> images;
    std::size_t next = 0;
    for (std::uint32_t image = 0; image < data.size(); ++image) {
        const bool in_fold = next < folds.samples.size() && folds.samples[next] == image;
        if (!in_fold || folds.fold[next] >= first_fresh_fold(study)) images.push_back(image);
        next += in_fold ? 1 : 0;
    }
    return images;
}

Holdout confirming_holdout(const StudyRecipe& study, const Dataset& data, const Folds& folds) {
    if (study.folds_by == FoldsBy::kWriter)
        return writer_folds(data, 1, static_cast<int>(std::clamp(std::lround(1 / study.confirm_fraction), 2L, 255L)),
                            study.seed)
            .holdout(0);
    constexpr double kMostOfThem = 0.9;
    const std::vector<std::uint32_t> unused = images_that_chose_nothing(study, data, folds);
    const double wanted = study.confirm_fraction * static_cast<double>(data.size());
    if (wanted > kMostOfThem * static_cast<double>(unused.size()))
        return stratified_holdout(data, study.confirm_fraction, study.seed);
    Holdout holdout = stratified_holdout(data, unused, wanted / static_cast<double>(unused.size()), study.seed);
    std::vector<std::uint32_t> all(data.size());
    std::iota(all.begin(), all.end(), 0);
    holdout.train.clear();
    std::set_difference(all.begin(), all.end(), holdout.validation.begin(), holdout.validation.end(),
                        std::back_inserter(holdout.train));
    return holdout;
}

/// What a run's folder holds is no fault of the configuration.
Error foreign_folder(const RunFolder& run, const std::string& why) {
    return failed("{}: holds another training than this study's ({}); move it away and go on", run.path.string(), why);
}

}  // namespace

Folds deal_folds(const StudyRecipe& study, const Dataset& data) {
    const auto deal = study.folds_by == FoldsBy::kWriter ? writer_folds : stratified_folds;
    return deal(data, study.data_fraction, fold_count(study), study.seed);
}

JobTrainer::JobTrainer(StudyFolder folder, const StudyRecipe& study, const Dataset& data, MachineNeeds needs,
                       StudyOrigin origin)
    : folder_(std::move(folder)),
      data_(data),
      needs_(needs),
      origin_(std::move(origin)),
      folds_(deal_folds(study, data)) {
    if (study.confirm > 0) confirming_ = confirming_holdout(study, data, folds_);
}

JobScore JobTrainer::operator()(const Job& job, const TrainerOptions& options) const {
    Recipe recipe = parse_recipe(job.recipe, job.family);
    recipe.training.precision = settled_precision(recipe, data_.classes(), needs_.automatic);
    switch (job.role) {
        case Role::kFold:
            return train_fold(job, recipe, options);
        case Role::kBaselineCurve:
        case Role::kBestCurve:
            return train_curve(recipe, options);
        case Role::kConfirm:
            return train_confirming(job, recipe, options);
        default:
            return train_final(job, recipe, options);
    }
}

JobScore JobTrainer::train_fold(const Job& job, const Recipe& recipe, const TrainerOptions& options) const {
    const Holdout fold = folds_.holdout(job.index);
    if (!watches_part(recipe.training)) return last_score(train_whole(recipe, data_, fold, options));
    const Holdout inner = watched_holdout(recipe, data_, fold.train, job.seed);
    const TrainingResult result = train_whole(recipe, data_, inner, options);
    const Dataset part = subset(data_, fold.validation);
    const PriorScore score = score_by_prior(result.model, evaluate(result.model, part), part);
    return {.accuracy = score.accuracy, .loss = score.loss, .history = result.history};
}

JobScore JobTrainer::train_curve(const Recipe& recipe, const TrainerOptions& options) const {
    const Holdout holdout = stratified_holdout(data_, watched_fraction(recipe), recipe.training.seed);
    return last_score(train_whole(recipe, data_, holdout, options));
}

JobScore JobTrainer::train_final(const Job& job, const Recipe& recipe, const TrainerOptions& options) const {
    const RunFolder run = folder_.run(job.family, job.role, job.index);
    const double fraction = watches_part(recipe.training) ? watched_fraction(recipe) : 0;
    const Holdout holdout = stratified_holdout(data_, fraction, recipe.training.seed);
    const TrainingResult result = train_in(run, recipe, holdout, options);
    return {.accuracy = kNone, .loss = kNone, .history = result.history};
}

JobScore JobTrainer::train_confirming(const Job& job, const Recipe& recipe, const TrainerOptions& options) const {
    const RunFolder run = folder_.confirming_run(job.family, job.key, job.index);
    const Holdout inner = watched_holdout(recipe, data_, confirming_.train, job.seed);
    const TrainingResult result = train_in(run, recipe, inner, options);
    const Dataset part = subset(data_, confirming_.validation);
    const Evaluation evaluation = evaluate(result.model, part);
    ask_stop(options);
    write_predictions(run, evaluation, part);
    const PriorScore score = score_by_prior(result.model, evaluation, part);
    return {.accuracy = score.accuracy, .loss = score.loss, .history = result.history};
}

/// Trains in a run's folder, where a stopped training goes on.
TrainingResult JobTrainer::train_in(const RunFolder& run, const Recipe& recipe, const Holdout& holdout,
                                    const TrainerOptions& options) const {
    // Whose claim ran out while it was silent may still write here.
    const FolderLock claim(run.path, FolderLock::Use::kAlone, FolderLock::WhenHeld::kWait);
    ask_stop(options);
    if (!std::filesystem::exists(run.record())) {
        if (std::filesystem::exists(run.checkpoint()) || std::filesystem::exists(run.metrics()))
            throw foreign_folder(run, "its record.json is gone");
        begin_run(run, recipe, record_of(recipe));
    }
    make_folder(run.checkpoint().parent_path());  // a run that was sent here has none, nor has a part of it
    TrainerOptions in_folder = options;
    in_folder.checkpoint = run.checkpoint();
    in_folder.resume = true;
    try {
        TrainingResult result = train_whole(recipe, data_, holdout, in_folder);
        ask_stop(options);
        if (!std::filesystem::exists(run.metrics())) finish_run(run, result, std::nullopt);
        return result;
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
            .stored = data_.stored,
            .teachers = teacher_files(recipe.training.distillation)};
}

}  // namespace inkling
