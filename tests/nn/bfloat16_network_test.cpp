#include <gtest/gtest.h>

#include <cmath>

#include "core/threads.h"
#include "fixtures.h"
#include "nn/reference_network.h"
#include "random_network.h"

namespace inkling {
namespace {

constexpr int kClasses = 47;
constexpr int kBatchSize = 48;

/// The root of the mean squared difference, as a share of the expected values' own root mean square.
template <class Values>
double relative_error(const Values& actual, const std::vector<double>& expected) {
    double squares = 0, differences = 0;
    for (std::size_t i = 0; i < expected.size(); ++i) {
        squares += expected[i] * expected[i];
        differences += (actual[i] - expected[i]) * (actual[i] - expected[i]);
    }
    return std::sqrt(differences / squares);
}

/// Expects a step in bfloat16 to be the double-precision reference's but for what 8 bits of precision cost: each
/// tensor's error as a share of its size.
void expect_near_reference(const NetworkSpec& spec) {
    constexpr double kTolerance = 0.04;
    Network network = random_network(spec, kClasses, kBatchSize, Network::Mode::kTrain, 1, Precision::kBfloat16);
    set_input(network, random_values(network.input().size(), 1000));
    network.want_input_gradient(true);
    const auto labels = random_labels(kBatchSize, kClasses, 1000);
    const ReferenceResult expected = run_reference(network, labels, {.label_smoothing = 0.1f});

    network.forward({.training = true});
    EXPECT_LT(relative_error(network.logits(), expected.logits), kTolerance);
    EXPECT_NEAR(network.loss(labels, {.label_smoothing = 0.1f}).loss_sum, expected.loss_sum, 0.01 * expected.loss_sum);
    network.backward();
    double largest = 0;
    for (const auto& [name, values] : expected.gradients)
        largest = std::max(largest, largest_magnitude<double>(values));
    for (const TensorInfo& info : network.layout().parameters) {
        const std::vector<double>& gradient = expected.gradients.at(info.name);
        // A bias in front of a batch norm has no gradient but rounding.
        if (largest_magnitude<double>(gradient) < 1e-6 * largest) continue;
        EXPECT_LT(relative_error(network.gradients().subspan(info.offset, info.size), gradient), kTolerance)
            << info.name;
    }
    for (const TensorInfo& info : network.layout().statistics)
        EXPECT_LT(
            relative_error(network.statistics().subspan(info.offset, info.size), expected.statistics.at(info.name)),
            0.01)
            << info.name;
    EXPECT_LT(relative_error(network.input_gradient(), expected.input_gradient), kTolerance);
}

TEST(Bfloat16Network, MlpIsNearTheReference) {
    expect_near_reference(network_of({1, 28, 28}, {FlattenSpec{}, DenseSpec{256}, BatchNormSpec{}, kGelu,
                                                   DenseSpec{100, false}, BatchNormSpec{}, kTanh}));
}

TEST(Bfloat16Network, CnnIsNearTheReference) {
    expect_near_reference(network_of(
        {1, 28, 28}, {Conv2dSpec{.filters = 32}, BatchNormSpec{}, kTanh, AvgPool2dSpec{},
                      Conv2dSpec{.filters = 20, .kernel = 5, .stride = 2, .padding = 2, .bias = false}, BatchNormSpec{},
                      kGelu, Conv2dSpec{.filters = 8}, kTanh, FlattenSpec{}, DenseSpec{64}, kTanh}));
}

TEST(Bfloat16Network, ResidualNetworkOfSeveralChannelsIsNearTheReference) {
    const ResidualSpec block{{{Conv2dSpec{.filters = 24, .stride = 2, .bias = false}}, {BatchNormSpec{}}, {kTanh}}};
    expect_near_reference(network_of({5, 12, 10}, {Conv2dSpec{.filters = 16}, kTanh, block, GlobalAvgPoolSpec{}}));
}

TEST(Bfloat16Network, SameSeedGivesTheSameBits) {
    const NetworkSpec spec =
        network_of({1, 28, 28}, {Conv2dSpec{.filters = 16}, BatchNormSpec{}, kGelu, MaxPool2dSpec{}, FlattenSpec{},
                                 DropoutSpec{0.3f}, DenseSpec{64}, kTanh});
    std::vector<std::vector<float>> gradients;
    for (int run = 0; run < 2; ++run) {
        Network network = random_network(spec, kClasses, kBatchSize, Network::Mode::kTrain, 1, Precision::kBfloat16);
        set_input(network, random_values(network.input().size(), 1000));
        network.forward({.training = true, .seed = 5});
        network.loss(random_labels(kBatchSize, kClasses, 1000));
        network.backward();
        gradients.push_back(copy(network.gradients()));
    }
    EXPECT_EQ(gradients[0], gradients[1]);
}

TEST(Bfloat16Network, InfersOneImageByManyThreadsAsByOne) {
    const NetworkSpec spec =
        network_of({1, 28, 28}, {Conv2dSpec{.filters = 40}, kTanh, MaxPool2dSpec{}, Conv2dSpec{.filters = 70},
                                 BatchNormSpec{}, kGelu, FlattenSpec{}, DenseSpec{100}, kTanh});
    const int usual = thread_count();
    std::vector<std::vector<float>> logits;
    for (const int threads : {1, 3}) {
        set_thread_count(threads);
        Network network = random_network(spec, kClasses, 1, Network::Mode::kInfer, 1, Precision::kBfloat16);
        set_input(network, random_values(network.input().size(), 1000));
        network.forward({});
        logits.push_back(copy(network.logits()));
    }
    set_thread_count(usual);
    EXPECT_LT(relative_error(logits[1], doubles(logits[0])), 0.01);
}

}  // namespace
}  // namespace inkling
