#include "nn/reference_network.h"

#include <gtest/gtest.h>

#include "fixtures.h"
#include "random_network.h"

namespace inkling {
namespace {

constexpr int kClasses = 47;
constexpr float kLabelSmoothing = 0.1f;

std::vector<float> rounded(const std::vector<double>& values) { return {values.begin(), values.end()}; }

/// Expects each tensor to be the reference's; one that is zero but for rounding is measured by the largest of all.
void expect_tensors(std::span<const float> block, const std::vector<TensorInfo>& infos,
                    const std::map<std::string, std::vector<double>>& expected, double tolerance) {
    double largest = 0;
    for (const auto& [name, values] : expected) largest = std::max(largest, largest_magnitude<double>(values));
    for (const TensorInfo& info : infos) {
        const std::vector<float> values = rounded(expected.at(info.name));
        const double own = largest_magnitude<float>(values);
        EXPECT_TRUE(
            close(block.subspan(info.offset, info.size), values, tolerance, own < 1e-6 * largest ? largest : own))
            << info.name;
    }
}

void expect_as_reference(const NetworkSpec& spec, int batch_size) {
    Network network = random_network(spec, kClasses, batch_size, Network::Mode::kTrain);
    set_input(network, random_values(network.input().size(), 1000));
    network.want_input_gradient(true);
    const auto labels = random_labels(batch_size, kClasses, 1000);
    const ReferenceResult expected = run_reference(network, labels, kLabelSmoothing);

    network.forward({.training = true});
    EXPECT_TRUE(close(network.logits(), rounded(expected.logits), 1e-5)) << "logits";
    EXPECT_NEAR(network.loss(labels, kLabelSmoothing).loss_sum, expected.loss_sum, 1e-5 * expected.loss_sum);
    network.backward();
    expect_tensors(network.gradients(), network.parameter_infos(), expected.gradients, 1e-5);
    expect_tensors(network.statistics(), network.statistics_infos(), expected.statistics, 1e-5);
    EXPECT_TRUE(close(network.input_gradient(), rounded(expected.input_gradient), 1e-5)) << "input gradient";
}

NetworkSpec network_of(Shape input, std::initializer_list<LayerSpec::Kind> kinds) {
    NetworkSpec spec{.input = input, .layers = {}};
    for (const LayerSpec::Kind& kind : kinds) spec.layers.push_back({kind});
    return spec;
}

// Smooth activations: at a kink, rounding alone would decide between two gradients.
const ActivationSpec kTanh{Activation::kTanh};
const ActivationSpec kGelu{Activation::kGelu};

class AgainstReference : public testing::TestWithParam<int> {};

TEST_P(AgainstReference, Mlp) {
    expect_as_reference(network_of({1, 28, 28}, {FlattenSpec{}, DenseSpec{256}, BatchNormSpec{}, kGelu, DropoutSpec{0},
                                                 DenseSpec{100, false}, BatchNormSpec{}, kTanh}),
                        GetParam());
}

TEST_P(AgainstReference, Cnn) {
    expect_as_reference(
        network_of({1, 28, 28}, {Conv2dSpec{.filters = 32}, BatchNormSpec{}, kTanh, AvgPool2dSpec{},
                                 Conv2dSpec{.filters = 20, .kernel = 5, .stride = 2, .padding = 2, .bias = false},
                                 BatchNormSpec{}, kGelu, FlattenSpec{}, DenseSpec{64}, kTanh}),
        GetParam());
}

TEST_P(AgainstReference, MaxPooledCnnOfSeveralChannels) {
    expect_as_reference(network_of({3, 15, 13}, {Conv2dSpec{.filters = 33, .kernel = 5, .padding = 2}, BatchNormSpec{},
                                                 ActivationSpec{Activation::kSilu}, MaxPool2dSpec{3, 2}}),
                        GetParam());
}

TEST_P(AgainstReference, ResidualNetwork) {
    const auto block = [](int filters, int stride) {
        return ResidualSpec{{{Conv2dSpec{.filters = filters, .stride = stride, .bias = false}},
                             {BatchNormSpec{}},
                             {ActivationSpec{Activation::kMish}},
                             {Conv2dSpec{.filters = filters, .bias = false}},
                             {BatchNormSpec{}}}};
    };
    expect_as_reference(network_of({1, 14, 14}, {Conv2dSpec{.filters = 16}, BatchNormSpec{}, kTanh, block(16, 1), kTanh,
                                                 block(24, 2), kTanh, GlobalAvgPoolSpec{}}),
                        GetParam());
}

INSTANTIATE_TEST_SUITE_P(BatchSize, AgainstReference, testing::Values(3, 17, 32));

}  // namespace
}  // namespace inkling
