#include "train/optimizer.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/error.h"
#include "documented.h"
#include "fixtures.h"
#include "kernels/reference/updates.h"
#include "kind_fixtures.h"

namespace inkling {
namespace {

/// 37 parameters, of which 24 stand in matrices, as in the fixture.
Network small_network() {
    NetworkSpec spec{.input = {12, 1, 1}, .layers = {}};
    spec.layers.push_back({.kind = DenseSpec{.units = 1}});
    return {spec, /*classes=*/12, /*batch_size=*/1, Network::Mode::kTrain};
}

Network network_with(std::span<const float> parameters) {
    Network network = small_network();
    std::ranges::copy(parameters, network.parameters().begin());
    return network;
}

void step(Optimizer& optimizer, Network& network, const nlohmann::json& gradients, float rate, float max_norm = 0) {
    std::ranges::copy(floats(gradients), network.gradients().begin());
    optimizer.step(network, rate, max_norm > 0 ? clip_factor(network.gradient_norm(), max_norm) : 1);
}

using nlohmann::json;

OptimizerSpec optimizer_spec(const json& settings) {
    return {.kind = fixture_kind<OptimizerKind>(settings["optimizer"], settings),
            .weight_decay = settings.value("weight_decay", 0.0f)};
}

/// Each kind with its defaults, and what keeps more state than that.
std::vector<OptimizerKind> all_kinds() {
    std::vector<OptimizerKind> kinds{optimizer::Sgd{.momentum = 0.9f}, optimizer::Adam{.amsgrad = true},
                                     optimizer::Rmsprop{.momentum = 0.9f, .centered = true}};
    for_each_kind<OptimizerKind>([&](const auto& kind) { kinds.emplace_back(kind); });
    return kinds;
}

RegularizationSpec regularization_spec(const json& settings) {
    return {.l1 = settings.value("l1", 0.0f),
            .l2 = settings.value("l2", 0.0f),
            .biases_and_norms = settings.value("biases_and_norms", false)};
}

TEST(Optimizer, EqualsPyTorchOver25Steps) {
    const json fixture = read_fixture("optimizers.json");
    ASSERT_EQ(small_network().layout().regularized_count, fixture["regularized"]);
    for (const json& settings : fixture["cases"]) {
        SCOPED_TRACE(settings.dump().substr(0, 120));
        Network network = network_with(floats(fixture["parameters"]));
        Optimizer optimizer(optimizer_spec(settings), regularization_spec(settings), network);
        const std::vector<float> rates = floats(settings["learning_rates"]);
        for (std::size_t step = 0; step < rates.size(); ++step) {
            inkling::step(optimizer, network, fixture["gradients"][step], rates[step],
                          settings.value("max_norm", 0.0f));
            const json expected = settings["after"].value(std::to_string(step + 1), json());
            if (expected.is_null()) continue;
            EXPECT_TRUE(close(network.parameters(), floats(expected), 1e-5)) << "step " << step + 1;
        }
        if (!settings.contains("average")) continue;
        EXPECT_TRUE(close(network.optimizer_state(), floats(settings["average"]), 1e-5));
    }
}

TEST(EveryOptimizer, IsComparedWithPyTorchWhereThatHasIt) {
    std::vector<std::string> names;
    const json fixture = read_fixture("optimizers.json");
    for (const json& settings : fixture["cases"]) names.push_back(settings["optimizer"]);
    EXPECT_EQ(kinds_missing_in<OptimizerKind>(names), (std::vector<std::string>{"lion", "muon", "lamb", "lars"}));
}

TEST(EveryOptimizer, IsDocumented) { expect_documented<OptimizerKind>("optimizer", "kind"); }

TEST(EveryOptimizer, HasItsUsualRateAndDecayDocumented) {
    for_each_kind<OptimizerKind>([](const auto& kind) {
        const std::string rate = default_for(documented_row("optimizer", "learning_rate").at(1), kind.kName);
        const std::string decay = default_for(documented_row("optimizer", "weight_decay").at(1), kind.kName);
        EXPECT_EQ(numbers_in(rate), std::vector<float>{kind.kLearningRate}) << kind.kName;
        EXPECT_EQ(numbers_in(decay), std::vector<float>{kind.kWeightDecay}) << kind.kName;
    });
}

TEST(Optimizer, LionEqualsItsPapersFormula) {
    const json fixture = read_fixture("optimizers.json");
    Network network = network_with(floats(fixture["parameters"]));
    std::vector<double> expected(network.parameters().begin(), network.parameters().end());
    std::vector<double> state(expected.size());
    const float rate = 0.01f, weight_decay = 0.5f;
    const OptimizerSpec spec{.kind = optimizer::Lion{}, .weight_decay = weight_decay};
    Optimizer optimizer(spec, {}, network);
    for (const json& values : fixture["gradients"]) {
        step(optimizer, network, values, rate);
        const std::vector<float> gradients = floats(values);
        reference::update(LionRule{.learning_rate = rate, .beta1 = 0.9f, .beta2 = 0.99f},
                          {.decay_factor = 1 - rate * weight_decay, .regularized = network.layout().regularized_count},
                          expected, std::vector<double>(gradients.begin(), gradients.end()), state);
    }
    EXPECT_TRUE(close(network.parameters(), std::vector<float>(expected.begin(), expected.end()), 1e-5));
}

/// Hidden layers' matrices as in the fixture: one wider than high, one higher than wide.
Network network_of_matrices() {
    NetworkSpec spec{.input = {6, 1, 1}, .layers = {}};
    spec.layers.push_back({.kind = DenseSpec{.units = 4}});
    spec.layers.push_back({.kind = DenseSpec{.units = 9}});
    return {spec, /*classes=*/3, /*batch_size=*/1, Network::Mode::kTrain};
}

const TensorInfo& matrix_of(const Network& network, std::size_t layer) {
    return *std::ranges::find(network.layout().parameters, fmt::format("{}.weight", layer), &TensorInfo::name);
}

std::span<float> values_of(std::span<float> block, const TensorInfo& tensor) {
    return block.subspan(tensor.offset, tensor.size);
}

// PyTorch's makes matrices orthonormal in bfloat16; the fixture in double precision.
TEST(Optimizer, MuonEqualsPyTorchOnMatricesAndIsAdamwOnAllElse) {
    const json fixture = read_fixture("muon.json");
    const float rate = fixture["learning_rate"];
    for (const json& settings : fixture["cases"]) {
        Network network = network_of_matrices();
        Network by_adamw = network_of_matrices();
        optimizer::Muon muon = std::get<optimizer::Muon>(fixture_kind<OptimizerKind>("muon", settings));
        muon.others_factor = 0.5f;
        const float decay = settings["weight_decay"];
        Optimizer optimizer({.kind = muon, .weight_decay = decay}, {}, network);
        Optimizer adamw({.kind = optimizer::Adamw{}}, {}, by_adamw);
        for (std::size_t layer : {0, 1})
            std::ranges::copy(floats(settings["start"][layer]),
                              values_of(network.parameters(), matrix_of(network, layer)).begin());
        for (const json& gradients : settings["gradients"]) {
            for (Network* each : {&network, &by_adamw}) std::ranges::fill(each->gradients(), 0.25f);
            for (std::size_t layer : {0, 1})
                std::ranges::copy(floats(gradients[layer]),
                                  values_of(network.gradients(), matrix_of(network, layer)).begin());
            optimizer.step(network, rate);
            adamw.step(by_adamw, 0.5f * rate);
        }
        for (std::size_t layer : {0, 1})
            EXPECT_TRUE(close(values_of(network.parameters(), matrix_of(network, layer)),
                              floats(settings["after"][layer]), 1e-5));
        for (const TensorInfo& tensor : network.layout().parameters) {
            if (tensor.kind != TensorKind::kBias) continue;
            const std::span<float> expected = values_of(by_adamw.parameters(), tensor);
            EXPECT_TRUE(close(values_of(network.parameters(), tensor), {expected.begin(), expected.end()}, 1e-6));
        }
    }
}

/// After a step of gradients of 1 at a rate of 1/8, on weights of 0.5 but for the first matrix, which is zero: by how
/// much each tensor's length moved.
std::map<std::string, double> moves_of(const OptimizerKind& kind) {
    Network network = network_of_matrices();
    std::ranges::fill(network.parameters(), 0.5f);
    std::ranges::fill(values_of(network.parameters(), matrix_of(network, 0)), 0.0f);
    const std::vector<float> before(network.parameters().begin(), network.parameters().end());
    Optimizer optimizer({.kind = kind}, {}, network);
    std::ranges::fill(network.gradients(), 1.0f);
    optimizer.step(network, 0.125f);
    std::map<std::string, double> moves;
    for (const TensorInfo& tensor : network.layout().parameters) {
        double square = 0;
        for (std::size_t i = tensor.offset; i < tensor.offset + tensor.size; ++i)
            square += std::pow(double{network.parameters()[i]} - before[i], 2);
        moves[tensor.name] = std::sqrt(square);
    }
    return moves;
}

TEST(Optimizer, LambMovesMatricesByTheirOwnLengthAndAllElseAsAdamDoes) {
    const std::map<std::string, double> moves = moves_of(optimizer::Lamb{});
    EXPECT_NEAR(moves.at("1.weight"), 0.125 * 0.5 * std::sqrt(36), 1e-6);
    EXPECT_NEAR(moves.at("2.weight"), 0.125 * 0.5 * std::sqrt(27), 1e-6);  // the output layer's
    // Adam's first step is the rate in each weight.
    EXPECT_NEAR(moves.at("0.weight"), 0.125 * std::sqrt(24), 1e-6);
    EXPECT_NEAR(moves.at("1.bias"), 0.125 * std::sqrt(9), 1e-6);
}

TEST(Optimizer, LarsMovesMatricesByTheTrustCoefficientOfTheirOwnLengthAndAllElseAsSgdDoes) {
    const std::map<std::string, double> moves = moves_of(optimizer::Lars{.trust_coefficient = 0.25f});
    EXPECT_NEAR(moves.at("1.weight"), 0.125 * 0.25 * 0.5 * std::sqrt(36), 1e-6);
    EXPECT_NEAR(moves.at("2.weight"), 0.125 * 0.25 * 0.5 * std::sqrt(27), 1e-6);
    EXPECT_NEAR(moves.at("0.weight"), 0.125 * std::sqrt(24), 1e-6);
    EXPECT_NEAR(moves.at("1.bias"), 0.125 * std::sqrt(9), 1e-6);
}

TEST(Optimizer, GoesOnExactlyFromSavedState) {
    const json fixture = read_fixture("optimizers.json");
    for (const OptimizerKind& kind : all_kinds()) {
        const OptimizerSpec spec{.kind = kind};
        Network unbroken = network_with(floats(fixture["parameters"]));
        Optimizer first(spec, {}, unbroken);
        const auto steps = [&](Optimizer& optimizer, Network& network, std::size_t begin) {
            for (std::size_t i = begin; i < begin + 10; ++i) step(optimizer, network, fixture["gradients"][i], 0.01f);
        };
        steps(first, unbroken, 0);
        Network resumed = network_with(unbroken.parameters());
        Optimizer second(spec, {}, resumed);
        std::ranges::copy(unbroken.optimizer_state(), resumed.optimizer_state().begin());
        std::ranges::copy(first.scalars(), second.scalars().begin());
        second.restore_steps(first.steps());
        EXPECT_EQ(second.steps(), 10);
        steps(first, unbroken, 10);
        steps(second, resumed, 10);
        EXPECT_TRUE(std::ranges::equal(unbroken.parameters(), resumed.parameters())) << name_of(kind);
    }
}

TEST(Optimizer, RefusesANetworkWithoutRoomForItsState) {
    Network network = small_network();
    Optimizer optimizer({.kind = optimizer::Adam{}}, {}, network);
    Network other = small_network();
    EXPECT_THROW(optimizer.step(other, 0.1f), Error);
}

TEST(ClipFactor, LeavesGradientsUpToTheNormAndShortensLongerOnes) {
    Network network = small_network();
    network.gradients()[0] = 3;
    network.gradients()[36] = -4;
    EXPECT_EQ(network.gradient_norm(), 5);
    EXPECT_EQ(clip_factor(5, 10), 1);
    EXPECT_EQ(clip_factor(5, 1), static_cast<float>(1 / (5 + 1e-6)));
    EXPECT_TRUE(std::isnan(clip_factor(NAN, 1)));
}

TEST(Optimizer, AveragesTheWeightsOfAsgdFromT0On) {
    const OptimizerSpec spec{.kind = optimizer::Asgd{.t0 = 2}};
    Network network = small_network();
    Optimizer optimizer(spec, {}, network);
    std::vector<double> sum(network.parameters().size());
    for (int step = 1; step <= 6; ++step) {
        std::ranges::fill(network.gradients(), static_cast<float>(step));
        optimizer.step(network, 0.1f);
        EXPECT_EQ(optimizer.average(network).empty(), step <= 2) << step;
        // PyTorch's weight of a step is 1 / max(1, steps before it - t0).
        for (std::size_t i = 0; step >= 4 && i < sum.size(); ++i) sum[i] += network.parameters()[i];
    }
    ASSERT_EQ(optimizer.average(network).size(), sum.size());
    for (std::size_t i = 0; i < sum.size(); ++i) EXPECT_NEAR(optimizer.average(network)[i], sum[i] / 3, 1e-5);
}

TEST(Optimizer, HasNoAverageOfOtherKinds) {
    Network network = small_network();
    Optimizer optimizer({.kind = optimizer::Adam{}}, {}, network);
    std::ranges::fill(network.gradients(), 1.0f);
    optimizer.step(network, 0.1f);
    EXPECT_TRUE(optimizer.average(network).empty());
}

}  // namespace
}  // namespace inkling
