#include <gtest/gtest.h>
#include <omp.h>

#include <vector>

#include "core/error.h"
#include "core/threads.h"
#include "nn/network.h"

namespace inkling {
namespace {

Network two_samples(Network::Mode mode) {
    NetworkSpec spec{.input = {1, 4, 4}, .layers = {}, .initialization = Initialization::kAuto};
    spec.layers.emplace_back().kind = FlattenSpec{};
    return {spec, 3, 2, mode};
}

LossResult loss_of(Network& network, std::vector<std::int32_t> labels) {
    network.forward({.training = true});
    return network.loss(labels);
}

TEST(NetworkMisuse, TrainingOnANetworkThatWasMadeToInferIsRefused) {
    Network network = two_samples(Network::Mode::kInfer);
    EXPECT_THROW(network.forward({.training = true}), Error);
    EXPECT_THROW(network.backward(), Error);
    EXPECT_THROW(network.want_input_gradient(true), Error);
}

TEST(NetworkMisuse, LabelsMustBeOfTheBatchAndOfTheClasses) {
    Network network = two_samples(Network::Mode::kTrain);
    EXPECT_THROW(loss_of(network, {}), Error);
    EXPECT_THROW(loss_of(network, {0, 1, 2}), Error);
    EXPECT_THROW(loss_of(network, {0, 3}), Error);
    EXPECT_THROW(loss_of(network, {-1, 0}), Error);
    EXPECT_NO_THROW(loss_of(network, {0, 2}));
}

TEST(NetworkMisuse, TargetsMustBeOneASampleAndSharesWithinZeroAndOne) {
    Network network = two_samples(Network::Mode::kTrain);
    network.forward({.training = true});
    const std::vector<std::int32_t> labels{0, 2};
    const std::vector<std::int32_t> wrong{0, 3};
    const std::vector<std::int32_t> one{0};
    const std::vector<float> shares{0, 1};
    const std::vector<float> beyond{0.5f, 1.5f};
    const std::vector<float> teacher(5, 0.2f);
    const auto refused = [&](const Targets& targets) { EXPECT_THROW(network.loss(targets), Error); };
    refused({.labels = labels, .other_labels = one, .shares = shares});
    refused({.labels = labels, .other_labels = labels});
    refused({.labels = labels, .shares = shares});
    refused({.labels = labels, .other_labels = wrong, .shares = shares});
    refused({.labels = labels, .other_labels = labels, .shares = beyond});
    refused({.labels = labels, .teacher = teacher});
    EXPECT_NO_THROW(network.loss({.labels = labels, .other_labels = labels, .shares = shares}));
}

TEST(NetworkMisuse, GoingBackWithoutALossOfTheSamePassIsRefused) {
    Network network = two_samples(Network::Mode::kTrain);
    EXPECT_THROW(network.backward(), Error);
    loss_of(network, {0, 1});
    network.backward();
    EXPECT_THROW(network.backward(), Error);  // activations are gone
    loss_of(network, {0, 1});
    network.forward({.training = true});
    EXPECT_THROW(network.backward(), Error);  // that loss was of the pass before
    network.loss(std::vector<std::int32_t>{0, 1});
    EXPECT_NO_THROW(network.backward());
    network.forward({});
    network.loss(std::vector<std::int32_t>{0, 1});
    EXPECT_THROW(network.backward(), Error);  // not a training pass
}

TEST(NetworkMisuse, AnotherNumberOfThreadsIsRefused) {
    const int threads = thread_count();
    Network network = two_samples(Network::Mode::kTrain);
    set_thread_count(threads + 1);
    EXPECT_THROW(network.forward({}), Error);
    set_thread_count(threads);
    loss_of(network, {0, 1});
    set_thread_count(threads + 1);
    EXPECT_THROW(network.backward(), Error);
    set_thread_count(threads);
    EXPECT_NO_THROW(network.backward());
}

TEST(NetworkManners, LeaveItsCallersOpenMpAlone) {
    const int threads = omp_get_max_threads();
    omp_set_num_threads(3);
    Network network = two_samples(Network::Mode::kTrain);
    network.forward({.training = true});
    loss_of(network, {0, 1});
    network.backward();
    EXPECT_EQ(omp_get_max_threads(), 3);
    omp_set_num_threads(threads);
}

}  // namespace
}  // namespace inkling
