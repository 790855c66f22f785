#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "fixtures.h"
#include "kernels/reference/softmax_cross_entropy.h"
#include "random_network.h"

namespace inkling {
namespace {

constexpr int kClasses = 47;

NetworkSpec small_mlp() {
    return {.input = {1, 7, 7}, .layers = {{FlattenSpec{}}, {DenseSpec{20}}, {ActivationSpec{activation::Tanh{}}}}};
}

std::vector<double> doubles(std::span<const float> values) { return {values.begin(), values.end()}; }

Network network_with_logits(int batch_size) {
    Network network = random_network(small_mlp(), kClasses, batch_size, Network::Mode::kTrain);
    set_input(network, random_values(network.input().size(), 5, -3, 3));
    network.want_input_gradient(true);
    network.forward({.training = true});
    return network;
}

/// Its logits are its input.
Network network_that_passes_on(int classes, int batch_size) {
    const NetworkSpec spec{.input = {1, 1, classes}, .layers = {{FlattenSpec{}}}};
    Network network(spec, classes, batch_size, Network::Mode::kTrain);
    for (int i = 0; i < classes; ++i) network.parameters()[i * (classes + 1)] = 1;
    network.parameters_changed();
    network.want_input_gradient(true);
    return network;
}

TEST(Loss, IsTheReferencesForEveryNumberOfLabelsAndSmoothing) {
    Network network = network_with_logits(17);
    const auto labels = random_labels(17, kClasses, 3);
    for (const std::size_t count : {1, 2, 16, 17}) {
        for (const float label_smoothing : {0.0f, 0.05f, 0.5f}) {
            const LossRule rule{.label_smoothing = label_smoothing};
            const std::span<const std::int32_t> some(labels.data(), count);
            const double expected =
                reference::softmax_cross_entropy_sum(kClasses, rule, doubles(network.logits()), {.labels = some});
            EXPECT_NEAR(network.loss(some, rule).loss_sum, expected, 1e-6 * expected);
        }
    }
}

TEST(Loss, MovesLogitsByOffsetsAndWeighsSamplesByTheirClass) {
    Network network = network_with_logits(17);
    const auto labels = random_labels(17, kClasses, 3);
    const std::vector<float> offsets = random_values(kClasses, 8, -3, 3);
    const std::vector<float> weights = random_values(kClasses, 9, 0, 2);
    const LossRule rule{.label_smoothing = 0.1f, .offsets = offsets, .weights = weights};
    const double expected =
        reference::softmax_cross_entropy_sum(kClasses, rule, doubles(network.logits()), {.labels = labels});
    const LossResult result = network.loss(labels, rule);
    EXPECT_NEAR(result.loss_sum, expected, 1e-6 * expected);
    int correct = 0;
    double weight = 0;
    double correct_weight = 0;
    for (std::size_t n = 0; n < labels.size(); ++n) {
        std::vector<float> sample = copy(network.logits().subspan(n * kClasses, kClasses));
        for (int c = 0; c < kClasses; ++c) sample[c] += offsets[c];
        const bool right = std::max_element(sample.begin(), sample.end()) - sample.begin() == labels[n];
        correct += right;
        weight += weights[labels[n]];
        correct_weight += right ? weights[labels[n]] : 0;
    }
    EXPECT_EQ(result.correct, correct);
    EXPECT_NEAR(result.weight, weight, 1e-6);
    EXPECT_NEAR(result.correct_weight, correct_weight, 1e-6);
}

TEST(Loss, EqualsPyTorchsWithMixedLabelsAndATeacher) {
    const nlohmann::json fixture = read_fixture("losses.json");
    for (const nlohmann::json& expected : fixture.at("cases")) {
        SCOPED_TRACE(expected.at("name").get<std::string>());
        const auto labels = expected.at("labels").get<std::vector<std::int32_t>>();
        const auto others = expected.at("other_labels").get<std::vector<std::int32_t>>();
        const std::vector<float> logits = floats(expected.at("logits"));
        const std::vector<float> shares = floats(expected.at("shares"));
        const std::vector<float> teacher = floats(expected.at("teacher"));
        const std::vector<float> offsets = floats(expected.at("offsets"));
        const std::vector<float> weights = floats(expected.at("weights"));
        const int classes = expected.at("classes");
        Network network = network_that_passes_on(classes, static_cast<int>(labels.size()));
        set_input(network, logits);
        network.forward({.training = true});
        const LossResult result =
            network.loss({.labels = labels, .other_labels = others, .shares = shares, .teacher = teacher},
                         {.label_smoothing = expected.at("label_smoothing"),
                          .offsets = offsets,
                          .weights = weights,
                          .teacher_weight = expected.at("teacher_weight"),
                          .teacher_temperature = expected.at("temperature")});
        EXPECT_NEAR(result.loss_sum, expected.at("loss_sum"), 2e-6 * expected.at("loss_sum").get<double>());
        EXPECT_NEAR(result.weight, expected.at("weight"), 1e-6);
        network.backward();
        EXPECT_TRUE(close(network.input_gradient(), floats(expected.at("gradient")), 1e-5));
    }
}

TEST(Loss, OfManyMixedAndTaughtSamplesIsTheReferences) {
    Network network = network_with_logits(17);
    const auto labels = random_labels(17, kClasses, 3);
    const auto others = random_labels(17, kClasses, 4);
    const std::vector<float> shares = random_values(17, 5, 0, 1);
    const std::vector<float> weights = random_values(kClasses, 9, 0, 2);
    const std::vector<float> offsets = random_values(kClasses, 8, -3, 3);
    std::vector<float> teacher(17 * kClasses);
    network.probabilities(teacher);
    std::rotate(teacher.begin(), teacher.begin() + kClasses, teacher.end());
    const LossRule rule{.label_smoothing = 0.1f,
                        .offsets = offsets,
                        .weights = weights,
                        .teacher_weight = 0.3f,
                        .teacher_temperature = 4};
    for (const std::size_t count : {1, 5, 17}) {
        const Targets targets =
            Targets{.labels = labels, .other_labels = others, .shares = shares, .teacher = teacher}.part(0, count);
        const double expected =
            reference::softmax_cross_entropy_sum(kClasses, rule, doubles(network.logits()), targets);
        const LossResult result = network.loss(targets, rule);
        EXPECT_NEAR(result.loss_sum, expected, 2e-6 * expected);
    }
}

TEST(Loss, OfAMixCountsTheDominantLabel) {
    Network network = network_with_logits(2);
    std::vector<std::int32_t> likeliest;
    std::vector<std::int32_t> others;
    for (std::size_t n = 0; n < 2; ++n) {
        const auto sample = network.logits().subspan(n * kClasses, kClasses);
        likeliest.push_back(static_cast<std::int32_t>(std::max_element(sample.begin(), sample.end()) - sample.begin()));
        others.push_back((likeliest.back() + 1) % kClasses);
    }
    const std::vector<float> shares{0.75f, 0.25f};
    EXPECT_EQ(network.loss({.labels = likeliest, .other_labels = others, .shares = shares}).correct, 1);
    EXPECT_EQ(network.loss({.labels = others, .other_labels = likeliest, .shares = shares}).correct, 1);
    EXPECT_EQ(network.loss({.labels = likeliest, .other_labels = likeliest, .shares = shares}).correct, 2);
}

TEST(Loss, WithoutATeachersWeightIsThatByTheLabelsToTheBit) {
    Network taught = network_with_logits(17);
    Network plain = network_with_logits(17);
    const auto labels = random_labels(17, kClasses, 3);
    const std::vector<float> ones(17, 1);
    const std::vector<float> teacher(17 * kClasses, 1.0f / kClasses);
    const LossRule rule{.label_smoothing = 0.1f};
    const LossResult expected = plain.loss(labels, rule);
    EXPECT_EQ(
        taught.loss({.labels = labels, .other_labels = labels, .shares = ones, .teacher = teacher}, rule).loss_sum,
        expected.loss_sum);
    taught.backward();
    plain.backward();
    EXPECT_EQ(copy(taught.gradients()), copy(plain.gradients()));
}

// Of torch.nn.functional.cross_entropy(z + o, y, w, label_smoothing=0.1), with the sum of w[y].
TEST(Loss, IsPyTorchsWithWeightsAndOffsets) {
    Network network = network_that_passes_on(3, 2);
    set_input(network, std::vector<float>{1, -2, 0.5f, 0.25f, 3, -1});
    network.forward({.training = true});
    const std::vector<float> offsets{0.5f, -1, 0.25f};
    const std::vector<float> weights{0.5f, 1, 2};
    const LossResult result = network.loss(std::vector<std::int32_t>{2, 0},
                                           {.label_smoothing = 0.1f, .offsets = offsets, .weights = weights});
    EXPECT_NEAR(result.loss_sum, 2.5 * 1.2971270, 1e-5);
    network.backward();
    const std::vector<float> gradient{0.5101377f, -0.0075922f, -0.5025455f, -0.1385776f, 0.1545141f, -0.0159365f};
    EXPECT_TRUE(close(network.input_gradient(), gradient, 1e-5));
}

TEST(Loss, CountsTheLabelledSamplesWhoseLargestLogitIsTheLabels) {
    Network network = network_with_logits(17);
    std::vector<std::int32_t> labels;
    for (int n = 0; n < 17; ++n) {
        const auto sample = network.logits().subspan(n * kClasses, kClasses);
        const auto largest = std::max_element(sample.begin(), sample.end()) - sample.begin();
        labels.push_back(static_cast<std::int32_t>(n % 3 == 0 ? largest : (largest + 1) % kClasses));
    }
    EXPECT_EQ(network.loss(labels).correct, 6);
    EXPECT_EQ(network.loss(std::span(labels).first(7)).correct, 3);
}

TEST(Loss, SamplesWithoutALabelHaveNoPartInTheGradients) {
    Network network = network_with_logits(5);
    const auto labels = random_labels(3, kClasses, 3);
    network.loss(labels, {.label_smoothing = 0.1f});
    network.backward();
    const std::vector<float> gradients = copy(network.gradients());
    const std::size_t labelled = 3 * network.spec().input.size();
    for (const float gradient : network.input_gradient().subspan(labelled)) ASSERT_EQ(gradient, 0);
    EXPECT_GT(largest_magnitude(network.input_gradient().first(labelled)), 0);

    std::fill(network.input().begin() + labelled, network.input().end(), 2.5f);
    network.forward({.training = true});
    network.loss(labels, {.label_smoothing = 0.1f});
    network.backward();
    EXPECT_TRUE(close(network.gradients(), gradients, 1e-6));
}

TEST(Loss, GradientIsThatOfTheMeanOverTheLabels) {
    Network five = network_with_logits(5);
    Network three = network_with_logits(3);
    const auto labels = random_labels(3, kClasses, 3);
    five.loss(labels);
    five.backward();
    three.loss(labels);
    three.backward();
    EXPECT_TRUE(close(five.gradients(), three.gradients(), 1e-6));
}

TEST(Loss, StaysFiniteWhereLogitsAreLarge) {
    Network network = random_network(small_mlp(), kClasses, 3, Network::Mode::kTrain);
    for (float& parameter : network.parameters()) parameter *= 1000;
    network.parameters_changed();
    set_input(network, random_values(network.input().size(), 5));
    network.forward({.training = true});
    const auto labels = random_labels(3, kClasses, 3);
    const double expected = reference::softmax_cross_entropy_sum(kClasses, {.label_smoothing = 0.1f},
                                                                 doubles(network.logits()), {.labels = labels});
    EXPECT_NEAR(network.loss(labels, {.label_smoothing = 0.1f}).loss_sum, expected, 1e-6 * expected);
    network.backward();
    EXPECT_TRUE(std::isfinite(largest_magnitude<float>(network.gradients())));
}

TEST(Probabilities, AreTheSoftmaxOfTheLogits) {
    Network network = network_with_logits(5);
    std::vector<float> probabilities(5 * kClasses);
    network.probabilities(probabilities);
    for (int n = 0; n < 5; ++n) {
        double sum = 0;
        for (int c = 0; c < kClasses; ++c) sum += std::exp(static_cast<double>(network.logits()[n * kClasses + c]));
        for (int c = 0; c < kClasses; ++c)
            EXPECT_NEAR(probabilities[n * kClasses + c],
                        std::exp(static_cast<double>(network.logits()[n * kClasses + c])) / sum, 1e-6);
    }
}

}  // namespace
}  // namespace inkling
