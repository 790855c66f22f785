#include "train/averages.h"

#include <gtest/gtest.h>

#include "data/folds.h"
#include "toy_data.h"
#include "train/evaluate.h"
#include "train/trainer.h"

namespace inkling {
namespace {

using Weights = std::vector<float>;

TEST(Averages, EmaForgetsMoreAtFirst) {
    const averaging::Ema ema{.decay = 0.9f, .every = 2};
    const auto weight = [&](std::int64_t step) { return ema.weight({.step = step, .steps = 1000}); };
    EXPECT_FALSE(ema.begun({.step = 1}));
    EXPECT_TRUE(ema.begun({.step = 2}));
    EXPECT_EQ(weight(1), 0);
    EXPECT_EQ(weight(2), 1);
    EXPECT_EQ(weight(3), 0);
    EXPECT_DOUBLE_EQ(weight(4), 9.0 / 12);
    EXPECT_NEAR(weight(160), 9.0 / 90, 1e-7);
    EXPECT_NEAR(weight(1000), 0.1, 1e-7);
}

TEST(Averages, SwaIsTheMeanOfTheLastEpochs) {
    const averaging::Swa swa{.start = 0.5f};
    const auto at = [](std::int64_t step) { return AveragingMoment{.step = step, .steps = 50, .steps_per_epoch = 10}; };
    // Of 5 epochs, two and a half are left out: the third counts.
    EXPECT_EQ(swa.weight(at(20)), 0);
    EXPECT_FALSE(swa.begun(at(29)));
    EXPECT_EQ(swa.weight(at(30)), 1);
    EXPECT_EQ(swa.weight(at(35)), 0);
    EXPECT_TRUE(swa.begun(at(35)));
    EXPECT_EQ(swa.weight(at(40)), 1.0 / 2);
    EXPECT_EQ(swa.weight(at(50)), 1.0 / 3);
    // However late it begins, the last epoch counts.
    EXPECT_EQ(averaging::Swa{.start = 0.99f}.weight(at(50)), 1);
}

class AveragedTraining : public testing::Test {
  protected:
    static constexpr int kSteps = 10;  // an epoch
    static constexpr int kEpochs = 4;

    /// The weights after so many epochs, or at the end of the averaged training.
    Weights weights(const std::vector<std::string>& overrides, int epochs = kEpochs) {
        std::vector<std::string> all{"training.epochs=4", "network.batch_norm=false", "network.dropout=0"};
        all.insert(all.end(), overrides.begin(), overrides.end());
        const Recipe recipe = parse_recipe(kToyRecipe, "toy.toml", all);
        int left = epochs * kSteps;
        const TrainerOptions options{.stop = [&] { return --left == 0 && epochs < kEpochs; }};
        return train(recipe, data_, holdout_, options).model.parameters;
    }

    Dataset data_ = toy_dataset(kSteps * 32);
    Holdout holdout_ = stratified_holdout(data_, 0, 0);
};

TEST_F(AveragedTraining, BySwaIsTheMeanOfTheEpochsEnds) {
    const Weights second = weights({}, 2);
    const Weights third = weights({}, 3);
    const Weights fourth = weights({});
    const Weights averaged = weights({"averaging.kind=swa", "averaging.start=0.25"});
    for (std::size_t i = 0; i < averaged.size(); ++i)
        ASSERT_NEAR(averaged[i], (double{second[i]} + third[i] + fourth[i]) / 3, 1e-6);
}

TEST_F(AveragedTraining, ByEmaWeighsTheLastMore) {
    std::vector<double> expected(weights({}).size());
    for (int epoch = 1; epoch <= kEpochs; ++epoch) {
        const Weights now = weights({}, epoch);
        const double weight = epoch == 1 ? 1 : std::max(0.5, 9.0 / (10 + epoch));
        for (std::size_t i = 0; i < now.size(); ++i) expected[i] += weight * (now[i] - expected[i]);
    }
    const Weights averaged = weights({"averaging.kind=ema", "averaging.decay=0.5", "averaging.every=10"});
    for (std::size_t i = 0; i < averaged.size(); ++i) ASSERT_NEAR(averaged[i], expected[i], 1e-6);
}

TEST(AveragedNetwork, IsWhatIsJudgedAndHasBatchNormsStatisticsOfItsOwn) {
    const Dataset data = toy_dataset(400);
    const auto trained = [&](const std::string& kind) {
        const Recipe recipe = parse_recipe(kToyRecipe, "toy.toml", std::vector<std::string>{"averaging.kind=" + kind});
        return train(recipe, data, stratified_holdout(data, 0.2, 5));
    };
    const TrainingResult plain = trained("none");
    const TrainingResult averaged = trained("ema");
    EXPECT_EQ(averaged.history.back().train_loss, plain.history.back().train_loss);
    EXPECT_NE(averaged.model.parameters, plain.model.parameters);
    EXPECT_NE(averaged.model.statistics, plain.model.statistics);
    const Dataset validation = subset(data, stratified_holdout(data, 0.2, 5).validation);
    EXPECT_NEAR(evaluate(averaged.model, validation).metrics.loss, averaged.history.back().validation_loss, 1e-5);
}

}  // namespace
}  // namespace inkling
