#include <gtest/gtest.h>

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
    return network.loss(labels, 0);
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

TEST(NetworkMisuse, AnotherNumberOfThreadsIsRefused) {
    const int threads = thread_count();
    Network network = two_samples(Network::Mode::kInfer);
    set_thread_count(threads + 1);
    EXPECT_THROW(network.forward({}), Error);
    set_thread_count(threads);
    EXPECT_NO_THROW(network.forward({}));
}

}  // namespace
}  // namespace inkling
