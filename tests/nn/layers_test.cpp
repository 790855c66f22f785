#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>

#include "network_fixtures.h"
#include "random_network.h"

namespace inkling {
namespace {

constexpr int kClasses = 3;
constexpr double kTolerance = 1e-5;

const nlohmann::json& cases() {
    static const nlohmann::json fixture = read_fixture("layers.json");
    return fixture.at("cases");
}

class Layers : public testing::TestWithParam<std::size_t> {
  protected:
    const nlohmann::json& fixture() const { return cases().at(GetParam()); }
};

TEST_P(Layers, GivePyTorchsLogitsLossAndGradients) {
    Network network = fixture_network(fixture(), kClasses, Network::Mode::kTrain);
    const auto labels = fixture().at("labels").get<std::vector<std::int32_t>>();
    const std::vector<float> logits = floats(fixture().at("logits"));
    set_input(network, floats(fixture().at("input")));
    network.want_input_gradient(true);

    network.forward({.training = true, .seed = 1});
    EXPECT_TRUE(close(network.logits(), logits, kTolerance)) << "logits";

    const LossResult result = network.loss(labels, {.label_smoothing = fixture().at("label_smoothing")});
    const double loss = fixture().at("loss");
    EXPECT_NEAR(result.loss_sum / static_cast<double>(labels.size()), loss, kTolerance * loss);
    int correct = 0;
    for (std::size_t i = 0; i < labels.size(); ++i) {
        const auto sample = logits.begin() + static_cast<std::ptrdiff_t>(i) * kClasses;
        correct += std::max_element(sample, sample + kClasses) - sample == labels[i];
    }
    EXPECT_EQ(result.correct, correct);

    network.backward();
    expect_close_tensors(network.gradients(), network.layout().parameters, fixture().at("gradients"), kTolerance);
    EXPECT_TRUE(close(network.input_gradient(), floats(fixture().at("input_gradient")), kTolerance))
        << "input gradient";
    expect_close_tensors(network.statistics(), network.layout().statistics, fixture().at("statistics_after"),
                         kTolerance);
}

TEST_P(Layers, InferAsPyTorchWithTheStatisticsThatTrainingLeft) {
    Network trained = fixture_network(fixture(), kClasses, Network::Mode::kTrain);
    const std::vector<float> input = floats(fixture().at("input"));
    const std::vector<float> expected = floats(fixture().at("inference_logits"));
    set_input(trained, input);
    trained.forward({.training = true, .seed = 1});
    trained.forward({});
    EXPECT_TRUE(close(trained.logits(), expected, kTolerance)) << "in a network made for training";

    Network infers = fixture_network(fixture(), kClasses, Network::Mode::kInfer);
    std::copy(trained.statistics().begin(), trained.statistics().end(), infers.statistics().begin());
    infers.parameters_changed();
    set_input(infers, input);
    infers.forward({});
    EXPECT_TRUE(close(infers.logits(), expected, kTolerance)) << "in a network made to infer";
}

std::string case_name(const testing::TestParamInfo<std::size_t>& info) {
    std::string name = cases().at(info.param).at("name");
    for (char& letter : name)
        if (std::isalnum(static_cast<unsigned char>(letter)) == 0) letter = '_';
    return name;
}

INSTANTIATE_TEST_SUITE_P(, Layers, testing::Range(std::size_t{0}, cases().size()), case_name);

}  // namespace
}  // namespace inkling
