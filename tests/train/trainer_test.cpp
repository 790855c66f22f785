#include "train/trainer.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <csignal>
#include <thread>

#include "core/interrupt.h"
#include "core/threads.h"
#include "nn/processor.h"
#include "nn/safetensors.h"
#include "refusal.h"
#include "temporary_folder.h"
#include "toy_data.h"
#include "train/evaluate.h"

namespace inkling {
namespace {

Recipe toy_recipe(const std::vector<std::string>& overrides = {}) {
    return parse_recipe(kToyRecipe, "toy.toml", overrides);
}

const Dataset& toy_train() {
    static const Dataset data = toy_dataset(400);
    return data;
}

Holdout holdout_of(const Recipe& recipe) {
    return stratified_holdout(toy_train(), recipe.training.validation_fraction, recipe.training.seed);
}

TrainingResult train_toy(const Recipe& recipe, const TrainerOptions& options = {}) {
    return train(recipe, toy_train(), holdout_of(recipe), options);
}

/// Stops whenever it was asked `asked` times and resumes, until the training ends. It is asked after each step and each
/// of the three validation batches.
TrainingResult train_in_pieces(const Recipe& recipe, const std::filesystem::path& checkpoint, int asked) {
    for (bool resume = false;; resume = true) {
        int left = asked;
        auto result =
            train_toy(recipe, {.stop = [&] { return --left == 0; }, .checkpoint = checkpoint, .resume = resume});
        if (result.outcome != Outcome::kInterrupted) return result;
    }
}

void expect_same(const TrainingResult& actual, const TrainingResult& expected) {
    EXPECT_EQ(actual.model.parameters, expected.model.parameters);
    EXPECT_EQ(actual.model.statistics, expected.model.statistics);
    EXPECT_EQ(actual.best_epoch, expected.best_epoch);
    EXPECT_EQ(actual.outcome, expected.outcome);
    ASSERT_EQ(actual.history.size(), expected.history.size());
    for (std::size_t i = 0; i < actual.history.size(); ++i) {
        EXPECT_EQ(actual.history[i].train_loss, expected.history[i].train_loss);
        EXPECT_EQ(actual.history[i].validation_loss, expected.history[i].validation_loss);
        EXPECT_EQ(actual.history[i].learning_rate, expected.history[i].learning_rate);
    }
}

/// The message of the refusal and its exit status.
template <class Action>
std::string error_of(ExitStatus status, Action&& action) {
    try {
        action();
    } catch (const Error& error) {
        EXPECT_EQ(error.status(), status) << error.what();
        return error.what();
    }
    ADD_FAILURE() << "nothing was refused";
    return {};
}

TEST(Trainer, LearnsToTellFourClassesApart) {
    const TrainingResult result = train_toy(toy_recipe({"training.epochs=8"}));
    EXPECT_EQ(result.outcome, Outcome::kFinished);
    EXPECT_EQ(result.best_epoch, 8);
    EXPECT_GT(result.history.back().validation_accuracy, 0.95);
    EXPECT_LT(result.history.back().train_loss, result.history.front().train_loss / 2);
    const Evaluation test = evaluate(result.model, toy_dataset(200, Part::kTest, 2));
    EXPECT_GT(test.metrics.accuracy, 0.95);
}

TEST(Trainer, GivesTheSameWeightsForTheSameSeedAndOthersForAnother) {
    const TrainingResult first = train_toy(toy_recipe());
    expect_same(train_toy(toy_recipe()), first);
    EXPECT_NE(train_toy(toy_recipe({"training.seed=6"})).model.parameters, first.model.parameters);
}

TEST(Trainer, IsNotDisturbedBySignals) {
    // Kernels of oneDNN move the stack pointer, and a handler must not write where it points to.
    const Recipe recipe = toy_recipe({"training.epochs=40"});
    const TrainingResult expected = train_toy(recipe);
    std::signal(SIGHUP, SIG_DFL);
    catch_interrupts();
    std::atomic<bool> ended = false;
    std::thread sender([&] {
        while (!ended) {
            ::kill(::getpid(), SIGHUP);
            std::this_thread::sleep_for(std::chrono::microseconds(50));
        }
    });
    const TrainingResult result = train_toy(recipe);
    ended = true;
    sender.join();
    expect_same(result, expected);
}

TEST(Trainer, MeasuresNormalizationOnTheLearningPartOnly) {
    Dataset data = toy_dataset(40);
    Holdout holdout;
    for (std::uint32_t i = 0; i < 40; ++i) (i < 30 ? holdout.train : holdout.validation).push_back(i);
    std::fill(data.images.begin() + 30 * 784, data.images.end(), std::uint8_t{255});
    const TrainingResult result = train(toy_recipe({"training.epochs=1"}), data, holdout);
    const Normalization expected = measure_normalization(data, holdout.train);
    EXPECT_EQ(result.model.normalization.mean, expected.mean);
    EXPECT_EQ(result.model.normalization.deviation, expected.deviation);
    EXPECT_LT(result.model.normalization.mean, 0.5f);
}

TEST(Trainer, ReportsEachStepAndEpoch) {
    std::vector<StepReport> steps;
    std::size_t epochs = 0;
    const TrainingResult result =
        train_toy(toy_recipe(), {.on_step = [&](const StepReport& report) { steps.push_back(report); },
                                 .on_epoch = [&](std::span<const EpochRecord> history) { epochs = history.size(); }});
    ASSERT_EQ(steps.size(), 30u);  // 320 samples in batches of 32, three times
    EXPECT_EQ(steps[13].epoch, 2);
    EXPECT_EQ(steps[13].step, 4);
    EXPECT_EQ(steps[13].steps, 10);
    EXPECT_EQ(steps[13].batch_size, 32);
    EXPECT_DOUBLE_EQ(steps[29].loss, result.history[2].train_loss);
    EXPECT_DOUBLE_EQ(steps[29].accuracy, result.history[2].train_accuracy);
    EXPECT_EQ(epochs, 3u);
}

TEST(Trainer, TakesABatchNoLargerThanTheSamples) {
    const TrainingResult result = train_toy(toy_recipe({"training.batch_size=1024"}));
    EXPECT_EQ(result.history.size(), 3u);
    EXPECT_TRUE(std::isfinite(result.history.back().train_loss));
}

TEST(Trainer, GoesWithoutAValidationPart) {
    const TrainingResult result = train_toy(toy_recipe({"training.validation_fraction=0"}));
    EXPECT_TRUE(std::isnan(result.history.back().validation_loss));
}

struct Variant {
    const char* name;
    std::vector<std::string> overrides;
};

class ResumedTraining : public testing::TestWithParam<Variant> {};

TEST_P(ResumedTraining, EqualsAnUnbrokenOneWhereverItWasStopped) {
    std::vector<std::string> overrides = GetParam().overrides;
    overrides.emplace_back("training.epochs=4");
    const Recipe recipe = toy_recipe(overrides);
    const TrainingResult whole = train_toy(recipe);
    const TemporaryFolder folder;
    for (const int asked : {5, 11}) {
        SCOPED_TRACE(asked);
        expect_same(train_in_pieces(recipe, folder / fmt::format("{}.safetensors", asked), asked), whole);
    }
}

INSTANTIATE_TEST_SUITE_P(
    OfEveryKind, ResumedTraining,
    testing::Values(Variant{"Nadam", {}}, Variant{"Sgd", {"optimizer.kind=sgd", "optimizer.momentum=0.9"}},
                    Variant{"Lamb", {"optimizer.kind=lamb"}}, Variant{"Lars", {"optimizer.kind=lars"}},
                    Variant{"Asgd", {"optimizer.kind=asgd"}},
                    Variant{"AveragedAsgd", {"optimizer.kind=asgd", "optimizer.t0=12"}},
                    Variant{"Ema", {"averaging.kind=ema", "averaging.every=3"}},
                    Variant{"Swa", {"averaging.kind=swa", "averaging.start=0.5", "optimizer.kind=adagrad"}},
                    Variant{"Groups",
                            {"optimizer.layer_decay=0.5",
                             "optimizer.groups=[{tensors=[\"norm_bias\"], learning_rate_factor=16}, "
                             "{layers=[\"output\"], kind=\"adam\", amsgrad=true}]"}},
                    Variant{"BalancedPrior", {"training.prior=balanced"}},
                    Variant{"Mixed", {"augmentation.mixup=0.4", "augmentation.cutmix=1", "augmentation.noise=0.1"}},
                    Variant{"OneCycle", {"optimizer.kind=adamw", "schedule.kind=one_cycle"}},
                    Variant{"Plateau",
                            {"schedule.kind=reduce_on_plateau", "schedule.patience=0", "schedule.threshold=0.9"}},
                    Variant{"EarlyStopping", {"early_stopping.patience=1", "early_stopping.min_delta=0.3"}}),
    [](const auto& variant) { return variant.param.name; });

TEST(Trainer, EarlyStoppingGivesTheBestEpochsWeights) {
    // No epoch after the first is better by 100, so the first is the best.
    const Recipe stopping = toy_recipe({"early_stopping.patience=2", "early_stopping.min_delta=100"});
    Recipe longer = stopping;
    longer.training.epochs = 9;
    const TrainingResult result = train_toy(longer);
    EXPECT_EQ(result.outcome, Outcome::kStoppedEarly);
    EXPECT_EQ(result.best_epoch, 1);
    EXPECT_EQ(result.history.size(), 3u);
    Recipe one = stopping;
    one.training.epochs = 1;
    EXPECT_EQ(result.model.parameters, train_toy(one).model.parameters);
}

TEST(Trainer, ReduceOnPlateauLowersTheLearningRateByTheValidationLoss) {
    const Recipe recipe = toy_recipe(
        {"schedule.kind=reduce_on_plateau", "schedule.patience=0", "schedule.threshold=0.99", "schedule.factor=0.5"});
    const auto history = train_toy(recipe).history;
    EXPECT_FLOAT_EQ(static_cast<float>(history[0].learning_rate), 0.005f);
    EXPECT_FLOAT_EQ(static_cast<float>(history[1].learning_rate), 0.005f);
    EXPECT_FLOAT_EQ(static_cast<float>(history[2].learning_rate), 0.0025f);
}

TEST(Trainer, LearnsAtTheRateThatIsScaledToTheBatch) {
    const std::vector<EpochRecord> history =
        train_toy(toy_recipe({"optimizer.base_batch_size=8", "optimizer.batch_size_power=0.5"})).history;
    for (const EpochRecord& epoch : history) EXPECT_FLOAT_EQ(static_cast<float>(epoch.learning_rate), 0.01f);
}

/// Trains by asgd whose average begins after `t0` of 30 steps.
TrainingResult train_averaged(const std::string& t0, const std::string& batch_norm) {
    return train_toy(toy_recipe({"optimizer.kind=asgd", "optimizer.learning_rate=0.1", "optimizer.t0=" + t0,
                                 "network.batch_norm=" + batch_norm}));
}

TEST(Trainer, GivesTheAverageOfAsgdOnceItBeginsAndJudgesByThat) {
    for (const char* batch_norm : {"false", "true"}) {
        SCOPED_TRACE(batch_norm);
        const TrainingResult plain = train_averaged("1e6", batch_norm);
        const TrainingResult averaged = train_averaged("12", batch_norm);
        // The weights that are trained are the same; those of the model are not.
        EXPECT_EQ(averaged.history.back().train_loss, plain.history.back().train_loss);
        EXPECT_EQ(averaged.history[0].validation_loss, plain.history[0].validation_loss);
        EXPECT_NE(averaged.model.parameters, plain.model.parameters);
        const Dataset validation = subset(toy_train(), holdout_of(averaged.model.recipe).validation);
        const Metrics metrics = evaluate(averaged.model, validation).metrics;
        EXPECT_NEAR(metrics.loss, averaged.history.back().validation_loss, 1e-5);
        EXPECT_EQ(metrics.accuracy, averaged.history.back().validation_accuracy);
        EXPECT_GT(metrics.accuracy, 0.7);
    }
}

TEST(Trainer, TakesBatchNormsStatisticsOfTheAverageAnew) {
    const TrainingResult plain = train_averaged("1e6", "true");
    const TrainingResult averaged = train_averaged("12", "true");
    EXPECT_NE(averaged.model.statistics, plain.model.statistics);
}

TEST(Trainer, RefusesToStopEarlyWithoutAValidationPart) {
    Recipe recipe = toy_recipe({"early_stopping.patience=2"});
    recipe.training.validation_fraction = 0;
    EXPECT_TRUE(contains(error_of(ExitStatus::kUsage, [&] { train_toy(recipe); }), "early stopping needs"));
}

TEST(Trainer, AsksForAValidationFractionThatIsEnough) {
    Recipe recipe = toy_recipe({"early_stopping.patience=2", "training.validation_fraction=0.1", "training.epochs=1"});
    const Dataset few = toy_dataset(12);
    const auto train_few = [&] {
        return train(recipe, few, stratified_holdout(few, recipe.training.validation_fraction, 1));
    };
    EXPECT_EQ(error_of(ExitStatus::kUsage, train_few),
              "early stopping needs a validation part, but training.validation_fraction = 0.1 of 3 images, as many as "
              "the largest class has, comes to none; set it to 0.17 or more");
    recipe.training.validation_fraction = 0.17;
    EXPECT_EQ(train_few().history.size(), 1u);
    const Dataset single = toy_dataset(4);
    EXPECT_TRUE(
        contains(error_of(ExitStatus::kUsage, [&] { train(recipe, single, stratified_holdout(single, 0.5, 1)); }),
                 "no class has two images"));
}

TEST(Trainer, RefusesABatchNormWithOneValueAChannel) {
    const std::string refusal = error_of(ExitStatus::kUsage, [&] { train_toy(toy_recipe({"training.batch_size=1"})); });
    EXPECT_TRUE(contains(refusal, "batch norm has one value a channel of a batch of one image"));
    EXPECT_TRUE(contains(refusal, "set training.batch_size to 2 or more"));
    const std::string alone = error_of(ExitStatus::kUsage, [&] { train(toy_recipe(), toy_dataset(1), {{0}, {}}); });
    EXPECT_TRUE(contains(alone, "learn from more images"));
}

TEST(Trainer, RefusesOneValueAChannelOfAConvolutionOnlyWhereItsMapIsOnePixel) {
    const auto recipe = [](const std::string& layers) {
        return parse_recipe("[network]\ninput = [1, 28, 28]\nlayers = [" + layers +
                                "]\n[training]\nepochs = 1\nbatch_size = 1\nvalidation_fraction = 0\n",
                            "conv.toml");
    };
    const Dataset data = toy_dataset(4);
    const Holdout all{{0, 1, 2, 3}, {}};
    const std::string conv = "{type=\"conv2d\", filters=2, stride=4}, ";
    const TrainingResult result = train(recipe(conv + "{type=\"batch_norm\"}"), data, all);
    EXPECT_TRUE(std::isfinite(result.history.back().train_loss));
    for (const char* one_pixel :
         {"{type=\"global_avg_pool\"}, {type=\"batch_norm\"}",
          "{type=\"global_avg_pool\"}, {type=\"residual\", layers=[{type=\"conv2d\", filters=3}]}",
          "{type=\"global_avg_pool\"}, {type=\"residual\", layers=[{type=\"conv2d\", filters=2}, "
          "{type=\"batch_norm\"}]}"}) {
        const std::string refusal = error_of(ExitStatus::kUsage, [&] { train(recipe(conv + one_pixel), data, all); });
        EXPECT_TRUE(contains(refusal, "conv.toml:3")) << one_pixel;
    }
}

TEST(Trainer, LeavesOutALastBatchOfOneImage) {
    std::vector<StepReport> steps;
    Holdout holdout;
    for (std::uint32_t i = 0; i < 65; ++i) holdout.train.push_back(i);
    train(toy_recipe({"training.epochs=1", "training.validation_fraction=0"}), toy_dataset(65), holdout,
          {.on_step = [&](const StepReport& report) { steps.push_back(report); }});
    ASSERT_EQ(steps.size(), 2u);
    EXPECT_EQ(steps[1].batch_size, 32);
}

TEST(Trainer, RefusesImagesOfAnotherSize) {
    const Recipe recipe = toy_recipe({"network.input=[1, 14, 14]"});
    EXPECT_TRUE(contains(error_of(ExitStatus::kUsage, [&] { train_toy(recipe); }), "1x14x14"));
}

TEST(Trainer, StopsWhereTheLossIsNotFiniteAndKeepsTheLastGoodCheckpoint) {
    const TemporaryFolder folder;
    const auto checkpoint = folder / "state.safetensors";
    Recipe wild = toy_recipe({"optimizer.kind=sgd", "network.batch_norm=false", "training.clip_grad_norm=0"});
    wild.training.optimizer.learning_rate = 1e30f;
    const std::string message =
        error_of(ExitStatus::kFailed, [&] { train_toy(wild, {.checkpoint = checkpoint, .checkpoint_seconds = 0}); });
    EXPECT_TRUE(contains(message, "in epoch 1 at step"));
    EXPECT_TRUE(contains(message, "learning rate 1e+30; lower optimizer.learning_rate"));
    const Safetensors kept(read_file(checkpoint), "kept");
    std::vector<float> parameters(kept.shape("parameters").at(0));
    kept.read("parameters", parameters);
    EXPECT_TRUE(std::all_of(parameters.begin(), parameters.end(), [](float value) { return std::isfinite(value); }));
}

TEST(Trainer, RefusesTheCheckpointOfAnotherTrainingAndNamesTheDifference) {
    const TemporaryFolder folder;
    const TrainerOptions options{.checkpoint = folder / "state.safetensors", .resume = true};
    train_toy(toy_recipe(), options);
    const auto refusal = [&](const Recipe& recipe, const Dataset& data, const Holdout& holdout) {
        return error_of(ExitStatus::kUsage, [&] { train(recipe, data, holdout, options); });
    };
    const Recipe recipe = toy_recipe();
    const std::string other = refusal(toy_recipe({"optimizer.learning_rate=0.01"}), toy_train(), holdout_of(recipe));
    EXPECT_TRUE(contains(other, "another recipe: now \"learning_rate = 0.01\""));
    EXPECT_TRUE(contains(other, "\"learning_rate = 0.005\""));
    Dataset renamed = toy_train();
    renamed.split = "other";
    EXPECT_TRUE(contains(refusal(recipe, renamed, holdout_of(recipe)), "now \"split other"));
    Holdout swapped = holdout_of(recipe);
    std::swap(swapped.train[0], swapped.validation[0]);
    EXPECT_TRUE(contains(refusal(recipe, toy_train(), swapped), "another data set"));
    const int threads = thread_count();
    set_thread_count(threads + 1);
    const std::string of_threads = refusal(recipe, toy_train(), holdout_of(recipe));
    set_thread_count(threads);
    EXPECT_TRUE(contains(of_threads, fmt::format("now \"{} threads\"", threads + 1)));
}

TEST(Trainer, TellsWhereItGoesOnWithAnotherInstructionSet) {
    const TemporaryFolder folder;
    std::vector<std::string> told;
    const TrainerOptions options{.checkpoint = folder / "state.safetensors",
                                 .resume = true,
                                 .on_other_environment = [&](const std::string& what) { told.push_back(what); }};
    const Recipe recipe = toy_recipe({"training.epochs=1"});
    train_toy(recipe, options);
    train_toy(recipe, options);
    EXPECT_TRUE(told.empty());
    std::string contents = read_text(options.checkpoint);
    const std::string here = instruction_set_name(instruction_set());
    contents.replace(contents.find(here), here.size(), "x86-64-v9");
    write_file(options.checkpoint, contents);
    train_toy(recipe, options);
    EXPECT_EQ(told, std::vector{"x86-64-v9, now " + here});
}

TEST(Trainer, JudgesATrainingInBf16InFp32) {
    const Recipe recipe = toy_recipe({"training.precision=bf16"});
    const TrainingResult result = train_toy(recipe);
    const Dataset validation = subset(toy_train(), holdout_of(recipe).validation);
    EXPECT_NEAR(result.history.back().validation_loss, evaluate(result.model, validation).metrics.loss, 1e-6);
}

TEST(Trainer, RefusesACheckpointThatIsLargerThanItsNetworkNeeds) {
    const TemporaryFolder folder;
    const TrainerOptions options{.checkpoint = folder / "state.safetensors", .resume = true};
    const Recipe recipe = toy_recipe({"network.hidden=[4]", "training.epochs=1"});
    train_toy(recipe, options);
    std::filesystem::resize_file(options.checkpoint, std::uintmax_t{1} << 33);  // a hole, which takes no space
    EXPECT_TRUE(contains(data_refusal([&] { train_toy(recipe, options); }), "8589934592 bytes, expected "));
}

TEST(Trainer, RefusesEveryTruncationOfACheckpoint) {
    const TemporaryFolder folder;
    const TrainerOptions options{.checkpoint = folder / "state.safetensors", .resume = true};
    const Recipe recipe = toy_recipe({"network.hidden=[4]", "training.epochs=1"});
    train_toy(recipe, options);
    const auto contents = read_file(options.checkpoint);
    for (std::size_t size = 0; size < contents.size(); size += 1 + size / 8) {
        write_file(options.checkpoint, std::span(contents).first(size));
        data_refusal([&] { train_toy(recipe, options); });
    }
}

TEST(Trainer, SaysSoWhenACheckpointCannotBeWritten) {
    const TemporaryFolder folder;
    const std::string message = error_of(ExitStatus::kFailed, [&] {
        train_toy(toy_recipe(), {.checkpoint = folder / "missing" / "state.safetensors"});
    });
    EXPECT_TRUE(contains(message, "missing/state.safetensors"));
    EXPECT_TRUE(contains(message, "the checkpoint before it"));
}

}  // namespace
}  // namespace inkling
