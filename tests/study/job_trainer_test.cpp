#include "study/job_trainer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/threads.h"
#include "refusal.h"
#include "study/shared_runs.h"
#include "temporary_folder.h"
#include "toy_study.h"
#include "train/evaluate.h"
#include "train/run_folder.h"

namespace inkling {
namespace {

class JobTrainerTest : public testing::Test {
  protected:
    JobTrainerTest() { set_thread_count(1); }

    JobTrainer trainer() const { return {folder(), study_, data_, needs_, toy_origin()}; }
    StudyFolder folder() const { return {folder_.path()}; }

    Job job(Role role, int index, const std::vector<std::string>& overrides = {}) const {
        return toy_job(study_, {overrides, 0.003}, role, index);
    }
    Folds folds() const { return stratified_folds(data_, study_.data_fraction, study_.folds + 1, study_.seed); }

    TemporaryFolder folder_;
    StudyRecipe study_ = toy_study();
    Dataset data_ = toy_dataset(240);
    MachineNeeds needs_;
};

TEST_F(JobTrainerTest, ScoresAFoldAsATrainingByHandDoes) {
    for (int fold = 0; fold <= tuning_fold(study_); ++fold) {
        const Job wanted = job(Role::kFold, fold);
        const JobScore score = trainer()(wanted, {});
        const Holdout holdout = folds().holdout(fold);
        EXPECT_EQ(holdout.validation.size(), 45u);
        const TrainingResult by_hand = train(parse_recipe(wanted.recipe, "job"), data_, holdout);
        EXPECT_EQ(score.accuracy, by_hand.history.back().validation_accuracy);
        EXPECT_EQ(score.loss, by_hand.history.back().validation_loss);
        ASSERT_EQ(score.history.size(), 2u);
        EXPECT_EQ(score.history[0].train_loss, by_hand.history[0].train_loss);
        const Metrics metrics = evaluate(by_hand.model, subset(data_, holdout.validation)).metrics;
        EXPECT_EQ(score.accuracy, metrics.accuracy);
    }
}

TEST_F(JobTrainerTest, JudgesByWritersOfItsOwnWhereFoldsAreByWriter) {
    for (std::size_t i = 0; i < data_.size(); ++i) data_.writers.push_back(static_cast<std::uint32_t>(i / 6));
    study_.folds_by = FoldsBy::kWriter;
    const Job wanted = job(Role::kFold, 1);
    const Holdout holdout =
        writer_folds(data_, study_.data_fraction, study_.folds + 1, study_.seed).holdout(wanted.index);
    const TrainingResult by_hand = train(parse_recipe(wanted.recipe, "job"), data_, holdout);
    EXPECT_EQ(trainer()(wanted, {}).loss, by_hand.history.back().validation_loss);
    data_.writers.clear();
    EXPECT_TRUE(contains(data_refusal([&] { trainer(); }), "who wrote its images is not known"));
}

TEST_F(JobTrainerTest, LeavesNoFilesOfAFold) {
    trainer()(job(Role::kFold, 0), {});
    EXPECT_TRUE(std::filesystem::is_empty(folder_.path()));
}

TEST_F(JobTrainerTest, WatchesAPartOfAFoldsTrainingSamplesNotWhatItIsJudgedBy) {
    for (const char* watching : {"schedule.kind=reduce_on_plateau", "early_stopping.patience=1"}) {
        const Job wanted = job(Role::kFold, 1, {watching});
        const JobScore score = trainer()(wanted, {});

        const Holdout fold = folds().holdout(1);
        const Holdout inner = stratified_holdout(data_, fold.train, 0.2, wanted.seed);
        EXPECT_EQ(inner.validation.size(), 28u);
        EXPECT_EQ(inner.train.size(), 107u);
        for (const std::uint32_t sample : inner.validation) {
            EXPECT_FALSE(std::binary_search(fold.validation.begin(), fold.validation.end(), sample));
            EXPECT_TRUE(std::binary_search(fold.train.begin(), fold.train.end(), sample));
        }
        const TrainingResult by_hand = train(parse_recipe(wanted.recipe, "job"), data_, inner);
        const Metrics metrics = evaluate(by_hand.model, subset(data_, fold.validation)).metrics;
        EXPECT_EQ(score.accuracy, metrics.accuracy) << watching;
        EXPECT_EQ(score.loss, metrics.loss) << watching;
        EXPECT_EQ(score.history.back().validation_loss, by_hand.history.back().validation_loss);
        EXPECT_NE(score.loss, score.history.back().validation_loss);
    }
}

TEST_F(JobTrainerTest, HoldsATenthOutForACurveWhoseRecipeHoldsNothingOut) {
    const Job wanted = job(Role::kBaselineCurve, 0, {"training.validation_fraction=0"});
    const JobScore score = trainer()(wanted, {});
    const TrainingResult by_hand =
        train(parse_recipe(wanted.recipe, "job"), data_, stratified_holdout(data_, 0.1, wanted.seed));
    EXPECT_EQ(score.history.back().validation_loss, by_hand.history.back().validation_loss);
}

TEST_F(JobTrainerTest, WatchesTheCurvesOnAHeldOutPart) {
    const Job wanted = job(Role::kBestCurve, 0);
    const JobScore score = trainer()(wanted, {});
    const TrainingResult by_hand =
        train(parse_recipe(wanted.recipe, "job"), data_, stratified_holdout(data_, 0.2, wanted.seed));
    ASSERT_EQ(score.history.size(), 3u);
    EXPECT_EQ(score.accuracy, by_hand.history.back().validation_accuracy);
    EXPECT_TRUE(std::filesystem::is_empty(folder_.path()));
}

TEST_F(JobTrainerTest, TrainsTheFinalsOnTheWholeTrainingPart) {
    const Job wanted = job(Role::kBest, 1);
    const JobScore score = trainer()(wanted, {});
    EXPECT_TRUE(std::isnan(score.accuracy));  // nobody has judged it yet
    EXPECT_TRUE(std::isnan(score.loss));
    ASSERT_EQ(score.history.size(), 3u);
    EXPECT_TRUE(std::isnan(score.history[0].validation_loss));

    std::vector<std::uint32_t> all(data_.size());
    std::iota(all.begin(), all.end(), 0u);
    const Recipe recipe = parse_recipe(wanted.recipe, "job");
    const TrainingResult by_hand = train(recipe, data_, {.train = all, .validation = {}});
    const RunFolder run = folder().run("mlp", Role::kBest, 1);
    EXPECT_EQ(run.path, folder_ / "best/mlp/seed-1");
    EXPECT_EQ(load_model(run.model()).parameters, by_hand.model.parameters);
    const RunRecord record = read_record(run);
    EXPECT_EQ(record.seed, 4u);
    EXPECT_EQ(record.threads, 1);
    EXPECT_EQ(record.split, "toy");
    EXPECT_EQ(record.data, "/toy");
    EXPECT_EQ(read_summary(run).epochs, 3);
    EXPECT_EQ(read_text(run.recipe()), wanted.recipe);
}

TEST_F(JobTrainerTest, WatchesAPartOfTheTrainingPartInAFinalThatMust) {
    const JobScore score = trainer()(job(Role::kBest, 0, {"schedule.kind=reduce_on_plateau"}), {});
    EXPECT_TRUE(std::isnan(score.accuracy));
    EXPECT_FALSE(std::isnan(score.history[0].validation_loss));
}

TEST_F(JobTrainerTest, GoesOnWithAFinalThatWasStoppedToTheSameModel) {
    const Job wanted = job(Role::kBaseline, 0);
    const RunFolder run = folder().run("mlp", Role::kBaseline, 0);
    trainer()(wanted, {});
    const std::string unbroken = read_text(run.model());
    std::filesystem::remove_all(run.path);

    int stops = 0;
    for (bool done = false; !done;) {
        int steps = 0;
        const TrainerOptions five_steps{.on_step = [&](const StepReport&) { ++steps; },
                                        .stop = [&] { return steps >= 5; }};
        try {
            trainer()(wanted, five_steps);
            done = true;
        } catch (const Error& error) {
            EXPECT_EQ(error.status(), ExitStatus::kInterrupted);
            EXPECT_FALSE(std::filesystem::exists(run.metrics()));
            ASSERT_LT(++stops, 100);
        }
    }
    EXPECT_GE(stops, 3);
    EXPECT_EQ(read_text(run.model()), unbroken);
}

TEST_F(JobTrainerTest, ConfirmsOnImagesThatChoseNothing) {
    study_.data_fraction = 0.5;
    study_.fresh_folds = 2;
    study_.confirm = 4;
    study_.confirm_fraction = 0.2;
    const Job wanted = job(Role::kConfirm, 1, {"network.activation=elu"});
    const JobScore score = trainer()(wanted, {});

    // Of the images that are in no fold or in a fresh one, a fifth of all images.
    const Folds all = stratified_folds(data_, 0.5, 6, study_.seed);
    std::vector<std::uint32_t> unused;
    for (std::uint32_t image = 0; image < data_.size(); ++image) {
        const auto found = std::lower_bound(all.samples.begin(), all.samples.end(), image);
        const bool sampled = found != all.samples.end() && *found == image;
        if (!sampled || all.fold[static_cast<std::size_t>(found - all.samples.begin())] >= 4) unused.push_back(image);
    }
    const double fraction = 0.2 * 240 / static_cast<double>(unused.size());
    Holdout holdout = stratified_holdout(data_, unused, fraction, study_.seed);
    EXPECT_EQ(holdout.validation.size(), 48u);
    holdout.train.clear();
    for (std::uint32_t image = 0; image < data_.size(); ++image)
        if (!std::binary_search(holdout.validation.begin(), holdout.validation.end(), image))
            holdout.train.push_back(image);
    const Dataset judged = subset(data_, holdout.validation);
    const TrainingResult by_hand =
        train(parse_recipe(wanted.recipe, "job"), data_, {.train = holdout.train, .validation = {}});
    const Metrics metrics = evaluate(by_hand.model, judged).metrics;
    EXPECT_EQ(score.accuracy, metrics.accuracy);
    EXPECT_EQ(score.loss, metrics.loss);
    const std::vector<std::uint8_t> right = read_right(folder().confirming_run("mlp", wanted.key, 1));
    ASSERT_EQ(right.size(), 48u);
    EXPECT_DOUBLE_EQ(std::accumulate(right.begin(), right.end(), 0.0) / 48, score.accuracy);
}

TEST_F(JobTrainerTest, GoesOnWithWhatConfirms) {
    study_.confirm = 4;
    const Job wanted = job(Role::kConfirm, 0);
    const JobScore unbroken = trainer()(wanted, {});
    std::filesystem::remove_all(folder().path / "confirm");
    int steps = 0;
    const TrainerOptions five_steps{.on_step = [&](const StepReport&) { ++steps; }, .stop = [&] { return steps >= 5; }};
    EXPECT_THROW(trainer()(wanted, five_steps), Error);
    EXPECT_EQ(trainer()(wanted, {}).accuracy, unbroken.accuracy);
    EXPECT_EQ(trainer()(wanted, {.stop = [] { return false; }}).loss, unbroken.loss);  // once more, from its files
}

TEST_F(JobTrainerTest, DealsFreshFoldsBehindTheTuningFold) {
    study_.fresh_folds = 2;
    const Job wanted = job(Role::kFold, 5);
    const Holdout holdout = stratified_folds(data_, study_.data_fraction, 6, study_.seed).holdout(5);
    const TrainingResult by_hand = train(parse_recipe(wanted.recipe, "job"), data_, holdout);
    EXPECT_EQ(trainer()(wanted, {}).accuracy, by_hand.history.back().validation_accuracy);
}

TEST_F(JobTrainerTest, GivesAFinishedFinalAgainAsItIs) {
    // As after a death between the run's last file and the store's next line.
    const Job wanted = job(Role::kBest, 0);
    const JobScore first = trainer()(wanted, {});
    const RunFolder run = folder().run("mlp", Role::kBest, 0);
    const std::string metrics = read_text(run.metrics());
    int steps = 0;
    const JobScore again = trainer()(wanted, {.on_step = [&](const StepReport&) { ++steps; }});
    EXPECT_EQ(steps, 0);
    EXPECT_EQ(history_csv(again.history), history_csv(first.history));
    EXPECT_EQ(read_text(run.metrics()), metrics);
}

TEST_F(JobTrainerTest, FinishesAFinalThatLacksItsLastFiles) {
    const Job wanted = job(Role::kBest, 0);
    trainer()(wanted, {});
    const RunFolder run = folder().run("mlp", Role::kBest, 0);
    const std::string model = read_text(run.model());
    const std::string metrics = read_text(run.metrics());
    std::filesystem::remove(run.metrics());
    std::filesystem::remove(run.model());
    trainer()(wanted, {});
    EXPECT_EQ(read_text(run.model()), model);
    EXPECT_EQ(read_text(run.metrics()), metrics);
}

TEST_F(JobTrainerTest, TrainsAgainWhatAnotherProcessSentWithoutItsScore) {
    // As after a death of the one that took it: before the score came, or between two files.
    const Job wanted = job(Role::kBest, 0);
    trainer()(wanted, {});
    const RunFolder run = folder().run("mlp", Role::kBest, 0);
    const std::string model = read_text(run.model());
    const std::string metrics = read_text(run.metrics());
    unpack_run(pack_run(run), run);
    ASSERT_FALSE(std::filesystem::exists(run.checkpoint()));
    trainer()(wanted, {});
    EXPECT_EQ(read_text(run.metrics()), metrics);

    unpack_run(pack_run(run), run);
    std::filesystem::remove(run.metrics());
    std::filesystem::remove(run.model());
    trainer()(wanted, {});
    EXPECT_EQ(read_text(run.model()), model);
}

TEST_F(JobTrainerTest, TakesForAutoWhatTheStudyBeganWithNotWhatRunsHere) {
    const Job automatic = job(Role::kBest, 0, {"training.precision=auto"});
    trainer()(automatic, {});
    const RunFolder run = folder().run("mlp", Role::kBest, 0);
    EXPECT_TRUE(contains(read_text(run.recipe()), "precision = \"fp32\""));
    EXPECT_EQ(load_model(run.model()).recipe.training.precision, PrecisionChoice::kFp32);
    for (const auto begun_with : {PrecisionChoice::kBf16, PrecisionChoice::kAuto}) {
        needs_ = {.automatic = begun_with, .bfloat16 = true};
        const int seed = 1 + static_cast<int>(begun_with);
        trainer()(job(Role::kBest, seed, {"training.precision=auto"}), {});
        EXPECT_EQ(load_model(folder().run("mlp", Role::kBest, seed).model()).recipe.training.precision,
                  PrecisionChoice::kBf16);
    }
}

TEST_F(JobTrainerTest, BlamesNoConfigurationForWhatARunsFolderHolds) {
    const Job wanted = job(Role::kBest, 0);
    const RunFolder run = folder().run("mlp", Role::kBest, 0);
    int steps = 0;
    const TrainerOptions few_steps{.on_step = [&](const StepReport&) { ++steps; }, .stop = [&] { return steps >= 5; }};
    refusal_with(ExitStatus::kInterrupted, [&] { trainer()(wanted, few_steps); });
    const Job other = job(Role::kBest, 0, {"training.batch_size=16"});
    const std::string refusal = refusal_with(ExitStatus::kFailed, [&] { trainer()(other, {}); });
    EXPECT_TRUE(contains(refusal, "best/mlp/seed-0: holds another training than this study's ("));
    EXPECT_TRUE(contains(refusal, "batch_size = 16"));
    std::filesystem::remove(run.record());
    EXPECT_TRUE(contains(refusal_with(ExitStatus::kFailed, [&] { trainer()(wanted, {}); }), "its record.json is gone"));
}

TEST_F(JobTrainerTest, WritesNothingOnceItsTrainingIsAnotherProcesss) {
    const Job wanted = job(Role::kBest, 0);
    const RunFolder run = folder().run("mlp", Role::kBest, 0);
    struct Taken {};
    // At the beginning, in the midst, and when only the last files are lacking.
    for (const int asked : {1, 3, 1 + 3 * 7 + 1}) {
        std::filesystem::remove_all(run.path);
        int times = 0;
        std::string checkpoint;
        const TrainerOptions options{.stop = [&]() -> bool {
            if (++times < asked) return false;
            if (std::filesystem::exists(run.checkpoint())) checkpoint = read_text(run.checkpoint());
            throw Taken();
        }};
        EXPECT_THROW(trainer()(wanted, options), Taken) << asked;
        EXPECT_EQ(std::filesystem::exists(run.record()), asked > 1);
        EXPECT_FALSE(std::filesystem::exists(run.model()));
        EXPECT_FALSE(std::filesystem::exists(run.metrics()));
        EXPECT_EQ(asked > 1 ? read_text(run.checkpoint()) : "", checkpoint);
    }
}

TEST_F(JobTrainerTest, IsStoppedInAFoldAsInAFinal) {
    EXPECT_EQ(
        refusal_with(ExitStatus::kInterrupted, [&] { trainer()(job(Role::kFold, 0), {.stop = [] { return true; }}); }),
        "stopped");
}

TEST_F(JobTrainerTest, PassesOnThatATrainingDiverged) {
    EXPECT_THROW(trainer()(job(Role::kFold, 0,
                               {"optimizer.kind=sgd", "optimizer.learning_rate=100", "regularization.l2=100",
                                "training.epochs=60"}),
                           {}),
                 Diverged);
}

TEST_F(JobTrainerTest, RefusesMoreFoldsThanAClassHasSamples) {
    study_.folds = 61;
    EXPECT_TRUE(contains(data_refusal([&] { trainer(); }), "no class has more than 60 samples"));
}

}  // namespace
}  // namespace inkling
