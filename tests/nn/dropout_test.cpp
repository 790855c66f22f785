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

/// A residual whose body is linear.
NetworkSpec linear_residual(float stochastic_depth) {
    return {.input = kImage,
            .layers = {{ResidualSpec{{{Conv2dSpec{.filters = 5}}}, stochastic_depth}}, {FlattenSpec{}}}};
}

/// Its copy without stochastic depth, the body multiplied by `factor`.
Network with_body_times(const Network& network, float factor) {
    Network other(linear_residual(0), 2, kBatchSize, Network::Mode::kTrain);
    std::ranges::copy(network.parameters(), other.parameters().begin());
    for (const TensorInfo& info : other.layout().parameters)
        if (info.name.starts_with("0.body"))
            for (std::size_t i = 0; i < info.size; ++i) other.parameters()[info.offset + i] *= factor;
    other.parameters_changed();
    other.want_input_gradient(true);
    return other;
}

const std::vector<std::int32_t> kAlternating{0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0};

double pass_loss(Network& network, const Pass& pass) {
    network.forward(pass);
    return network.loss(kAlternating).loss_sum;
}

TEST(StochasticDepth, LeavesSomeSamplesBodiesOutAndCountsTheOthersMore) {
    Network network = random_network(linear_residual(kP), 2, kBatchSize, Network::Mode::kTrain);
    Network with = with_body_times(network, 1 / (1 - kP));
    Network without = with_body_times(network, 0);
    network.want_input_gradient(true);
    int left_out = 0;
    for (std::uint32_t step = 0; step < 20; ++step) {
        for (Network* each : {&network, &with, &without}) {
            set_input(*each, random_values(each->input().size(), step));
            pass_loss(*each, {.training = true, .seed = 3, .step = step});
            each->backward();
        }
        for (std::size_t n = 0; n < kBatchSize; ++n) {
            const auto of = [&](std::span<const float> values) {
                return values.subspan(n * values.size() / kBatchSize, values.size() / kBatchSize);
            };
            const bool out = close(of(network.logits()), of(without.logits()), 1e-5);
            left_out += out ? 1 : 0;
            Network& expected = out ? without : with;
            EXPECT_TRUE(close(of(network.logits()), of(expected.logits()), 1e-5)) << step << " " << n;
            EXPECT_TRUE(close(of(network.input_gradient()), of(expected.input_gradient()), 1e-4)) << step << " " << n;
        }
    }
    EXPECT_NEAR(left_out / (20.0 * kBatchSize), kP, 0.08);  // three deviations
}

TEST(StochasticDepth, HasTheBodysGradients) {
    Network network = random_network(linear_residual(kP), 2, kBatchSize, Network::Mode::kTrain);
    set_input(network, random_values(network.input().size(), 1));
    const Pass pass{.training = true, .seed = 3, .step = 1};
    pass_loss(network, pass);
    network.backward();
    const std::vector<float> gradients = copy(network.gradients());
    for (const std::size_t i : {std::size_t{0}, std::size_t{7}, std::size_t{100}}) {
        constexpr float kStep = 0.01f;
        const float before = network.parameters()[i];
        const auto loss_at = [&](float value) {
            network.parameters()[i] = value;
            network.parameters_changed();
            return pass_loss(network, pass);
        };
        const double slope = (loss_at(before + kStep) - loss_at(before - kStep)) / (2 * kStep) / kBatchSize;
        network.parameters()[i] = before;
        EXPECT_NEAR(gradients[i], slope, 1e-3 + 0.02 * std::abs(slope)) << i;
    }
}

TEST(StochasticDepth, TakesAllBodiesOutsideTraining) {
    Network network = random_network(linear_residual(kP), 2, kBatchSize, Network::Mode::kTrain);
    Network plain = with_body_times(network, 1);
    for (Network* each : {&network, &plain}) {
        set_input(*each, random_values(each->input().size(), 1));
        each->forward({});
    }
    EXPECT_TRUE(close(network.logits(), plain.logits(), 1e-6));
}

}  // namespace
}  // namespace inkling
