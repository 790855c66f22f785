#include "study/finals.h"

#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "core/threads.h"
#include "refusal.h"
#include "study/results.h"
#include "study/study.h"
#include "temporary_folder.h"
#include "toy_study.h"
#include "train/evaluate.h"
#include "train/run_folder.h"

namespace inkling {
namespace {

/// A study on the toy data, of which one thing after another is done.
class Finals : public testing::Test {
  protected:
    Finals() {
        set_thread_count(1);
        begin_toy_study(folder(), study_);
    }

    StudyFolder folder() const { return {folder_.path()}; }
    SqliteJobStore store() const { return {folder().store(), Database::Mode::kWrite}; }

    /// Does all trainings; after `most` of them it is stopped.
    void train_all(int most = 1000) {
        const JobTrainer trainer(folder(), study_, train_, MachineNeeds{}, toy_origin());
        int begun = 0;
        try {
            run_study(sqlite_job_stores(folder().store()), study_,
                      [&](const Job& job, const TrainerOptions& options) {
                          ++begun;
                          EXPECT_EQ(tests_loaded_, 0);
                          return trainer(job, options);
                      },
                      {.stop = [&] { return begun > most; }});
        } catch (const Error& error) {
            EXPECT_EQ(error.status(), ExitStatus::kInterrupted);
        }
    }

    void test_all() {
        test_finals(folder(), [this] {
            ++tests_loaded_;
            return test_;
        });
    }

    static nlohmann::json metrics_of(const RunFolder& run) { return nlohmann::json::parse(read_text(run.metrics())); }

    TemporaryFolder folder_;
    StudyRecipe study_ = toy_study();
    Dataset train_ = toy_dataset(240);
    Dataset test_ = toy_dataset(100, Part::kTest, 2);
    int tests_loaded_ = 0;
};

TEST_F(Finals, DoNotReadTheTestPartBeforeAllTrainingsAreDone) {
    for (const int most : {0, 1, 5}) {
        train_all(most);
        EXPECT_TRUE(contains(usage_refusal([&] { test_all(); }), "trainings are not done; the test part is for"));
        EXPECT_EQ(tests_loaded_, 0);
    }
    train_all();
    // What is still being trained elsewhere counts as well.
    Database(folder().store(), Database::Mode::kWrite)
        .execute("UPDATE folds SET status = 'running', owner = 'elsewhere/1/1' WHERE id = 1");
    usage_refusal([&] { test_all(); });
    EXPECT_EQ(tests_loaded_, 0);
    Database(folder().store(), Database::Mode::kWrite).execute("UPDATE folds SET status = 'finished' WHERE id = 1");
    test_all();
    EXPECT_EQ(tests_loaded_, 1);
}

TEST_F(Finals, AreTestedOnceAndWrittenDown) {
    train_all();
    test_all();
    test_all();
    EXPECT_EQ(tests_loaded_, 1);
    int tested = 0;
    for (const StoredJob& stored : store().jobs()) {
        if (stored.job.role != Role::kBaseline && stored.job.role != Role::kBest) continue;
        ++tested;
        const RunFolder run = folder().run("mlp", stored.job.role, stored.job.index);
        const Metrics metrics = evaluate(load_model(run.model()), test_).metrics;
        EXPECT_EQ(stored.score.accuracy, metrics.accuracy);
        EXPECT_EQ(stored.score.loss, metrics.loss);
        const nlohmann::json json = metrics_of(run);
        EXPECT_EQ(json["test"]["accuracy"], metrics.accuracy);
        EXPECT_EQ(json["test"]["macro_f1"], metrics.macro_f1);
        EXPECT_DOUBLE_EQ(accuracy(read_right(run)), metrics.accuracy);
    }
    EXPECT_EQ(tested, 4);
}

TEST_F(Finals, AreOfWhatWasConfirmedAtFullLength) {
    study_.confirm = 3;
    study_.confirm_seeds = 2;
    study_.fresh_folds = 2;
    std::filesystem::remove(folder().store());
    begin_toy_study(folder(), study_);
    train_all();
    const FamilyResults family = read_results(folder()).families[0];
    ASSERT_TRUE(family.path.confirmation && family.path.confirmation->decided);
    const std::vector<ConfirmedOption>& options = family.path.confirmation->options;
    ASSERT_EQ(family.full_length.size(), options.size());
    for (std::size_t i = 0; i < options.size(); ++i) {
        EXPECT_EQ(options[i].trial.scores.size(), 2u);
        EXPECT_EQ(family.full_length[i].images, 24u);
        EXPECT_TRUE(family.full_length[i].interval.contains(options[i].trial.mean()));
        EXPECT_GT(family.full_length[i].seconds, 0);
    }
    for (const StoredJob& stored : store().jobs())
        EXPECT_TRUE(stored.job.role != Role::kBest || stored.job.candidate == family.path.chosen());
    test_all();
    EXPECT_EQ(read_results(folder()).families[0].best_runs.size(), 2u);
}

TEST_F(Finals, HaveNoTestInTheirMetricsBefore) {
    train_all();
    for (const Role role : {Role::kBaseline, Role::kBest})
        for (int seed = 0; seed < 2; ++seed) EXPECT_FALSE(metrics_of(folder().run("mlp", role, seed)).contains("test"));
    EXPECT_TRUE(read_results(folder()).families[0].best_runs.empty());
    test_all();
    for (const Role role : {Role::kBaseline, Role::kBest})
        for (int seed = 0; seed < 2; ++seed) EXPECT_TRUE(metrics_of(folder().run("mlp", role, seed)).contains("test"));
}

TEST_F(Finals, AreComparedOverAllSeeds) {
    train_all();
    EXPECT_TRUE(read_results(folder()).comparisons.empty());
    test_all();
    const StudyResults results = read_results(folder());
    ASSERT_EQ(results.comparisons.size(), 1u);
    const auto& [a, b, difference] = results.comparisons[0];
    EXPECT_EQ(a, "best mlp");
    EXPECT_EQ(b, "baseline mlp");
    const auto mean = [](const std::vector<StoredJob>& runs) {
        return (runs.at(0).score.accuracy + runs.at(1).score.accuracy) / 2;
    };
    const FamilyResults& family = results.families[0];
    EXPECT_NEAR(difference.mean, mean(family.best_runs) - mean(family.baseline_runs), 1e-12);
    EXPECT_TRUE(difference.interval.contains(difference.mean));
}

TEST_F(Finals, WhosePredictionsAreDamagedOrLackingAreToldOrLeftOut) {
    train_all();
    test_all();
    const RunFolder run = folder().run("mlp", Role::kBest, 0);
    write_file(run.predictions(), "image,label,prediction\n0,1,1\n2,0,0\n");
    EXPECT_TRUE(contains(data_refusal([&] { read_right(run); }), "predictions.csv: line 3 is not as this program"));
    // As of an older version.
    for (const int seed : {0, 1}) std::filesystem::remove(folder().run("mlp", Role::kBest, seed).predictions());
    EXPECT_TRUE(read_right(run).empty());
    EXPECT_TRUE(read_results(folder()).comparisons.empty());
}

TEST_F(Finals, AreNotLostWhereTheTestPartCannotBeRead) {
    train_all();
    EXPECT_EQ(data_refusal([&] { test_finals(folder(), []() -> Dataset { throw bad_data("images: truncated"); }); }),
              "images: truncated");
    test_all();
    EXPECT_EQ(read_results(folder()).families[0].best_runs.size(), 2u);
}

TEST_F(Finals, GoOnWithThoseThatAreNotTestedYet) {
    train_all();
    test_all();
    const Role role = Role::kBest;
    const std::string before = read_text(folder().run("mlp", role, 1).metrics());
    Database(folder().store(), Database::Mode::kWrite)
        .execute("UPDATE folds SET accuracy = NULL, loss = NULL WHERE role = 'best' AND fold = 1");
    // As after a death between the run's file and the store's line.
    test_all();
    EXPECT_EQ(tests_loaded_, 2);
    EXPECT_EQ(read_text(folder().run("mlp", role, 1).metrics()), before);
    EXPECT_EQ(read_results(folder()).families[0].best_runs.size(), 2u);
}

TEST_F(Finals, ThatFailedAreLeftOut) {
    train_all();
    Database(folder().store(), Database::Mode::kWrite)
        .execute("UPDATE folds SET status = 'failed', reason = 'diverged' WHERE role = 'best' AND fold = 0");
    test_all();
    const FamilyResults results = read_results(folder()).families[0];
    EXPECT_EQ(results.baseline_runs.size(), 2u);
    ASSERT_EQ(results.best_runs.size(), 1u);
    EXPECT_EQ(results.best_runs[0].job.index, 1);
}

TEST_F(Finals, AreWholeResultsAfterTheTest) {
    train_all();
    const StudyResults before = read_results(folder());
    EXPECT_TRUE(before.families[0].path.decided);
    test_all();
    const StudyResults results = read_results(folder());
    EXPECT_EQ(results.recipe, study_);
    EXPECT_EQ(results.record.split, "toy");
    EXPECT_EQ(results.origin.data, "/toy");
    EXPECT_EQ(results.fold_ratio, 1.0 / 3);
    EXPECT_EQ(results.counts.finished, 3 * 2 + 2 * 3);
    ASSERT_EQ(results.families.size(), 1u);
    const FamilyResults& family = results.families[0];
    EXPECT_EQ(family.family, study_.families[0]);
    EXPECT_EQ(family.baseline_curve.size(), 3u);
    EXPECT_EQ(family.best_curve.size(), 3u);
    EXPECT_FALSE(std::isnan(family.best_curve[0].validation_loss));
    ASSERT_EQ(family.baseline_runs.size(), 2u);
    ASSERT_EQ(family.best_runs.size(), 2u);
    EXPECT_EQ(family.best_runs[1].job.seed, 4u);
    EXPECT_EQ(family.best_runs[1].score.history.size(), 3u);
    double seconds = 0;
    for (const StoredJob& stored : store().jobs()) seconds += stored.seconds;
    EXPECT_DOUBLE_EQ(results.training_seconds, seconds);
    EXPECT_GT(family.best_runs[0].score.accuracy, 0.5);
}

}  // namespace
}  // namespace inkling
