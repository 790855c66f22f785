#include "nn/stopwatch.h"

#include <gtest/gtest.h>

#include "nn/network.h"

namespace inkling {
namespace {

LayerSpec layer(LayerSpec::Kind kind) { return {std::move(kind), ""}; }

/// A convolution, batch norm with ReLU and pool, a residual of one convolution, a dense layer of 5 classes.
NetworkSpec small_network() {
    return {.input = {1, 8, 8},
            .layers = {layer(Conv2dSpec{.filters = 16}), layer(BatchNormSpec{}), layer(ActivationSpec{}),
                       layer(MaxPool2dSpec{}), layer(ResidualSpec{{layer(Conv2dSpec{.filters = 16})}})}};
}

void run_step(Network& network) {
    network.forward({.training = true});
    network.loss(std::vector<std::int32_t>{1, 2, 3});
    network.backward();
    network.parameters_changed();
}

TEST(Stopwatch, IsToldTheOperationsThatAreCountedForTheSpec) {
    Network network(small_network(), 5, 3, Network::Mode::kTrain);
    Stopwatch stopwatch;
    network.watch(&stopwatch);
    run_step(network);
    run_step(network);
    double operations = 0;
    for (std::size_t kind = 0; kind < kWorkKinds; ++kind)
        for (std::size_t part = 0; part < kWorkParts; ++part)
            operations += stopwatch.total(static_cast<WorkKind>(kind), static_cast<WorkPart>(part)).operations;
    EXPECT_EQ(operations, 2.0 * 3 * static_cast<double>(count_operations(small_network(), 5).training));
    // Both convolutions, but a gradient by the input of the second alone.
    const double first = 2.0 * 64 * 16 * 9, second = 2.0 * 16 * 16 * 16 * 9;
    EXPECT_EQ(stopwatch.total(WorkKind::kConvolution, WorkPart::kForward).operations, 6 * (first + second));
    EXPECT_EQ(stopwatch.total(WorkKind::kConvolution, WorkPart::kBackward).operations, 6 * second);
    stopwatch.reset();
    EXPECT_EQ(stopwatch.total(WorkKind::kConvolution, WorkPart::kForward).operations, 0);
}

TEST(Stopwatch, HearsNothingFromANetworkThatItDoesNotWatch) {
    Network network(small_network(), 5, 3, Network::Mode::kTrain);
    Stopwatch stopwatch;
    network.watch(&stopwatch);
    network.watch(nullptr);
    run_step(network);
    EXPECT_EQ(stopwatch.total(WorkKind::kConvolution, WorkPart::kForward).seconds, 0);
}

TEST(Stopwatch, ChangesNothingInTheNetwork) {
    Network watched(small_network(), 5, 3, Network::Mode::kTrain);
    Network alone(small_network(), 5, 3, Network::Mode::kTrain);
    Stopwatch stopwatch;
    watched.watch(&stopwatch);
    for (Network* network : {&watched, &alone}) {
        initialize(*network, 1);
        for (float& value : network->input()) value = 0.5f;
        run_step(*network);
    }
    EXPECT_TRUE(std::equal(watched.gradients().begin(), watched.gradients().end(), alone.gradients().begin()));
}

}  // namespace
}  // namespace inkling
