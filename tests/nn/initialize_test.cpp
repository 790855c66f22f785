#include <gtest/gtest.h>

#include <algorithm>

#include "fixtures.h"
#include "nn/network.h"

namespace inkling {
namespace {

using nlohmann::json;

Network initialized(const NetworkSpec& spec, Initialization initialization) {
    NetworkSpec own = spec;
    own.initialization = initialization;
    Network network(own, /*classes=*/3, /*batch_size=*/1, Network::Mode::kInfer);
    initialize(network, 7);
    return network;
}

std::vector<float> weight_of(Network& network, const std::string& name) {
    const TensorInfo& info = *std::ranges::find(network.layout().parameters, name, &TensorInfo::name);
    const auto values = network.parameters().subspan(info.offset, info.size);
    return {values.begin(), values.end()};
}

NetworkSpec network_of(Shape input, std::vector<LayerSpec::Kind> kinds) {
    NetworkSpec spec{.input = input, .layers = {}};
    for (LayerSpec::Kind& kind : kinds) spec.layers.push_back({.kind = std::move(kind)});
    return spec;
}

TEST(DiracInitialization, IsPyTorchsOnTheFirstFiltersAndAutomaticOnTheRest) {
    const json fixture = read_fixture("dirac.json");
    for (const json& settings : fixture["cases"]) {
        const std::vector<int> shape = settings["shape"];
        SCOPED_TRACE(testing::PrintToString(shape));
        const NetworkSpec spec =
            network_of({shape[1], 6, 6}, {Conv2dSpec{.filters = shape[0], .kernel = shape[2], .padding = 0}});
        Network network = initialized(spec, Initialization::kDirac);
        Network automatic = initialized(spec, Initialization::kAuto);
        const auto first = static_cast<std::ptrdiff_t>(shape[1] * shape[1] * shape[2] * shape[3]);
        const std::vector<float> weight = weight_of(network, "0.weight");
        const std::vector<float> drawn = weight_of(automatic, "0.weight");
        const std::vector<float> expected = floats(settings["weight"]);
        EXPECT_TRUE(std::equal(weight.begin(), weight.begin() + first, expected.begin()));
        EXPECT_TRUE(std::equal(weight.begin() + first, weight.end(), drawn.begin() + first));
        EXPECT_EQ(weight_of(network, "2.weight"), weight_of(automatic, "2.weight")) << "the output layer's";
    }
}

TEST(DiracInitialization, IsAutomaticForFewerFiltersThanInputsAndForDenseLayers) {
    const NetworkSpec spec =
        network_of({4, 5, 5}, {Conv2dSpec{.filters = 3}, FlattenSpec{}, DenseSpec{.units = 75}, ActivationSpec{}});
    Network network = initialized(spec, Initialization::kDirac);
    Network automatic = initialized(spec, Initialization::kAuto);
    EXPECT_TRUE(std::ranges::equal(network.parameters(), automatic.parameters()));
}

TEST(DiracInitialization, HandsOnInputsThroughResidualBlocksToo) {
    const ResidualSpec block{.body = {{.kind = Conv2dSpec{.filters = 4, .stride = 2}}}};
    Network network = initialized(network_of({2, 6, 6}, {block}), Initialization::kDirac);
    EXPECT_EQ(weight_of(network, "0.body.0.weight")[4], 1);
    const std::vector<float> shortcut = weight_of(network, "0.shortcut.0.weight");
    EXPECT_EQ((std::vector<float>(shortcut.begin(), shortcut.begin() + 4)), (std::vector<float>{1, 0, 0, 1}));
}

}  // namespace
}  // namespace inkling
