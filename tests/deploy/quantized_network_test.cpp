#include "deploy/quantized_network.h"

#include <gtest/gtest.h>

#include <cmath>

#include "core/threads.h"
#include "deploy/export_networks.h"
#include "deploy/run_layers.h"
#include "refusal.h"
#include "toy_data.h"
#include "train/evaluate.h"
#include "train/trainer.h"

namespace inkling {
namespace {

constexpr int kDrawn = 20;

TEST(EveryLayer, RunsOutsideTheEngineAsInIt) {
    const auto image = random_image(1);
    for (const auto& [name, spec] : export_test_networks(kDrawn)) {
        if (count_operations(spec, kClasses).forward > 100'000'000) continue;  // the same layers again, for seconds
        const Model model = random_model(spec, kClasses);
        const std::vector<float> expected = logits_of(model, image);
        for (const Norms norms : {Norms::kKept, Norms::kFolded}) {
            const auto logits = run_layers(inference_layers(model, norms),
                                           normalized_together(image, kImage.size(), model.normalization));
            ASSERT_EQ(logits.size(), expected.size());
            for (std::size_t i = 0; i < expected.size(); ++i)
                EXPECT_NEAR(logits[i][kTogether - 1], expected[i], 1e-4) << name;
        }
    }
}

TEST(RoundTo, TakesTheNearestOf256StepsAndTiesToTheEvenOne) {
    std::vector<Together> values(1);
    values[0] = {0, 0.26, 0.25, 0.75, -0.2, -9, 999, 1.26};
    round_to({.scale = 0.5f, .zero = 1}, values);
    EXPECT_EQ(values[0], (Together{0, 0.5, 0, 1, 0, -0.5, 127, 1.5}));
}

/// One dense layer to three classes.
Model linear_model() {
    Model model = random_model(network_of(kImage, {FlattenSpec{}}), 3);
    model.normalization = {0, 1};
    return model;
}

TEST(Quantize, MakesWholeNumbersOfWeightsAndBiases) {
    const Model model = linear_model();
    const QuantizedNetwork quantized = quantize(model, random_images(4));
    EXPECT_EQ(quantized.calibrated_on, 4u);
    EXPECT_EQ(quantized.image.zero, 0);
    EXPECT_FLOAT_EQ(quantized.image.scale, 1 / 255.0f);
    const WeightedSums& whole = quantized.layers.back().sums[0];
    const auto layers = inference_layers(model, Norms::kKept);
    const WeightedSums& own = layers.back().sums[0];
    for (std::size_t i = 0; i < 3; ++i) {
        float largest = 0;
        for (std::size_t j = 0; j < 784; ++j) {
            const float number = whole.row(i)[j];
            EXPECT_EQ(number, std::round(number));
            EXPECT_NEAR(number * whole.factors[i], own.row(i)[j], whole.factors[i] * 0.5001);
            largest = std::max(largest, std::abs(number));
        }
        EXPECT_EQ(largest, 127);
        const double step = whole.factors[i] / 255;
        EXPECT_NEAR(whole.biases[i], own.biases[i], step * 0.51);
        EXPECT_NEAR(whole.biases[i] / step, std::round(whole.biases[i] / step), 0.1);  // as near as floats are
    }
}

TEST(Quantize, RoundsEveryOutputButWhatAnActivationFollowsAndTheLogits) {
    const Model model =
        random_model(network_of(kImage, {Conv2dSpec{.filters = 3}, kTanh, MaxPool2dSpec{}, Conv2dSpec{.filters = 2},
                                         BatchNormSpec{}, AvgPool2dSpec{}, FlattenSpec{}}),
                     3);
    const QuantizedNetwork quantized = quantize(model, random_images(4));
    std::vector<bool> rounded;
    for (const InferenceLayer& layer : quantized.layers) rounded.push_back(layer.grid.has_value());
    // The batch norm is in the convolution.
    EXPECT_EQ(rounded, (std::vector<bool>{false, true, true, true, true, true, false}));
    EXPECT_EQ(quantized.layers[1].grid->scale, quantized.layers[2].grid->scale);
    EXPECT_EQ(quantized.layers[4].grid->scale, quantized.layers[5].grid->scale);
    EXPECT_NE(quantized.layers[2].grid->scale, quantized.layers[3].grid->scale);
}

TEST(Quantize, HoldsRowsOfZerosAndBiasesThatAreFarLarger) {
    Model model = linear_model();
    std::fill(model.parameters.begin(), model.parameters.end(), 0.0f);
    for (const TensorInfo& tensor : parameter_layout(model.recipe.network, 3).parameters)
        if (tensor.kind == TensorKind::kBias) model.parameters[tensor.offset + 1] = -1e6f;
    const std::vector<float> logits = quantized_logits(quantize(model, random_images(1)), random_image(1));
    EXPECT_EQ(logits, (std::vector<float>{0, -1e6f, 0}));
}

TEST(Quantize, DoesNotDependOnTheNumberOfThreads) {
    const Model model = random_model(layer_networks()[0], kClasses);
    const Dataset images = random_images(70);
    const int threads = thread_count();
    std::vector<std::vector<float>> logits;
    for (const int count : {1, 3}) {
        set_thread_count(count);
        logits.push_back(quantized_logits(quantize(model, images), images.images));
    }
    set_thread_count(threads);
    EXPECT_EQ(logits[0].size(), 70u * kClasses);
    EXPECT_EQ(logits[0], logits[1]);
}

TEST(Quantize, LosesLittleOfATrainedNetworksAccuracy) {
    const Dataset training = toy_dataset(200);
    const Model model = train(parse_recipe(kToyRecipe, "toy.toml"), training, stratified_holdout(training, 0, 1)).model;
    const Dataset test = toy_dataset(400, Part::kTest, 2);
    const double before = evaluate(model, test).metrics.accuracy;
    EXPECT_GT(before, 0.9);
    EXPECT_NEAR(quantized_accuracy(quantize(model, training), test), before, 0.01);
}

TEST(Quantize, RefusesImagesThatTheNetworkDoesNotReadAndNone) {
    Dataset images = random_images(1);
    images.shape = {1, 14, 56};
    EXPECT_TRUE(contains(refusal_with(ExitStatus::kData, [&] { quantize(linear_model(), images); }), "14x56"));
    EXPECT_TRUE(contains(refusal_with(ExitStatus::kFailed, [&] { quantize(linear_model(), random_images(0)); }),
                         "no training images"));
}

TEST(Quantize, RefusesSumsThatNeedMoreThan32BitsAndNumbersThatAreNotFinite) {
    Model model = random_model(network_of({1, 300, 300}, {FlattenSpec{}}), 2);
    for (float& parameter : model.parameters) parameter = 1;
    Dataset image{.split = "toy", .images = {}, .labels = {0}, .class_names = {}, .files = {}};
    image.shape = {1, 300, 300};
    image.images.resize(image.shape.size());
    EXPECT_TRUE(contains(refusal_with(ExitStatus::kFailed, [&] { quantize(model, image); }), "90000 products"));
    Model infinite = random_model(network_of(kImage, {Conv2dSpec{.filters = 2}, Conv2dSpec{.filters = 2}}), 2);
    for (float& parameter : infinite.parameters) parameter = 3e38f;
    EXPECT_TRUE(contains(refusal_with(ExitStatus::kFailed, [&] { quantize(infinite, random_images(1)); }), "finite"));
}

}  // namespace
}  // namespace inkling
