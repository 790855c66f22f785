#include <gtest/gtest.h>

#include <algorithm>

#include "fixtures.h"
#include "joined_threads.h"
#include "refusal.h"
#include "temporary_folder.h"
#include "toy_data.h"
#include "train/trainer.h"
#include "train/training_checks.h"

namespace inkling {
namespace {

/// All that draws by a sample or sums over samples: dropout, augmentation, mixing, an average of the weights with
/// batch norm's statistics taken anew, validation with a short last batch, clipping, calibration.
Recipe toy_recipe(std::vector<std::string> overrides = {}) {
    overrides.insert(overrides.end(),
                     {"augmentation.rotation=10", "augmentation.mixup=0.4", "augmentation.cutmix=1",
                      "averaging.kind=ema", "averaging.decay=0.9", "training.calibrate=true", "training.epochs=2",
                      "training.prior=balanced", "training.prior_by=class_weights"});
    return parse_recipe(kToyRecipe, "toy.toml", overrides);
}

const Dataset& toy_train() {
    static const Dataset data = toy_dataset(300);
    return data;
}

using Tune = std::function<void(TrainerOptions&, int rank)>;

/// What rank 0 has, and the others too.
TrainingResult train_together(const Recipe& recipe, int ranks, int threads, bool reproducible, const Tune& tune = {}) {
    std::vector<TrainingResult> results(static_cast<std::size_t>(ranks));
    in_joined_threads(ranks, threads, [&](Exchange* exchange) {
        TrainerOptions options{.sharing = {.exchange = exchange, .reproducible = reproducible}};
        const int rank = options.sharing.rank();
        if (tune) tune(options, rank);
        const Holdout holdout = stratified_holdout(toy_train(), recipe.training.validation_fraction, 5);
        results[static_cast<std::size_t>(rank)] = train(recipe, toy_train(), holdout, options);
    });
    for (const TrainingResult& result : results) {
        EXPECT_EQ(result.outcome, results[0].outcome);
        EXPECT_EQ(result.model.parameters, results[0].model.parameters);
        EXPECT_EQ(result.model.statistics, results[0].model.statistics);
    }
    return results[0];
}

void expect_same(const TrainingResult& actual, const TrainingResult& expected) {
    EXPECT_EQ(actual.outcome, expected.outcome);
    EXPECT_EQ(actual.model.parameters, expected.model.parameters);
    EXPECT_EQ(actual.model.statistics, expected.model.statistics);
    EXPECT_EQ(actual.model.temperature, expected.model.temperature);
    ASSERT_EQ(actual.history.size(), expected.history.size());
    for (std::size_t i = 0; i < actual.history.size(); ++i) {
        EXPECT_EQ(actual.history[i].train_loss, expected.history[i].train_loss);
        EXPECT_EQ(actual.history[i].train_accuracy, expected.history[i].train_accuracy);
        EXPECT_EQ(actual.history[i].validation_loss, expected.history[i].validation_loss);
        EXPECT_EQ(actual.history[i].validation_accuracy, expected.history[i].validation_accuracy);
    }
}

TEST(SharedTraining, ReproduciblyGivesTheSameNetworkForAnyNumberOfThreadsAndProcesses) {
    const TrainingResult alone = train_together(toy_recipe(), 1, 1, true);
    EXPECT_EQ(alone.history.size(), 2);
    expect_same(train_together(toy_recipe(), 1, 3, true), alone);
    for (const int ranks : {2, 4, 8}) expect_same(train_together(toy_recipe(), ranks, 1, true), alone);
    expect_same(train_together(toy_recipe(), 2, 2, true), alone);
}

TEST(SharedTraining, ReproduciblyMeasuresTrustRatiosTheSameForAnyNumberOfThreadsAndProcesses) {
    for (const char* kind : {"optimizer.kind=lamb", "optimizer.kind=lars"}) {
        SCOPED_TRACE(kind);
        // Matrices of several blocks, which threads share.
        const Recipe recipe = toy_recipe({kind, "network.hidden=[96, 48]"});
        const TrainingResult alone = train_together(recipe, 1, 1, true);
        expect_same(train_together(recipe, 1, 3, true), alone);
        expect_same(train_together(recipe, 2, 2, true), alone);
        expect_same(train_together(recipe, 4, 1, true), alone);
    }
}

TEST(SharedTraining, IsThatOfOneProcessWithinRounding) {
    // Adam would move biases before a batch norm, whose gradient is nothing but rounding, as far as all else.
    const Recipe recipe = toy_recipe({"training.batch_size=36", "optimizer.kind=sgd", "optimizer.learning_rate=0.05"});
    const TrainingResult alone = train_together(recipe, 1, 1, false);
    for (const int ranks : {2, 3}) {
        const TrainingResult together = train_together(recipe, ranks, 1, false);
        EXPECT_TRUE(close(together.model.parameters, alone.model.parameters, 1e-5)) << ranks;
        EXPECT_NEAR(together.history.back().train_loss, alone.history.back().train_loss, 1e-5);
        EXPECT_NEAR(together.history.back().validation_loss, alone.history.back().validation_loss, 1e-5);
    }
}

TEST(SharedTraining, GoesOnFromItsCheckpointWithAnyNumberOfProcesses) {
    const Recipe recipe = toy_recipe();
    const TrainingResult unbroken = train_together(recipe, 1, 1, true);
    const TemporaryFolder folder;
    const std::filesystem::path checkpoint = folder / "state";
    TrainingResult result;
    int pieces = 0;
    for (const int ranks : {2, 1, 4, 8, 2, 1, 4}) {
        result = train_together(recipe, ranks, 1, true, [&](TrainerOptions& options, int rank) {
            options.checkpoint = checkpoint;
            options.resume = pieces > 0;
            // The last rank alone is asked to stop.
            if (rank == ranks - 1) options.stop = [left = 4]() mutable { return --left == 0; };
        });
        ++pieces;
        if (result.outcome != Outcome::kInterrupted) break;
    }
    EXPECT_GT(pieces, 3);
    expect_same(result, unbroken);
}

TEST(SharedTraining, SaysThatItGoesOnWithAnotherNumberOfProcesses) {
    const Recipe recipe = toy_recipe();
    const TemporaryFolder folder;
    std::vector<std::string> heard;
    const auto run = [&](int ranks, bool stops) {
        return train_together(recipe, ranks, 1, false, [&](TrainerOptions& options, int rank) {
            options.checkpoint = folder / "state";
            options.resume = !stops;
            if (stops) options.stop = [] { return true; };
            if (rank == 0) options.on_other_environment = [&](const std::string& what) { heard.push_back(what); };
        });
    };
    EXPECT_EQ(run(2, true).outcome, Outcome::kInterrupted);
    EXPECT_EQ(run(4, false).outcome, Outcome::kFinished);
    EXPECT_EQ(heard, std::vector<std::string>{"2 processes, now 4 processes"});
    const std::string refused = usage_refusal([&] {
        train_together(recipe, 1, 1, true, [&](TrainerOptions& options, int) {
            options.checkpoint = folder / "state";
            options.resume = true;
        });
    });
    EXPECT_TRUE(contains(refused, "cannot resume with another number of threads: now \"any number of threads\""));
}

/// Of several pieces of gradients, without what would move rounding far.
Recipe wide_recipe() {
    return toy_recipe({"network.hidden=[400,200,80]", "training.batch_size=36", "optimizer.kind=sgd",
                       "optimizer.learning_rate=0.05"});
}

TEST(SharedTraining, InPiecesIsThatOfOneProcessWithinRounding) {
    const TrainingResult alone = train_together(wide_recipe(), 1, 1, false);
    for (const int ranks : {2, 4}) {
        const TrainingResult together = train_together(wide_recipe(), ranks, 1, false);
        EXPECT_TRUE(close(together.model.parameters, alone.model.parameters, 1e-5)) << ranks;
        EXPECT_TRUE(close(together.model.statistics, alone.model.statistics, 1e-5)) << ranks;
    }
}

TEST(SharedTraining, BatchNormByProcessEndsWithTheSameNetworkEverywhereAndGoesOn) {
    for (const char* averaging : {"averaging.kind=ema", "averaging.kind=none"}) {
        const Recipe recipe =
            parse_recipe(kToyRecipe, "toy.toml", std::vector<std::string>{averaging, "training.sync_batch_norm=false"});
        Recipe synced = recipe;
        synced.training.sync_batch_norm = true;
        const TrainingResult unbroken = train_together(recipe, 2, 1, false);
        EXPECT_NE(unbroken.model.parameters, train_together(synced, 2, 1, false).model.parameters);
        const TemporaryFolder folder;
        TrainingResult result;
        int pieces = 0;
        do {
            result = train_together(recipe, 2, 1, false, [&](TrainerOptions& options, int rank) {
                options.checkpoint = folder / "state";
                options.resume = pieces > 0;
                if (rank == 1) options.stop = [left = 4]() mutable { return --left == 0; };
            });
            ++pieces;
        } while (result.outcome == Outcome::kInterrupted);
        EXPECT_GT(pieces, 3);
        expect_same(result, unbroken);
        expect_same(train_together(recipe, 1, 1, false), train_together(synced, 1, 1, false));
    }
}

TEST(SharedTraining, RefusesBatchNormByProcessWhereThatCannotBe) {
    Recipe recipe = toy_recipe({"training.sync_batch_norm=false"});
    const Holdout holdout = stratified_holdout(toy_train(), 0.2, 5);
    EXPECT_EQ(usage_refusal([&] { check_sharing(recipe, holdout, 1, true); }),
              "training.sync_batch_norm = false norms by what each process has of a batch, which depends on their "
              "number and cannot be reproducible; leave out --reproducible, or set training.sync_batch_norm to true");
    EXPECT_EQ(usage_refusal([&] { check_sharing(recipe, holdout, 32, false); }),
              "training.sync_batch_norm = false: of a batch of 32 images each of 32 processes norms one, which has one "
              "value a channel and no spread to norm it by; set training.batch_size to 64 or more, or "
              "training.sync_batch_norm to true");
    check_sharing(recipe, holdout, 16, false);
    recipe.training.sync_batch_norm = true;
    check_sharing(recipe, holdout, 32, false);
}

TEST(SharedTraining, RefusesProcessesThatBeginWithDifferentWeights) {
    const std::string refused = refusal_with(ExitStatus::kFailed, [&] {
        train_together(toy_recipe(), 2, 1, true, [](TrainerOptions& options, int rank) {
            options.on_initialized = [rank](Network& network) { network.parameters()[7] += static_cast<float>(rank); };
        });
    });
    EXPECT_TRUE(contains(refused, "the processes hold different networks at step 0"));
}

TEST(SharedTraining, DivergesOnAllAtTheSameStep) {
    Recipe recipe = toy_recipe({"optimizer.kind=sgd", "network.batch_norm=false", "training.clip_grad_norm=0"});
    recipe.training.optimizer.learning_rate = 1e30f;
    std::vector<std::string> messages(2);
    in_joined_threads(2, 1, [&](Exchange* exchange) {
        const Holdout holdout = stratified_holdout(toy_train(), 0.2, 5);
        try {
            train(recipe, toy_train(), holdout, {.sharing = {.exchange = exchange}});
        } catch (const Diverged& diverged) {
            messages[static_cast<std::size_t>(exchange->rank())] = diverged.what();
        }
    });
    EXPECT_TRUE(contains(messages[0], "the training loss became"));
    EXPECT_EQ(messages[1], messages[0]);
}

TEST(SharedTraining, RefusesABatchThatCannotBeSharedEqually) {
    const Recipe recipe = toy_recipe();
    const Holdout holdout = stratified_holdout(toy_train(), 0.2, 5);
    EXPECT_EQ(usage_refusal([&] { check_sharing(recipe, holdout, 3, false); }),
              "a batch of 32 images cannot be shared equally by 3 processes; set training.batch_size to a multiple of "
              "3, or start another number of processes");
    EXPECT_EQ(usage_refusal([&] { check_sharing(recipe, holdout, 3, true); }),
              "a batch of 32 images is summed up in 8 slices where that must be reproducible, which 3 processes cannot "
              "share equally; start a number of processes that divides 8, or set training.batch_size to a multiple of "
              "a larger power of 2");
}

}  // namespace
}  // namespace inkling
