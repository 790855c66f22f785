#include "train/transfer.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "refusal.h"
#include "toy_data.h"

namespace inkling {
namespace {

const std::string kRecipe = R"(
[network]
family = "mlp"
hidden = [6, 5]
batch_norm = true
)";

/// A model with parameters 1, 2, 3, ... and statistics -1, -2, ...
Model counting_model(int classes) {
    Model model;
    model.recipe = parse_recipe(kRecipe, "x.toml");
    model.class_names.assign(static_cast<std::size_t>(classes), "x");
    const Network network(model.recipe.network, classes, 1, Network::Mode::kInfer);
    model.parameters.resize(network.parameters().size());
    model.statistics.resize(network.statistics().size());
    for (std::size_t i = 0; i < model.parameters.size(); ++i) model.parameters[i] = static_cast<float>(i + 1);
    for (std::size_t i = 0; i < model.statistics.size(); ++i) model.statistics[i] = -static_cast<float>(i + 1);
    return model;
}

Network fresh_network(int classes, const std::vector<std::string>& overrides = {}) {
    Network network(parse_recipe(kRecipe, "x.toml", overrides).network, classes, 1, Network::Mode::kTrain);
    initialize(network, 0);
    return network;
}

TEST(Transfer, TakesEveryTensorOfTheSameNetwork) {
    const Model model = counting_model(4);
    Network network = fresh_network(4);
    start_from(network, model, "m");
    EXPECT_TRUE(std::equal(model.parameters.begin(), model.parameters.end(), network.parameters().begin()));
    EXPECT_TRUE(std::equal(model.statistics.begin(), model.statistics.end(), network.statistics().begin()));
}

TEST(Transfer, LeavesALastLayerForOtherClassesAsItWas) {
    const Model model = counting_model(4);
    Network network = fresh_network(7);
    const Network before = fresh_network(7);
    start_from(network, model, "m");
    for (const TensorInfo& info : network.parameter_infos()) {
        const float now = network.parameters()[info.offset];
        const bool last = info.size % 7 == 0 && info.shape.front() == 7;
        EXPECT_EQ(now == before.parameters()[info.offset], last) << info.name;
    }
}

TEST(Transfer, RefusesAnotherNetwork) {
    const Model model = counting_model(4);
    Network network = fresh_network(4, {"network.hidden=[6, 9]"});
    EXPECT_TRUE(contains(usage_refusal([&] { start_from(network, model, "m"); }),
                         "of shape 9x6, expected the same network but for its last layer"));
}

TEST(Transfer, FindsTheWeightsInARunsFolder) {
    EXPECT_EQ(weights_file("some/model.safetensors"), "some/model.safetensors");
    EXPECT_EQ(weights_file("/"), "/model.safetensors");
}

}  // namespace
}  // namespace inkling
