#include <gtest/gtest.h>

#include "core/config.h"
#include "core/error.h"
#include "core/files.h"
#include "nn/spec.h"
#include "nn/spec_toml.h"

namespace inkling {
namespace {

OperationCount count_recipe(const std::string& name) {
    Config recipe = Config::parse(read_text(INKLING_RECIPES "/" + name), name);
    Config network = recipe.table("network");
    return count_operations(read_network(network), 47);
}

LayerSpec layer(LayerSpec::Kind kind) { return {std::move(kind), ""}; }

void expect_count(const OperationCount& count, std::uint64_t multiply_adds, std::uint64_t of_input) {
    EXPECT_EQ(count.forward, 2 * multiply_adds);
    EXPECT_EQ(count.training, 2 * (3 * multiply_adds - of_input));
}

TEST(OperationCount, OfTheReferenceNetworksIsThatCountedByHand) {
    expect_count(count_recipe("mlp3.toml"), 784 * 512 + 512 * 256 + 256 * 128 + 128 * 47, 784 * 512);
    const int first = 28 * 28 * 32 * 9, dense = 1152 * 256 + 256 * 47;
    expect_count(count_recipe("cnn3.toml"), first + 14 * 14 * 64 * 32 * 9 + 7 * 7 * 128 * 64 * 9 + dense, first);
    expect_count(count_recipe("vgg6.toml"),
                 first + 28 * 28 * 32 * 32 * 9 + 14 * 14 * 64 * (32 + 64) * 9 + 7 * 7 * 128 * (64 + 128) * 9 + dense,
                 first);
}

TEST(OperationCount, FollowsStridesAndShapes) {
    const NetworkSpec spec{.input = {3, 9, 8},
                           .layers = {layer(Conv2dSpec{.filters = 4, .kernel = 5, .stride = 2, .padding = 0}),
                                      layer(MaxPool2dSpec{.kernel = 2, .stride = 1})}};
    // 3x2 positions of 5x5x3 taps; 4x2x1 values to 10 classes.
    expect_count(count_operations(spec, 10), 3 * 2 * 4 * 75 + 8 * 10, 3 * 2 * 4 * 75);
}

TEST(OperationCount, CountsBothWaysThroughAResidual) {
    const NetworkSpec spec{
        .input = {2, 6, 6},
        .layers = {layer(ResidualSpec{{layer(Conv2dSpec{.filters = 4, .stride = 2}), layer(Conv2dSpec{.filters = 4})}}),
                   layer(ResidualSpec{{layer(Conv2dSpec{.filters = 4, .bias = false})}})}};
    const int first = 3 * 3 * 4 * 2 * 9, shortcut = 3 * 3 * 4 * 2, square = 3 * 3 * 4 * 4 * 9;
    expect_count(count_operations(spec, 5), first + shortcut + square + square + 36 * 5, first + shortcut);
}

TEST(OperationCount, TellsWhatWinogradDoes) {
    const auto winograd = [](std::vector<LayerSpec> layers, int channels = 8) {
        return count_operations({.input = {channels, 6, 6}, .layers = std::move(layers)}, 5).winograd;
    };
    const auto same = [](int filters, int channels) { return std::uint64_t{2 * 36 * 9} * filters * channels; };
    EXPECT_EQ(count_recipe("mlp3.toml").winograd, 0u);
    EXPECT_EQ(winograd({layer(Conv2dSpec{.filters = 4})}), 2 * same(4, 8)) << "no gradient by the network's input";
    EXPECT_EQ(winograd({layer(Conv2dSpec{.filters = 4}), layer(Conv2dSpec{.filters = 4})}),
              2 * same(4, 8) + 3 * same(4, 4));
    EXPECT_EQ(winograd({layer(Conv2dSpec{.filters = 4, .stride = 2})}), 0u);
    EXPECT_EQ(winograd({layer(Conv2dSpec{.filters = 4, .kernel = 5, .padding = 2})}), 0u);
    EXPECT_EQ(winograd({layer(Conv2dSpec{.filters = 4})}, 1), 0u) << "read as it stands";
    EXPECT_EQ(winograd({layer(ResidualSpec{{layer(Conv2dSpec{.filters = 1})}})}, 1), 2 * same(1, 1));
}

TEST(OperationCount, OfALinearClassifierHasNoInputGradient) {
    expect_count(count_operations({}, 47), 784 * 47, 784 * 47);
}

}  // namespace
}  // namespace inkling
