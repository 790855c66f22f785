#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "core/threads.h"
#include "fixtures.h"
#include "random_network.h"

namespace inkling {
namespace {

constexpr float kP = 0.3f;
constexpr Shape kImage{5, 9, 9};
constexpr int kBatchSize = 17;
const std::vector<LayerSpec> kOnFeatures{{FlattenSpec{}}, {DropoutSpec{kP}}};
const std::vector<LayerSpec> kOnImages{{DropoutSpec{kP}}, {FlattenSpec{}}};

/// A network of two classes whose first logit is the sum, over a hundred, of all that reaches the output layer, and
/// whose second is the negative of it: no gradient by the input is zero but where dropout made it so.
Network summing_network(const std::vector<LayerSpec>& layers) {
    Network network({.input = kImage, .layers = layers}, 2, kBatchSize, Network::Mode::kTrain);
    const TensorInfo& weight = network.layout().parameters.front();
    for (std::size_t i = 0; i < weight.size; ++i)
        network.parameters()[weight.offset + i] = i < weight.size / 2 ? 0.01f : -0.01f;
    network.parameters_changed();
    network.want_input_gradient(true);
    set_input(network, random_values(network.input().size(), 7));
    return network;
}

/// Which input values got through, from the gradient by them.
std::vector<bool> drop_mask(Network& network, const Pass& pass) {
    network.forward(pass);
    network.loss(std::vector<std::int32_t>(kBatchSize, 0));
    network.backward();
    std::vector<bool> kept;
    for (const float gradient : network.input_gradient()) kept.push_back(gradient != 0);
    return kept;
}

double share(const std::vector<bool>& kept) {
    return static_cast<double>(std::count(kept.begin(), kept.end(), true)) / static_cast<double>(kept.size());
}

class Dropout : public testing::TestWithParam<std::vector<LayerSpec>> {};

TEST_P(Dropout, KeepsTheExpectedShare) {
    Network network = summing_network(GetParam());
    // 6885 values: the deviation of their share is 0.0055.
    EXPECT_NEAR(share(drop_mask(network, {.training = true, .seed = 1})), 1 - kP, 0.02);
}

TEST_P(Dropout, ForwardScalesWhatBackwardLetsThrough) {
    Network network = summing_network(GetParam());
    const std::vector<bool> kept = drop_mask(network, {.training = true, .seed = 1});
    for (int n = 0; n < kBatchSize; ++n) {
        double sum = 0;
        for (std::size_t i = n * kImage.size(); i < (n + 1) * kImage.size(); ++i)
            if (kept[i]) sum += network.input()[i] / (1.0 - kP);
        EXPECT_NEAR(network.logits()[2 * n], 0.01 * sum, 1e-6) << "sample " << n;
    }
}

TEST_P(Dropout, BackwardScalesAsForwardDid) {
    Network network = summing_network(GetParam());
    drop_mask(network, {.training = true, .seed = 1});
    for (int n = 0; n < kBatchSize; ++n) {
        // Through a sum of 0.01 x with the weights 0.01 and -0.01, each gradient is 0.02 (p - 1) / batch before
        // scaling.
        const double p = 1 / (1 + std::exp(-2.0 * network.logits()[2 * n]));
        const double expected = 0.02 * (p - 1) / kBatchSize / (1 - kP);
        for (std::size_t i = n * kImage.size(); i < (n + 1) * kImage.size(); ++i) {
            const float gradient = network.input_gradient()[i];
            EXPECT_TRUE(gradient == 0 || std::abs(gradient - expected) < 1e-5 * std::abs(expected)) << gradient;
        }
    }
}

TEST_P(Dropout, IsTheIdentityOutsideTraining) {
    Network network = summing_network(GetParam());
    network.forward({.training = false, .seed = 1});
    for (int n = 0; n < kBatchSize; ++n) {
        double sum = 0;
        for (std::size_t i = n * kImage.size(); i < (n + 1) * kImage.size(); ++i) sum += network.input()[i];
        EXPECT_NEAR(network.logits()[2 * n], 0.01 * sum, 1e-6) << "sample " << n;
    }
}

TEST_P(Dropout, MaskIsAFunctionOfSeedAndStep) {
    Network network = summing_network(GetParam());
    const std::vector<bool> kept = drop_mask(network, {.training = true, .seed = 1, .step = 5});
    const auto agreement = [&](const Pass& pass) {
        const std::vector<bool> other = drop_mask(network, pass);
        std::vector<bool> same;
        for (std::size_t i = 0; i < kept.size(); ++i) same.push_back(kept[i] == other[i]);
        return share(same);
    };
    const double by_chance = kP * kP + (1 - kP) * (1 - kP);
    EXPECT_NEAR(agreement({.training = true, .seed = 1, .step = 6}), by_chance, 0.03);
    EXPECT_NEAR(agreement({.training = true, .seed = 2, .step = 5}), by_chance, 0.03);
    EXPECT_NEAR(agreement({.training = true, .seed = 1ull << 40 | 1, .step = 5}), by_chance, 0.03);
    EXPECT_EQ(agreement({.training = true, .seed = 1, .step = 5}), 1);
}

TEST_P(Dropout, MaskDoesNotDependOnThreads) {
    set_thread_count(1);
    Network one = summing_network(GetParam());
    const std::vector<bool> kept = drop_mask(one, {.training = true, .seed = 1});
    set_thread_count(2);
    Network two = summing_network(GetParam());
    EXPECT_EQ(drop_mask(two, {.training = true, .seed = 1}), kept);
}

TEST_P(Dropout, SamplesAndLayersHaveMasksOfTheirOwn) {
    std::vector<LayerSpec> twice = GetParam();
    twice.push_back({DropoutSpec{kP}});
    Network network = summing_network(twice);
    const std::vector<bool> kept = drop_mask(network, {.training = true, .seed = 1});
    EXPECT_NEAR(share(kept), (1 - kP) * (1 - kP), 0.02);

    std::vector<bool> same;
    for (std::size_t i = 0; i < kImage.size(); ++i) same.push_back(kept[i] == kept[kImage.size() + i]);
    EXPECT_LT(share(same), 0.7);
}

INSTANTIATE_TEST_SUITE_P(, Dropout, testing::Values(kOnFeatures, kOnImages), [](const auto& layers) {
    return layers.index == 0 ? std::string("OnFeatures") : std::string("OnImages");
});

}  // namespace
}  // namespace inkling
