#include <gtest/gtest.h>

#include "network_fixtures.h"
#include "random_network.h"
#include "train/optimizer.h"

namespace inkling {
namespace {

TEST(Training, TwentyStepsOfACnnEndInPyTorchsWeights) {
    const nlohmann::json fixture = read_fixture("cnn_training.json");
    Network network = fixture_network(fixture, 3, Network::Mode::kTrain);
    const float learning_rate = fixture.at("learning_rate");
    Optimizer optimizer({.kind = optimizer::Adam{}}, {}, network);

    ASSERT_EQ(fixture.at("inputs").size(), 20);
    for (std::uint32_t step = 0; step < 20; ++step) {
        const auto labels = fixture.at("labels").at(step).get<std::vector<std::int32_t>>();
        set_input(network, floats(fixture.at("inputs").at(step)));
        network.forward({.training = true, .seed = 1, .step = step});
        const double loss = network.loss(labels).loss_sum / static_cast<double>(labels.size());
        const double expected = fixture.at("losses").at(step);
        EXPECT_NEAR(loss, expected, 1e-5 * expected) << "step " << step;
        network.backward();
        optimizer.step(network, learning_rate);
    }
    expect_close_tensors(network.parameters(), network.layout().parameters, fixture.at("parameters_after"), 1e-4);
    expect_close_tensors(network.statistics(), network.layout().statistics, fixture.at("statistics_after"), 1e-4);
}

}  // namespace
}  // namespace inkling
