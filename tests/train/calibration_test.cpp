#include "train/calibration.h"

#include <gtest/gtest.h>

#include <cmath>

#include "core/random.h"
#include "toy_data.h"
#include "train/evaluate.h"
#include "train/trainer.h"

namespace inkling {
namespace {

constexpr int kClasses = 5;

struct Planted {
    std::vector<float> probabilities;
    std::vector<std::uint8_t> labels;
};

/// Labels that are drawn by the softmax of logits, and the probabilities of these logits times `sharpness`.
Planted planted(double sharpness, std::uint64_t seed = 1) {
    Planted data;
    RandomStream random(seed, Purpose::kBenchmark);
    for (int i = 0; i < 20000; ++i) {
        std::vector<double> logits(kClasses);
        for (double& logit : logits) logit = 2 * random.normal();
        const auto softmax = [&](double factor) {
            std::vector<double> shares;
            double sum = 0;
            for (const double logit : logits) sum += shares.emplace_back(std::exp(factor * logit));
            for (double& share : shares) share /= sum;
            return shares;
        };
        double drawn = random.uniform(0, 1);
        std::uint8_t label = 0;
        for (const double share : softmax(1)) {
            if ((drawn -= share) < 0 || label == kClasses - 1) break;
            ++label;
        }
        data.labels.push_back(label);
        for (const double share : softmax(sharpness)) data.probabilities.push_back(static_cast<float>(share));
    }
    return data;
}

double error_of(const Planted& data) {
    return calibration_error(calibration_bins(data.probabilities, data.labels, kClasses));
}

TEST(Calibration, ErrorIsTheMeanDistanceOfConfidenceFromAccuracy) {
    const std::vector<float> probabilities{0.9f, 0.1f, 0.9f, 0.1f, 0.55f, 0.45f, 0.2f, 0.8f};
    const std::vector<std::uint8_t> labels{0, 1, 0, 0};
    const std::vector<CalibrationBin> bins = calibration_bins(probabilities, labels, 2);
    ASSERT_EQ(bins.size(), 15u);
    EXPECT_EQ(bins[13].samples, 2);
    EXPECT_NEAR(bins[13].confidence, 0.9, 1e-6);
    EXPECT_EQ(bins[13].accuracy, 0.5);
    EXPECT_EQ(bins[8].accuracy, 1);
    EXPECT_EQ(bins[12].samples, 1);  // 0.8 of class 1, which it is not
    EXPECT_NEAR(calibration_error(bins), (2 * 0.4 + 0.45 + 0.8) / 4, 1e-6);
    EXPECT_EQ(calibration_error({}), 0);
}

TEST(Calibration, FindsThePlantedTemperature) {
    for (const double sharpness : {0.25, 1.0, 3.0})
        EXPECT_NEAR(fit_temperature(planted(sharpness).probabilities, planted(sharpness).labels, kClasses), sharpness,
                    0.05 * sharpness);
    EXPECT_LT(error_of(planted(1)), 0.02);
    EXPECT_GT(error_of(planted(3)), 0.1);
}

TEST(Calibration, CountsSamplesByTheirClassesWeights) {
    // Class 0's are always right, class 1's always wrong; who counts decides.
    const std::vector<float> probabilities{0.7f, 0.3f, 0.7f, 0.3f};
    const std::vector<std::uint8_t> labels{0, 1};
    EXPECT_NEAR(fit_temperature(probabilities, labels, 2, std::vector<float>{7, 3}), 1, 1e-6);
    EXPECT_NEAR(fit_temperature(probabilities, labels, 2, std::vector<float>{1, 0}), 0.05, 1e-3);
}

TEST(Calibration, TemperatureStaysWithinItsRange) {
    // Always right, always wrong.
    EXPECT_NEAR(fit_temperature(std::vector<float>{0.6f, 0.4f}, std::vector<std::uint8_t>{0}, 2), 0.05, 1e-3);
    EXPECT_NEAR(fit_temperature(std::vector<float>{0.6f, 0.4f}, std::vector<std::uint8_t>{1}, 2), 20, 1e-2);
}

TEST(Calibration, OfATrainingIsByWhatItHeldOut) {
    const Dataset data = toy_dataset(400);
    const auto trained = [&](const std::string& calibrate) {
        const Recipe recipe =
            parse_recipe(kToyRecipe, "toy.toml",
                         std::vector<std::string>{"training.calibrate=" + calibrate, "training.label_smoothing=0.3"});
        return train(recipe, data, stratified_holdout(data, 0.5, 1)).model;
    };
    const Dataset validation = subset(data, stratified_holdout(data, 0.5, 1).validation);
    const Model plain = trained("false");
    const Model calibrated = trained("true");
    EXPECT_EQ(plain.temperature, 1);
    EXPECT_LT(calibrated.temperature, 1);  // smoothed labels make it too modest
    const Metrics before = evaluate(plain, validation).metrics;
    const Metrics after = evaluate(calibrated, validation).metrics;
    EXPECT_LT(after.loss, before.loss);
    EXPECT_LT(after.calibration_error, before.calibration_error);
    EXPECT_EQ(after.accuracy, before.accuracy);
    EXPECT_TRUE(plain.sets.empty());
    EXPECT_EQ(calibrated.sets.size(), kCoverages.size());
}

TEST(Calibration, IsKeptInTheModel) {
    const Dataset data = toy_dataset(200);
    const Recipe recipe = parse_recipe(kToyRecipe, "toy.toml");
    const Model model = train(recipe, data, stratified_holdout(data, 0, 1)).model;
    const Evaluation before = evaluate(model, data);
    const Evaluation after = evaluate(with_temperature(model, 2), data);
    for (std::size_t i = 0; i < 20; ++i) {
        double sum = 0;
        for (std::size_t c = 0; c < kToyClasses; ++c) sum += std::sqrt(before.probabilities[i * kToyClasses + c]);
        for (std::size_t c = 0; c < kToyClasses; ++c)
            EXPECT_NEAR(after.probabilities[i * kToyClasses + c],
                        std::sqrt(before.probabilities[i * kToyClasses + c]) / sum, 1e-4);
    }
}

}  // namespace
}  // namespace inkling
