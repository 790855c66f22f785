#include "train/prior.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>

#include "data/folds.h"
#include "refusal.h"
#include "toy_data.h"
#include "train/evaluate.h"
#include "train/trainer.h"

namespace inkling {
namespace {

using Shares = std::vector<double>;

/// Of four classes, of which 0 and 1 have the same one picture, and 0 is three times as frequent as 1.
Dataset alike(std::size_t size) {
    const Dataset pictures = toy_dataset(kToyClasses);
    Dataset data = pictures;
    data.images.clear();
    data.labels.clear();
    for (std::size_t i = 0; i < size; ++i) {
        const auto label = static_cast<std::uint8_t>(std::array{0, 0, 0, 1, 2, 2, 3, 3}[i % 8]);
        const auto picture = pictures.images.begin() + (label == 1 ? 0 : label) * static_cast<std::ptrdiff_t>(kPixels);
        data.images.insert(data.images.end(), picture, picture + kPixels);
        data.labels.push_back(label);
    }
    return data;
}

TrainingResult train_alike(const std::vector<std::string>& overrides, const Dataset& data, const Holdout& holdout) {
    std::vector<std::string> all{"network.dropout=0", "training.epochs=10", "training.validation_fraction=0.2"};
    all.insert(all.end(), overrides.begin(), overrides.end());
    return train(parse_recipe(kToyRecipe, "toy.toml", all), data, holdout);
}

/// What the model takes the share of class 1 to be where it sees the picture of 0 and 1.
double share_of_one(const Model& model) {
    const Evaluation evaluation = evaluate(model, alike(8));
    return evaluation.probabilities[1] / (evaluation.probabilities[0] + evaluation.probabilities[1]);
}

TEST(Prior, SharesAreThoseOfTheSamples) {
    const Dataset data = toy_dataset(8);
    EXPECT_EQ(class_shares(data), Shares(4, 0.25));
    const std::vector<std::uint32_t> samples{0, 4, 1, 2};
    EXPECT_EQ(class_shares(data, samples), (Shares{0.5, 0.25, 0.25, 0}));
}

TEST(Prior, LeavesAClassThatDoesNotComeAsItIs) {
    const Shares none_of_2{0.75, 0.25, 0};
    const Shares balanced = assumed_prior({.kind = PriorKind::kBalanced}, none_of_2);
    EXPECT_EQ(balanced, (Shares{0.5, 0.5, 0}));
    EXPECT_EQ(assumed_prior({.kind = PriorKind::kList, .shares = {1, 3, 4}}, none_of_2), (Shares{0.25, 0.75, 0}));
    EXPECT_EQ(prior_weights(none_of_2, balanced)[2], 1);
    EXPECT_EQ(prior_offsets(none_of_2, balanced)[2], 0);
    EXPECT_EQ(prior_offsets(balanced, none_of_2)[2], 0);
    EXPECT_EQ(prior_offsets(none_of_2, Shares(3, 1.0 / 3))[2], 0);
}

TEST(Prior, NothingIsReadAsAClassThatHadNoImages) {
    // Label smoothing gives such a class a share of every image.
    const Dataset data = alike(800);
    Holdout holdout{.train = {}, .validation = {}};
    for (std::uint32_t i = 0; i < data.size(); ++i)
        if (data.labels[i] != 3) (i % 10 == 0 ? holdout.validation : holdout.train).push_back(i);
    for (const char* by : {"logit_adjustment", "class_weights", "sampling"}) {
        const TrainingResult result = train_alike({"training.prior=balanced", std::string("training.prior_by=") + by,
                                                   "training.label_smoothing=0.1", "training.calibrate=true"},
                                                  data, holdout);
        const Evaluation evaluation = evaluate(result.model, data);
        for (const std::size_t read : predictions(evaluation, kToyClasses)) ASSERT_NE(read, 3u) << by;
        EXPECT_GT(result.model.sets.front().least_probability, 0.01) << by;
        const Evaluation moved = evaluate(with_prior(result.model, Shares(4, 0.25)), data);
        for (const std::size_t read : predictions(moved, kToyClasses)) ASSERT_NE(read, 3u) << by;
    }
}

TEST(Prior, IsAssumedAsTheRecipeSays) {
    const Shares shares{0.5, 0.25, 0.25};
    EXPECT_EQ(assumed_prior({}, shares), shares);
    EXPECT_EQ(assumed_prior({.kind = PriorKind::kBalanced}, shares), Shares(3, 1.0 / 3));
    EXPECT_EQ(assumed_prior({.kind = PriorKind::kList, .shares = {2, 1, 1}}, shares), (Shares{0.5, 0.25, 0.25}));
}

TEST(Prior, TurnsClassesThatLookAlikeIntoTheSharesThatAreAssumed) {
    const Dataset data = alike(800);
    const Holdout all{.train = samples_per_class(data, data.size(), 0), .validation = {}};
    EXPECT_NEAR(share_of_one(train_alike({}, data, all).model), 0.25, 0.05);
    for (const char* by : {"logit_adjustment", "class_weights", "sampling"}) {
        const std::string prior_by = std::string("training.prior_by=") + by;
        EXPECT_NEAR(share_of_one(train_alike({"training.prior=balanced", prior_by}, data, all).model), 0.5, 0.05) << by;
        const Model inverse = train_alike({"training.prior=[1, 3, 2, 2]", prior_by}, data, all).model;
        EXPECT_NEAR(share_of_one(inverse), 0.75, 0.05) << by;
        EXPECT_EQ(inverse.prior, (Shares{0.125, 0.375, 0.25, 0.25}));
        EXPECT_EQ(inverse.shares, class_shares(data));
    }
}

TEST(Prior, JudgesByImagesThatWeighAsItsClassesAreAssumedToCome) {
    const Dataset data = alike(400);
    const Holdout holdout = stratified_holdout(data, 0.2, 0);
    const TrainingResult result = train_alike({"training.prior=balanced"}, data, holdout);
    const Dataset part = subset(data, holdout.validation);
    const Evaluation evaluation = evaluate(result.model, part);
    const Metrics& metrics = evaluation.metrics;
    const PriorScore score = score_by_prior(result.model, evaluation, part);
    EXPECT_NEAR(result.history.back().validation_accuracy, score.accuracy, 1e-6);
    EXPECT_NEAR(result.history.back().validation_loss, score.loss, 1e-5);
    EXPECT_NEAR(result.history.back().validation_accuracy, metrics.macro_recall, 1e-6);
    EXPECT_NE(metrics.macro_recall, metrics.accuracy);
    EXPECT_NE(metrics.loss, score.loss);
    const TrainingResult as_is = train_alike({}, data, holdout);
    EXPECT_NEAR(as_is.history.back().validation_accuracy,
                evaluate(as_is.model, subset(data, holdout.validation)).metrics.accuracy, 1e-6);
}

TEST(Prior, IsMovedInAModelThatIsTrained) {
    const Dataset data = alike(200);
    const Holdout all{.train = samples_per_class(data, data.size(), 0), .validation = {}};
    const Model model = train_alike({}, data, all).model;
    const Shares prior{0.1, 0.2, 0.3, 0.4};
    const Evaluation before = evaluate(model, data);
    const Model moved = with_prior(model, prior);
    EXPECT_EQ(moved.prior, prior);
    const Evaluation after = evaluate(moved, data);
    for (std::size_t i = 0; i < 10; ++i) {
        double sum = 0;
        for (std::size_t c = 0; c < kToyClasses; ++c)
            sum += before.probabilities[i * kToyClasses + c] * prior[c] / model.prior[c];
        for (std::size_t c = 0; c < kToyClasses; ++c)
            EXPECT_NEAR(after.probabilities[i * kToyClasses + c],
                        before.probabilities[i * kToyClasses + c] * prior[c] / model.prior[c] / sum, 1e-5);
    }
    Model silent = model;
    silent.prior.clear();
    EXPECT_TRUE(contains(usage_refusal([&] { with_prior(silent, prior); }), "train it anew"));
}

TEST(Prior, AListOfAnotherLengthThanTheClassesIsRefused) {
    const Dataset data = alike(100);
    const Holdout all{.train = samples_per_class(data, data.size(), 0), .validation = {}};
    EXPECT_TRUE(contains(usage_refusal([&] { train_alike({"training.prior=[1, 1]"}, data, all); }),
                         "training.prior has 2 values, expected one for each of the 4 classes of split toy"));
}

}  // namespace
}  // namespace inkling
