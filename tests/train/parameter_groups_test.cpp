#include "train/parameter_groups.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>

#include "documented.h"
#include "fixtures.h"
#include "kernels/reference/updates.h"
#include "refusal.h"
#include "train/optimizer.h"

namespace inkling {
namespace {

using nlohmann::json;

/// The fixture's network; section [optimizer] begins at line 4.
constexpr const char* kNetwork = R"(network.input = [2, 3, 3]
network.layers = [{ type = "conv2d", filters = 3 }, { type = "batch_norm" }]
[optimizer]
)";

Recipe parse(const std::string& optimizer, const std::vector<std::string>& overrides = {}) {
    return parse_recipe(kNetwork + optimizer, "a.toml", overrides);
}

std::string error_of(const std::string& optimizer, const std::vector<std::string>& overrides = {}) {
    return usage_refusal([&] { parse(optimizer, overrides); });
}

Network network_of(const Recipe& recipe) {
    return {recipe.network, /*classes=*/4, /*batch_size=*/1, Network::Mode::kTrain};
}

/// Calls visit(tensor, its values in the block).
void for_each_tensor(const Network& network, std::span<float> block,
                     const std::function<void(const TensorInfo&, std::span<float>)>& visit) {
    for (const TensorInfo& tensor : network.layout().parameters)
        visit(tensor, block.subspan(tensor.offset, tensor.size));
}

void set(const Network& network, std::span<float> block, const json& tensors) {
    for_each_tensor(network, block, [&](const TensorInfo& tensor, std::span<float> values) {
        std::ranges::copy(floats(tensors[tensor.name]), values.begin());
    });
}

/// Trains by each of a fixture's cases and compares what comes of it.
void expect_fixture(const std::string& name) {
    const json fixture = read_fixture(name);
    ASSERT_GT(fixture["cases"].size(), 3u);
    for (const json& settings : fixture["cases"]) {
        SCOPED_TRACE(settings["optimizer"].get<std::string>());
        const Recipe recipe = parse(settings["optimizer"]);
        Network network = network_of(recipe);
        Optimizer optimizer(recipe.training.optimizer, {}, network);
        set(network, network.parameters(), fixture["start"]);
        const std::vector<float> rates = floats(settings["learning_rates"]);
        for (std::size_t step = 0; step < rates.size(); ++step) {
            set(network, network.gradients(), fixture["gradients"][step]);
            optimizer.step(network, rates[step]);
        }
        for_each_tensor(network, network.parameters(), [&](const TensorInfo& tensor, std::span<float> values) {
            EXPECT_TRUE(close(values, floats(settings["after"][tensor.name]), 1e-5)) << tensor.name;
        });
    }
}

TEST(ParameterGroups, EqualPyTorchsOverSixSteps) { expect_fixture("parameter_groups.json"); }

// LAMB and LARS, of which PyTorch has neither, alone and in groups, by their papers' formulas in double precision.
TEST(TrustRatios, EqualTheirPapersOverSixSteps) { expect_fixture("trust_ratios.json"); }

/// Tensors that reference::update() steps on alone, in double precision.
struct ReferenceTensor {
    std::vector<double> values;
    std::vector<double> state;
};

// PyTorch has no lion, and one optimizer for all that it steps on.
TEST(ParameterGroups, EqualTheReferenceInDoublePrecision) {
    const Recipe recipe = parse(R"(kind = "muon"
weight_decay = 0.25
layer_decay = 0.5
groups = [
    { layers = ["output"], kind = "lion", learning_rate_factor = 0.25, weight_decay = 0.5 },
    { tensors = ["norm_bias"], kind = "sgd", learning_rate_factor = 8 },
])");
    const json fixture = read_fixture("parameter_groups.json");
    Network network = network_of(recipe);
    const RegularizationSpec regularization{.l1 = 0.02f, .l2 = 0.1f};
    Optimizer optimizer(recipe.training.optimizer, regularization, network);
    set(network, network.parameters(), fixture["start"]);
    std::map<std::string, ReferenceTensor> expected;
    for_each_tensor(network, network.parameters(), [&](const TensorInfo& tensor, std::span<float> values) {
        expected[tensor.name] = {{values.begin(), values.end()}, std::vector<double>(2 * values.size())};
    });
    const float rate = 0.125f;
    for (std::int64_t step = 1; step <= 6; ++step) {
        set(network, network.gradients(), fixture["gradients"][static_cast<std::size_t>(step - 1)]);
        optimizer.step(network, rate);
        for_each_tensor(network, network.gradients(), [&](const TensorInfo& tensor, std::span<float> values) {
            auto& [weights, state] = expected[tensor.name];
            const std::vector<double> gradients(values.begin(), values.end());
            const auto update = [&](const UpdateRule& rule, float l1, float l2, float decay_factor) {
                reference::update(
                    rule, {.l1 = l1, .l2 = l2, .decay_factor = decay_factor, .regularized = weights.size()}, weights,
                    gradients, std::span(state).first(static_cast<std::size_t>(slots(rule)) * weights.size()));
            };
            const LionRule lion{.learning_rate = rate / 4, .beta1 = 0.9f, .beta2 = 0.99f};
            const MatrixPlace filters{0, 3, 18};
            MuonRule muon = optimizer::Muon{}.rule(step, rate / 2);
            if (tensor.name == "3.weight") return update(lion, 0.02f, 0.1f, 1 - rate / 4 * 0.5f);
            if (tensor.name == "3.bias") return update(lion, 0, 0, 1 - rate / 4 * 0.5f);
            if (tensor.name == "1.bias") return update(SgdRule{.learning_rate = 4 * rate}, 0, 0, 1);
            if (tensor.name != "0.weight") return update(muon, 0, 0, 1);
            muon.matrices = {&filters, 1};
            update(muon, 0.02f, 0.1f, 1 - rate / 2 * 0.25f);
        });
    }
    for_each_tensor(network, network.parameters(), [&](const TensorInfo& tensor, std::span<float> values) {
        const std::vector<double>& weights = expected[tensor.name].values;
        EXPECT_TRUE(close(values, std::vector<float>(weights.begin(), weights.end()), 1e-5)) << tensor.name;
    });
}

TEST(ParameterGroups, OfRateOneAndNothingElseChangeNothing) {
    const json fixture = read_fixture("parameter_groups.json");
    const auto trained = [&](const std::string& groups) {
        const Recipe recipe = parse("kind = \"adamw\"\n" + groups);
        Network network = network_of(recipe);
        Optimizer optimizer(recipe.training.optimizer, {.l2 = 0.1f, .biases_and_norms = true}, network);
        set(network, network.parameters(), fixture["start"]);
        for (const json& gradients : fixture["gradients"]) {
            set(network, network.gradients(), gradients);
            optimizer.step(network, 0.01f);
        }
        return std::vector<float>(network.parameters().begin(), network.parameters().end());
    };
    EXPECT_EQ(trained("groups = [{ tensors = [\"bias\", \"filter\"] }]"), trained(""));
}

std::vector<std::string> parts_of(const Recipe& recipe) {
    const ParameterLayout layout = parameter_layout(recipe.network, 4);
    const OptimizerSpec& optimizer = recipe.training.optimizer;
    std::vector<std::string> lines;
    for (const ParameterPart& part : parameter_parts(layout, optimizer.groups, optimizer.layer_decay))
        lines.push_back(fmt::format("{} to {}, {}x{}{}", part.range.first, part.range.last,
                                    part.group == nullptr ? "" : "of a group, ", part.rate_factor,
                                    part.is_regularized ? ", regularized" : ""));
    return lines;
}

TEST(ParameterGroups, CoverTheWholeBlockInAsFewPartsAsTheyCan) {
    EXPECT_EQ(parts_of(parse("")), (std::vector<std::string>{"0 to 162, x1, regularized", "162 to 175, x1"}));
    EXPECT_EQ(parts_of(parse("groups = [{ tensors = [\"norm_bias\"], learning_rate_factor = 64 }]")),
              (std::vector<std::string>{"0 to 162, x1, regularized", "162 to 168, x1", "168 to 171, of a group, x64",
                                        "171 to 175, x1"}));
    EXPECT_EQ(parts_of(parse("layer_decay = 0.5")),
              (std::vector<std::string>{"0 to 54, x0.5, regularized", "54 to 162, x1, regularized", "162 to 171, x0.5",
                                        "171 to 175, x1"}));
}

TEST(LayerDecay, CountsAResidualBlockOnceAndLeavesNormsWithTheLayerBefore) {
    const Recipe recipe = parse_recipe(R"(
[network]
input = [2, 4, 4]
layers = [
    { type = "batch_norm" },
    { type = "conv2d", filters = 4, bias = false },
    { type = "batch_norm" },
    { type = "residual", layers = [{ type = "batch_norm" }, { type = "conv2d", filters = 4 }, { type = "conv2d", filters = 4 }] },
    { type = "relu" },
]
)",
                                       "a.toml");
    const ParameterLayout layout = parameter_layout(recipe.network, 3);
    std::map<std::string, double> factors;
    for (const ParameterPart& part : parameter_parts(layout, {}, 0.5f))
        for (const TensorInfo& tensor : layout.parameters)
            if (part.range.holds(tensor.offset)) factors[tensor.name] = part.rate_factor;
    EXPECT_EQ(factors["0.weight"], 0.25);
    EXPECT_EQ(factors["1.weight"], 0.25);
    EXPECT_EQ(factors["2.bias"], 0.25);
    EXPECT_EQ(factors["3.body.0.weight"], 0.5);
    EXPECT_EQ(factors["3.body.1.weight"], 0.5);
    EXPECT_EQ(factors["3.body.2.bias"], 0.5);
    EXPECT_EQ(factors["6.weight"], 1);
    EXPECT_EQ(factors["6.bias"], 1);
}

TEST(ParameterGroups, HoldWhatNoGroupBeforeHolds) {
    const Recipe recipe = parse(R"(groups = [
    { tensors = ["bias"], layers = ["output"], weight_decay = 0.5 },
    { tensors = ["bias", "norm_bias"], learning_rate_factor = 16 },
    { layers = ["0"], kind = "sgd" },
])");
    EXPECT_EQ(describe_groups(recipe.training.optimizer.groups, parameter_layout(recipe.network, 4)),
              (std::vector<std::string>{"bias of output: 1 tensors, 4 values, learning rate x 1, weight decay 0.5",
                                        "bias, norm_bias: 2 tensors, 6 values, learning rate x 16",
                                        "all of 0: 1 tensors, 54 values, learning rate x 1, sgd"}));
}

TEST(ParameterGroups, ThatHoldNothingAreRefused) {
    EXPECT_EQ(
        error_of("groups = [\n{ tensors = [\"bias\"] },\n{ tensors = [\"norm_bias\"], layers = [\"0\"] }]"),
        "a.toml:6: one of optimizer.groups holds nothing: the network has no such tensors in these layers; take it "
        "away, or name others");
    EXPECT_EQ(
        error_of("groups = [\n{ layers = [\"1\"] },\n{ tensors = [\"norm_bias\"] }]"),
        "a.toml:6: one of optimizer.groups holds nothing: groups before it hold all tensors that it names; take it "
        "away, or name others");
    EXPECT_EQ(error_of("groups = [{ learning_rate_factor = 2 }]"),
              "a.toml:4: one of optimizer.groups names neither tensors nor layers; set what is for all in [optimizer] "
              "itself");
}

TEST(ParameterGroups, NamesThatNobodyKnowsAreRefused) {
    EXPECT_EQ(error_of("[[optimizer.groups]]\ntensors = [\"norm_bais\"]"),
              "a.toml:5: optimizer.groups[0].tensors has one that is none of filter, matrix, bias, norm_weight, "
              "norm_bias; did you mean norm_bias?");
    EXPECT_EQ(
        error_of("groups = [{ layers = [\"outptu\"] }]"),
        "a.toml:4: optimizer.groups names the layer \"outptu\", but none that learns is called that; did you mean "
        "output?");
    EXPECT_EQ(
        error_of("groups = [{ layers = [\"2\"] }]"),
        "a.toml:4: optimizer.groups names the layer \"2\", but none that learns is called that; there are 0 to 3, "
        "and output");
    EXPECT_EQ(error_of("groups = [{ layers = [\"0\"], learning_rate_facter = 3 }]"),
              "a.toml:4: unknown key optimizer.groups[0].learning_rate_facter; did you mean learning_rate_factor?");
    EXPECT_EQ(error_of("groups = [{ layers = [\"0\"], learning_rate = 3 }]"),
              "a.toml:4: optimizer.groups[0].learning_rate is for all parameters, in [optimizer]; a group has "
              "learning_rate_factor");
}

TEST(ParameterGroups, RatesAndRulesThatDoNotDoAreRefused) {
    EXPECT_EQ(error_of("groups = [{ layers = [\"0\"], learning_rate_factor = 0 }]"),
              "a.toml:4: optimizer.groups[0].learning_rate_factor is 0, expected a number, more than 0 to 10000");
    EXPECT_EQ(error_of("groups = [{ layers = [\"0\"], momentum = 0.9 }]"),
              "a.toml:4: optimizer.groups[0].momentum belongs to a kind, which this group lacks; give it one");
    EXPECT_EQ(
        error_of("groups = [{ layers = [\"0\"], kind = \"sgd\", betas = [0.9, 0.9] }]"),
        "a.toml:4: optimizer.groups[0].betas is not for sgd, only for adam, adamw, nadam, lion, radam, muon, lamb");
    EXPECT_EQ(error_of("groups = [{ layers = [\"0\"], kind = \"asgd\" }]"),
              "a.toml:4: optimizer.groups[0].kind cannot be asgd, whose average is of all parameters; set "
              "optimizer.kind");
    EXPECT_EQ(
        error_of("groups = [{ layers = [\"0\"], kind = \"sgd\" }]\nkind = \"asgd\""),
        "a.toml:5: optimizer.kind cannot be asgd, whose average is of all parameters, beside groups of other kinds");
}

TEST(ParameterGroups, AreWrittenAsTheyAreRead) {
    const Recipe recipe = parse(R"(layer_decay = 0.75
groups = [
    { tensors = ["norm_bias", "bias"], learning_rate_factor = 64.5 },
    { layers = ["output", "0"], weight_decay = 0, kind = "sgd", momentum = 0.9 },
])");
    const std::string written = to_toml(recipe);
    EXPECT_TRUE(contains(written, R"(
layer_decay = 0.75
)"));
    EXPECT_TRUE(contains(written, R"(
groups = [
    { tensors = ["norm_bias", "bias"], learning_rate_factor = 64.5 },
    { layers = ["output", "0"], learning_rate_factor = 1, weight_decay = 0, kind = "sgd", momentum = 0.9, dampening = 0, nesterov = false },
]
)"));
    EXPECT_EQ(to_toml(parse_recipe(written, "b.toml")), written);
}

TEST(ParameterGroups, AreSetAsAWhole) {
    const std::string set = "optimizer.groups=[{tensors=[\"norm_bias\"], learning_rate_factor=16}]";
    const std::vector<ParameterGroup> groups =
        parse("groups = [{ layers = [\"0\"] }, { layers = [\"1\"] }]", {set}).training.optimizer.groups;
    ASSERT_EQ(groups.size(), 1u);
    EXPECT_EQ(groups[0].learning_rate_factor, 16);
    const std::string wrong = "optimizer.groups=[{tensors=[\"norm_bias\"], learning_rate_factor=-1}]";
    EXPECT_EQ(error_of("", {wrong}), "--set " + wrong +
                                         ": optimizer.groups[0].learning_rate_factor is -1, expected a number, more "
                                         "than 0 to 10000");
}

TEST(ParameterGroups, HaveEveryKeyDocumented) {
    for (const std::string& key : group_keys()) EXPECT_GE(documented_row("optimizer", key).size(), 3u) << key;
}

}  // namespace
}  // namespace inkling
