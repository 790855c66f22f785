#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "documented.h"
#include "fixtures.h"
#include "kernels/activation.h"
#include "kind_fixtures.h"
#include "nn/spec_toml.h"

namespace inkling {
namespace {

NetworkSpec read(const std::string& toml) {
    Config network = Config::parse(toml, "a.toml").table("network");
    return read_network(network);
}

TEST(EveryActivation, IsComparedWithPyTorch) {
    std::vector<std::string> types;
    const nlohmann::json fixture = read_fixture("layers.json");
    for (const auto& layers : fixture.at("cases"))
        for (const auto& layer : layers.at("layers")) types.push_back(layer.at("type"));
    EXPECT_EQ(kinds_missing_in<Activation>(types), std::vector<std::string>{});
}

TEST(EveryActivation, IsReadFromAFamilyAndFromALayerAndReadsBack) {
    for_each_kind<Activation>([]<class Kind>(const Kind&) {
        const std::string name = Kind::kName;
        std::string keys;
        for (const auto& key : keys_of<Kind>()) keys += fmt::format("{} = 0.375\n", key.name);
        const NetworkSpec family = read("[network]\nfamily = \"mlp\"\nactivation = \"" + name + "\"\n" + keys);
        const NetworkSpec layers = read("[[network.layers]]\ntype = \"" + name + "\"\n" + keys);
        const auto& from_family = std::get<ActivationSpec>(family.layers.at(3).kind).kind;
        const auto& from_layer = std::get<ActivationSpec>(layers.layers.at(0).kind).kind;
        const NetworkSpec again = read(to_toml(layers));
        EXPECT_EQ(summarize(again, 2).at(0).description, summarize(layers, 2).at(0).description);
        for (const Activation& activation : {from_family, from_layer}) {
            ASSERT_TRUE(std::holds_alternative<Kind>(activation)) << name;
            for (const auto& key : keys_of<Kind>()) EXPECT_EQ(value_text(key, std::get<Kind>(activation)), "0.375");
        }
    });
}

TEST(EveryActivation, IsDocumented) { expect_documented<Activation>("network", "activation"); }

TEST(EveryActivation, KeepsWeightsOfOrdinarySize) {
    for_each_kind<Activation>([](const auto& kind) {
        EXPECT_GE(kind.gain(), 1) << kind.kName;
        EXPECT_LE(kind.gain(), 2) << kind.kName;
    });
}

TEST(Activation, HasPyTorchsGain) {
    EXPECT_DOUBLE_EQ(activation::Relu().gain(), 1.4142135623730951);
    EXPECT_DOUBLE_EQ(activation::LeakyRelu{0.5f}.gain(), 1.2649110640673518);
    EXPECT_DOUBLE_EQ(activation::Tanh().gain(), 5.0 / 3);
    EXPECT_DOUBLE_EQ(activation::Sigmoid().gain(), 1);
}

}  // namespace
}  // namespace inkling
