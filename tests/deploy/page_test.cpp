#include "deploy/page.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "core/files.h"
#include "deploy/random_model.h"
#include "refusal.h"
#include "temporary_folder.h"

namespace inkling {
namespace {

using nlohmann::ordered_json;

const NetworkSpec kSmall = network_of({1, 28, 28}, {FlattenSpec{}, DenseSpec{.units = 4}, kTanh});

std::size_t times(const std::string& text, const std::string& part) {
    std::size_t count = 0;
    for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
    return count;
}

class Page : public testing::Test {
  protected:
    std::string text_of(std::span<const PadNetwork> networks) const {
        save_page(folder / "page.html", networks);
        return read_text(folder / "page.html");
    }

    std::string text_of(const Model& model, WeightFormat format = WeightFormat::kInt8) const {
        const PadNetwork network{.model = model, .name = {}, .format = format};
        return text_of({&network, 1});
    }

    TemporaryFolder folder;
};

ordered_json networks_of(const std::string& page) {
    const std::string begin = "<script id=\"pad-networks\" type=\"application/json\">";
    const std::size_t at = page.find(begin) + begin.size();
    return ordered_json::parse(page.substr(at, page.find("</script>", at) - at));
}

std::vector<std::string> kinds_of(const ordered_json& layers) {
    std::vector<std::string> kinds;
    for (const auto& layer : layers) kinds.push_back(layer.at("kind"));
    return kinds;
}

TEST_F(Page, CannotBeLeftByWhatNamesSay) {
    const std::string name = "</script><script>alert(1)</script><!-- <img src=x onerror=alert(1)> {{style}}";
    Model model = random_model(kSmall, 3);
    const std::string plain = text_of(model);
    model.recipe.name = model.split = model.class_names[1] = name;
    const std::string page = text_of(model);
    for (const char* markup : {"<script", "</script", "<!--", "<img"})
        EXPECT_EQ(times(page, markup), times(plain, markup)) << markup;
    const ordered_json network = networks_of(page).at(0);
    EXPECT_EQ(network["name"], name);
    EXPECT_EQ(network["split"], name);
    EXPECT_EQ(network["classes"][1], name);
}

TEST_F(Page, AllowsNoScriptButItsOwnAndNoNetwork) {
    const std::string page = text_of(random_model(kSmall, 3));
    const std::size_t at = page.find("content=\"default-src 'none'");
    ASSERT_NE(at, std::string::npos);
    const std::string policy = page.substr(at, page.find('>', at) - at);
    EXPECT_EQ(times(policy, "'sha256-"), 2u);
    EXPECT_EQ(times(policy, "script-src 'sha256-"), 1u);
    EXPECT_EQ(times(policy, "connect-src"), 0u);
    EXPECT_EQ(times(page, "http"), times(page, "http-equiv"));
    EXPECT_EQ(times(page, "<link"), 0u);
    EXPECT_EQ(times(page, "{{"), 0u);
}

TEST_F(Page, CarriesWhatAModelKnows) {
    Model model = random_model(kSmall, 3);
    model.temperature = 1.5;
    model.sets = {{0.95, 0.25}};
    const PadNetwork networks[] = {{.model = model, .name = "first", .accuracy = 0.875}, {.model = model, .name = {}}};
    const ordered_json json = networks_of(text_of(networks));
    ASSERT_EQ(json.size(), 2u);
    EXPECT_EQ(json[0]["name"], "first");
    EXPECT_EQ(json[1]["name"], "random");
    EXPECT_EQ(json[0]["accuracy"], 0.875);
    EXPECT_TRUE(json[1]["accuracy"].is_null());
    EXPECT_EQ(json[0]["calibrated"], true);
    EXPECT_EQ(json[0]["sets"], ordered_json::parse(R"([{"coverage": 0.95, "least_probability": 0.25}])"));
    EXPECT_EQ(json[0]["classes"], (std::vector<std::string>{"0", "1", "2"}));
    EXPECT_EQ(json[0]["bits"], 8);
}

TEST_F(Page, HasTheLayersThatATrainedNetworkNeeds) {
    const NetworkSpec spec =
        network_of({1, 28, 28}, {BatchNormSpec{}, Conv2dSpec{.filters = 4}, BatchNormSpec{}, BatchNormSpec{},
                                 ActivationSpec{activation::Elu{0.5f}}, DropoutSpec{}, FlattenSpec{}});
    const ordered_json layers = networks_of(text_of(random_model(spec, 3))).at(0)["layers"];
    EXPECT_EQ(kinds_of(layers), (std::vector<std::string>{"scale_shift", "conv2d", "scale_shift", "elu", "dense"}));
    EXPECT_EQ(layers[3]["alpha"], 0.5);
    EXPECT_EQ(layers[4]["input"], ordered_json::parse("[3136, 1, 1]"));
    EXPECT_EQ(layers[4]["output"], ordered_json::parse("[3, 1, 1]"));
}

TEST_F(Page, IsSmall) {
    std::vector<PadNetwork> networks;
    for (const char* name : {"baseline-mlp.toml", "cnn.toml"})
        networks.push_back(
            {.model = random_model(read_recipe(std::string(INKLING_RECIPES "/") + name).network, 47), .name = name});
    for (const PadNetwork& network : networks) EXPECT_LT(text_of({&network, 1}).size(), 900'000u) << network.name;
}

TEST_F(Page, RefusesNetworksThatReadOtherImages) {
    const Model model = random_model(network_of({3, 32, 32}, {FlattenSpec{}}), 3);
    EXPECT_TRUE(
        contains(data_refusal([&] { text_of(model); }), "random: it reads images of 3x32x32, expected 1x28x28"));
}

TEST_F(Page, SaysWhereItCannotBeWritten) {
    const PadNetwork network{.model = random_model(kSmall, 3), .name = {}};
    EXPECT_TRUE(contains(refusal_with(ExitStatus::kFailed,
                                      [&] {
                                          save_page(folder / "none" / "page.html", {&network, 1});
                                      }),
                         "none/page.html"));
}

}  // namespace
}  // namespace inkling
