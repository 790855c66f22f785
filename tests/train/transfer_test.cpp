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

/// Its names sort otherwise than its layers stand: "0.shortcut.0.weight" is longer than "4.weight".
std::string residual_recipe(int filters) {
    return fmt::format(R"(
[[network.layers]]
type = "residual"
[[network.layers.layers]]
type = "conv2d"
filters = {}
[[network.layers]]
type = "global_avg_pool"
)",
                       filters);
}

/// A model with parameters 1, 2, 3, ... and statistics -1, -2, ...
Model counting_model(int classes, const std::string& recipe = kRecipe) {
    Model model;
    model.recipe = parse_recipe(recipe, "x.toml");
    model.class_names.assign(static_cast<std::size_t>(classes), "x");
    const ParameterLayout layout = parameter_layout(model.recipe.network, classes);
    model.parameters.resize(layout.parameter_count);
    model.statistics.resize(layout.statistics_count);
    for (std::size_t i = 0; i < model.parameters.size(); ++i) model.parameters[i] = static_cast<float>(i + 1);
    for (std::size_t i = 0; i < model.statistics.size(); ++i) model.statistics[i] = -static_cast<float>(i + 1);
    return model;
}

Network fresh_network(int classes, const std::vector<std::string>& overrides = {},
                      const std::string& recipe = kRecipe) {
    Network network(parse_recipe(recipe, "x.toml", overrides).network, classes, 2, Network::Mode::kTrain);
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
    for (const TensorInfo& info : network.layout().parameters) {
        const float now = network.parameters()[info.offset];
        const bool last = info.size % 7 == 0 && info.shape.front() == 7;
        EXPECT_EQ(now == before.parameters()[info.offset], last) << info.name;
    }
}

TEST(Transfer, LeavesOnlyTheOutputLayerOfAResidualNetworkAsItWas) {
    const Model model = counting_model(4, residual_recipe(6));
    Network network = fresh_network(7, {}, residual_recipe(6));
    const Network before = fresh_network(7, {}, residual_recipe(6));
    start_from(network, model, "m");
    int taken = 0;
    for (const TensorInfo& info : network.layout().parameters) {
        const bool same = std::equal(before.parameters().begin() + static_cast<std::ptrdiff_t>(info.offset),
                                     before.parameters().begin() + static_cast<std::ptrdiff_t>(info.offset + info.size),
                                     network.parameters().begin() + static_cast<std::ptrdiff_t>(info.offset));
        EXPECT_EQ(same, info.is_output) << info.name;
        taken += same ? 0 : 1;
    }
    EXPECT_EQ(taken, 5);  // weight and bias of the body, the shortcut's weight and its norm's two
}

TEST(Transfer, RefusesAnotherShortcut) {
    // The same body but for a pool, which has no tensors: with it the block needs a shortcut, without it has none.
    const std::string with_pool = R"(
[[network.layers]]
type = "residual"
[[network.layers.layers]]
type = "conv2d"
filters = 1
[[network.layers.layers]]
type = "max_pool2d"
[[network.layers]]
type = "global_avg_pool"
)";
    const Model model = counting_model(4, residual_recipe(1));
    Network network = fresh_network(4, {}, with_pool);
    EXPECT_TRUE(contains(usage_refusal([&] { start_from(network, model, "m"); }),
                         "no tensor 0.shortcut.0.weight of shape 1x1x1x1"));
}

TEST(Transfer, RefusesAnotherNetwork) {
    const Model model = counting_model(4);
    Network network = fresh_network(4, {"network.hidden=[6, 9]"});
    EXPECT_TRUE(contains(usage_refusal([&] { start_from(network, model, "m"); }),
                         "of shape 9x6, expected the same network but for its output layer"));
}

TEST(Transfer, FindsTheWeightsInARunsFolder) {
    EXPECT_EQ(weights_file("some/model.safetensors"), "some/model.safetensors");
    EXPECT_EQ(weights_file("/"), "/model.safetensors");
}

}  // namespace
}  // namespace inkling
