#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "deploy/pad_network.h"
#include "deploy/pad_parts.h"
#include "deploy/random_model.h"
#include "refusal.h"

namespace inkling {
namespace {

/// Whether the page's script has a row of this name in one of its tables.
testing::AssertionResult is_run_by_the_page(const std::string& kind) {
    const std::string script(pad_parts().script);
    if (script.find("\n  " + kind + ": ") != std::string::npos || script.find("\n  " + kind + "(") != std::string::npos)
        return testing::AssertionSuccess();
    return testing::AssertionFailure() << "src/deploy/page/network.js has no " << kind;
}

TEST(EveryActivation, IsRunByThePage) {
    for_each_kind<Activation>([](const auto& kind) { EXPECT_TRUE(is_run_by_the_page(kind.kName)); });
}

/// A layer of a kind, as small as it can be.
template <class Kind>
LayerSpec::Kind small_layer() {
    Kind kind;
    for (const auto& key : keys_of<Kind>())
        if (const auto* const whole = std::get_if<int Kind::*>(&key.member))
            kind.** whole = std::string_view(key.name) == "padding" ? 0 : 2;
    if constexpr (std::is_same_v<Kind, ResidualSpec>) kind.body = {{kTanh}};
    return kind;
}

TEST(EveryLayer, IsRunByThePage) {
    for_each_kind<LayerSpec::Kind>([]<class Kind>(const Kind&) {
        NetworkSpec spec{.input = {1, 28, 28}, .layers = {}};
        if (std::is_same_v<Kind, DenseSpec>) spec.layers.push_back({FlattenSpec{}});
        spec.layers.push_back({small_layer<Kind>()});
        const nlohmann::ordered_json network = to_json({.model = random_model(spec, 2), .name = {}});
        for (const auto& layer : network["layers"]) EXPECT_TRUE(is_run_by_the_page(layer["kind"]));
    });
}

}  // namespace
}  // namespace inkling
