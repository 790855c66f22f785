#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "documented.h"
#include "fixtures.h"
#include "kind_fixtures.h"
#include "nn/network.h"
#include "nn/spec_toml.h"
#include "refusal.h"

namespace inkling {
namespace {

NetworkSpec read(const std::string& toml) {
    Config network = Config::parse(toml, "a.toml").table("network");
    return read_network(network);
}

/// A network of one layer of the kind, with 2 for every whole number and 0.25 for every other; behind a flatten where
/// it needs one.
template <class Kind>
std::string network_of_one() {
    std::string keys = fmt::format("type = \"{}\"", Kind::kName);
    if (std::is_same_v<Kind, ActivationSpec>) keys += ", kind = \"elu\", alpha = 0.25";
    if (std::is_same_v<Kind, ResidualSpec>) keys += ", layers = [{type = \"conv2d\", filters = 2}]";
    for (const auto& key : keys_of<Kind>()) {
        if (std::holds_alternative<int Kind::*>(key.member))
            keys += fmt::format(", {} = {}", key.name, std::string_view(key.name) == "padding" ? 1 : 2);
        else if (std::holds_alternative<float Kind::*>(key.member))
            keys += fmt::format(", {} = 0.25", key.name);
    }
    const char* const before = std::is_same_v<Kind, DenseSpec> ? "{type = \"flatten\"}, " : "";
    return fmt::format("[network]\ninput = [2, 6, 6]\nlayers = [{}{{{}}}]\n", before, keys);
}

void collect_types(const nlohmann::json& layers, std::vector<std::string>& types) {
    for (const auto& layer : layers) {
        types.push_back(layer.at("type"));
        if (layer.contains("body")) collect_types(layer.at("body"), types);
    }
}

TEST(EveryLayer, IsComparedWithPyTorch) {
    std::vector<std::string> types;
    const nlohmann::json fixture = read_fixture("layers.json");
    for (const auto& layers : fixture.at("cases")) collect_types(layers.at("layers"), types);
    types.emplace_back(ActivationSpec::kName);  // a fixture has their own names
    EXPECT_EQ(kinds_missing_in<LayerSpec::Kind>(types), std::vector<std::string>{});
}

TEST(EveryLayer, ReadsBackFromToml) {
    for_each_kind<LayerSpec::Kind>([]<class Kind>(const Kind&) {
        const NetworkSpec spec = read(network_of_one<Kind>());
        const NetworkSpec again = read(to_toml(spec));
        EXPECT_EQ(to_toml(again), to_toml(spec));
        ASSERT_TRUE(std::holds_alternative<Kind>(again.layers.back().kind)) << Kind::kName;
        const Kind& kind = std::get<Kind>(again.layers.back().kind);
        for (const auto& key : keys_of<Kind>()) {
            const std::string value = value_text(key, kind);
            EXPECT_TRUE(value == "2" || value == "0.25" || value == "1" || value == "true") << key.name << " " << value;
        }
    });
}

TEST(EveryLayer, IsDocumentedWithItsKeys) {
    for_each_kind<LayerSpec::Kind>([]<class Kind>(const Kind& kind) {
        const std::string row = documented_layer(Kind::kName);
        for (const auto& key : keys_of<Kind>()) {
            const std::size_t begin = row.find(fmt::format("`{}`: ", key.name));
            ASSERT_NE(begin, std::string::npos) << Kind::kName << " " << key.name;
            const std::string entry = row.substr(begin, row.find_first_of(";|", begin) - begin);
            std::vector<float> expected = numbers_in(key.range.text());
            if (std::holds_alternative<bool Kind::*>(key.member)) expected.clear();
            // Some depend on another key: "0 to less than the kernel, half the kernel".
            if (entry.find("kernel,") != std::string::npos || entry.ends_with("the kernel ")) continue;
            if (!key.required)
                for (const float number : numbers_in(value_text(key, kind))) expected.push_back(number);
            EXPECT_EQ(numbers_in(entry), expected) << Kind::kName << " " << entry;
        }
    });
}

TEST(EveryLayer, ChecksItsParametersWhereNoRecipeDid) {
    for_each_kind<LayerSpec::Kind>([]<class Kind>(const Kind&) {
        const NetworkSpec spec = read(network_of_one<Kind>());
        for (const auto& key : keys_of<Kind>()) {
            Kind kind = std::get<Kind>(spec.layers.back().kind);
            if (const auto* const whole = std::get_if<int Kind::*>(&key.member))
                kind.** whole = -1;
            else if (const auto* const real = std::get_if<float Kind::*>(&key.member))
                kind.** real = -1;
            else
                continue;
            const std::string refusal = usage_refusal([&] { output_shape({kind, ""}, {2, 6, 6}); });
            EXPECT_EQ(refusal.rfind(fmt::format("{} is -1, expected ", key.name), 0), 0u) << refusal;
        }
    });
}

TEST(EveryLayer, BeginsWithWeightsThatAreNotAllZero) {
    for_each_kind<LayerSpec::Kind>([]<class Kind>(const Kind&) {
        Network network(read(network_of_one<Kind>()), 2, 2, Network::Mode::kInfer);
        initialize(network, 1);
        for (const TensorInfo& tensor : network.layout().parameters) {
            if (tensor.kind == TensorKind::kBias || tensor.kind == TensorKind::kNormBias) continue;
            const auto values = network.parameters().subspan(tensor.offset, tensor.size);
            EXPECT_GT(largest_magnitude<float>(values), 0) << Kind::kName << " " << tensor.name;
        }
    });
}

}  // namespace
}  // namespace inkling
