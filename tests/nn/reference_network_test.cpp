#include "nn/reference_network.h"

#include <gtest/gtest.h>

#include <array>

#include "fixtures.h"
#include "random_network.h"

namespace inkling {
namespace {

constexpr int kClasses = 47;
constexpr float kLabelSmoothing = 0.1f;

std::vector<float> rounded(const std::vector<double>& values) { return {values.begin(), values.end()}; }

/// Expects each tensor to be the reference's. One that batch norm makes all but vanish is measured by the largest of
/// all.
void expect_tensors(std::span<const float> block, const std::vector<TensorInfo>& infos,
                    const std::map<std::string, std::vector<double>>& expected, double tolerance) {
    double largest = 0;
    for (const auto& [name, values] : expected) largest = std::max(largest, largest_magnitude<double>(values));
    for (const TensorInfo& info : infos) {
        const std::vector<float> values = rounded(expected.at(info.name));
        const double own = largest_magnitude<float>(values);
        EXPECT_TRUE(
            close(block.subspan(info.offset, info.size), values, tolerance, own < 1e-3 * largest ? largest : own))
            << info.name;
    }
}

void expect_as_reference(const NetworkSpec& spec, int batch_size, double tolerance = 1e-5) {
    Network network = random_network(spec, kClasses, batch_size, Network::Mode::kTrain);
    set_input(network, random_values(network.input().size(), 1000));
    network.want_input_gradient(true);
    const auto labels = random_labels(batch_size, kClasses, 1000);
    const ReferenceResult expected = run_reference(network, labels, {.label_smoothing = kLabelSmoothing});

    network.forward({.training = true});
    EXPECT_TRUE(close(network.logits(), rounded(expected.logits), tolerance)) << "logits";
    EXPECT_NEAR(network.loss(labels, {.label_smoothing = kLabelSmoothing}).loss_sum, expected.loss_sum,
                tolerance * expected.loss_sum);
    network.backward();
    expect_tensors(network.gradients(), network.layout().parameters, expected.gradients, tolerance);
    expect_tensors(network.statistics(), network.layout().statistics, expected.statistics, tolerance);
    EXPECT_TRUE(close(network.input_gradient(), rounded(expected.input_gradient), tolerance)) << "input gradient";
}

class LargeNetwork : public testing::TestWithParam<int> {};

TEST_P(LargeNetwork, MlpIsTheReferences) {
    expect_as_reference(network_of({1, 28, 28}, {FlattenSpec{}, DenseSpec{256}, BatchNormSpec{}, kGelu, DropoutSpec{0},
                                                 DenseSpec{100, false}, BatchNormSpec{}, kTanh}),
                        GetParam());
}

TEST_P(LargeNetwork, CnnIsTheReferences) {
    expect_as_reference(
        network_of({1, 28, 28}, {Conv2dSpec{.filters = 32}, BatchNormSpec{}, kTanh, AvgPool2dSpec{},
                                 Conv2dSpec{.filters = 20, .kernel = 5, .stride = 2, .padding = 2, .bias = false},
                                 BatchNormSpec{}, kGelu, FlattenSpec{}, DenseSpec{64}, kTanh}),
        GetParam());
}

TEST_P(LargeNetwork, MaxPooledCnnOfSeveralChannelsIsTheReferences) {
    expect_as_reference(network_of({3, 15, 13}, {Conv2dSpec{.filters = 33, .kernel = 5, .padding = 2}, BatchNormSpec{},
                                                 ActivationSpec{activation::Silu{}}, MaxPool2dSpec{3, 2}}),
                        GetParam());
}

TEST_P(LargeNetwork, ResidualNetworkIsTheReferences) {
    const auto block = [](int filters, int stride) {
        return ResidualSpec{{{Conv2dSpec{.filters = filters, .stride = stride, .bias = false}},
                             {BatchNormSpec{}},
                             {ActivationSpec{activation::Mish{}}},
                             {Conv2dSpec{.filters = filters, .bias = false}},
                             {BatchNormSpec{}}}};
    };
    expect_as_reference(network_of({1, 10, 10}, {Conv2dSpec{.filters = 16}, BatchNormSpec{}, kTanh, block(16, 1), kTanh,
                                                 block(24, 2), kTanh, GlobalAvgPoolSpec{}}),
                        GetParam());
}

TEST_P(LargeNetwork, DepthwiseNetworkWithSqueezeAndExcitationIsTheReferences) {
    const auto block = [](int filters, int stride) {
        return ResidualSpec{
            {{DepthwiseConv2dSpec{
                 .kernel = stride == 1 ? 5 : 3, .stride = stride, .padding = stride == 1 ? 2 : 1, .bias = false}},
             {BatchNormSpec{}},
             {kTanh},
             {Conv2dSpec{.filters = filters, .kernel = 1, .padding = 0}},
             {SqueezeExcitationSpec{.squeeze_channels = 6}}}};
    };
    expect_as_reference(network_of({1, 10, 10}, {Conv2dSpec{.filters = 16}, BatchNormSpec{}, kTanh, block(16, 1), kTanh,
                                                 block(24, 2), kTanh, GlobalAvgPoolSpec{}}),
                        GetParam());
}

/// A layer that fits behind an image or a vector of that shape.
LayerSpec::Kind random_layer(RandomStream& random, Shape shape) {
    constexpr std::array<Activation, 6> kSmooth{activation::Selu{}, activation::Gelu{}, activation::Silu{},
                                                activation::Mish{}, activation::Tanh{}, activation::Sigmoid{}};
    const bool image = shape.height > 3 && shape.width > 3;
    const auto any = [&](int least, int most) { return least + static_cast<int>(random.below(most - least + 1)); };
    switch (any(0, image ? 11 : 4)) {
        case 0:
        case 1:
            return BatchNormSpec{.eps = 0.1f};
        case 2:
            return ActivationSpec{kSmooth[random.below(kSmooth.size())]};
        case 3:
            return FlattenSpec{};
        case 4:
            if (shape.pixels() == 1) return DenseSpec{any(1, 40), any(0, 1) == 1};
            return GlobalAvgPoolSpec{};
        case 5:
            return MaxPool2dSpec{any(1, 3), any(1, 2)};
        case 6:
            return AvgPool2dSpec{any(1, 3), any(1, 2)};
        case 10: {
            const int kernel = any(1, 4);
            return DepthwiseConv2dSpec{kernel, any(1, 2), any(0, kernel - 1), any(0, 1) == 1};
        }
        case 11:
            return SqueezeExcitationSpec{any(1, 20)};
        case 7: {
            const int channels = any(0, 1) == 0 ? shape.channels : any(1, 20);
            const Conv2dSpec conv{.filters = channels, .stride = channels == shape.channels ? 1 : any(1, 2)};
            ResidualSpec residual{{{conv}, {BatchNormSpec{.eps = 0.1f}}}};
            if (any(0, 1) == 1) residual.body.push_back({ActivationSpec{activation::Silu{}}});
            return residual;
        }
        default: {
            const int kernel = any(1, 4);
            return Conv2dSpec{any(1, 20), kernel, any(1, 2), any(0, kernel - 1), any(0, 1) == 1};
        }
    }
}

NetworkSpec random_spec(std::uint64_t seed) {
    RandomStream random(seed, Purpose::kBenchmark);
    const auto any = [&](int least, int most) { return least + static_cast<int>(random.below(most - least + 1)); };
    NetworkSpec spec{.input = {any(1, 5), any(5, 9), any(5, 9)}, .layers = {}};
    Shape shape = spec.input;
    for (int layers = any(1, 8); layers > 0; --layers) {
        spec.layers.push_back({random_layer(random, shape)});
        shape = output_shape(spec.layers.back(), shape);
    }
    return spec;
}

std::string description(const NetworkSpec& spec) {
    std::string text;
    for (const LayerSummary& layer : summarize(spec, kClasses)) text += "\n" + layer.name + " " + layer.description;
    return text;
}

// Looks for layers whose stages or memory do not go together; how exact each is, the tests above ask.
TEST(RandomNetwork, IsTheReferencesWhateverTheOrderOfLayers) {
    for (std::uint64_t seed = 0; seed < 100; ++seed) {
        const NetworkSpec spec = random_spec(seed);
        SCOPED_TRACE(description(spec));
        expect_as_reference(spec, 6, 1e-3);

        Network trains = random_network(spec, kClasses, 6, Network::Mode::kTrain);
        Network infers = random_network(spec, kClasses, 6, Network::Mode::kInfer);
        for (Network* network : {&trains, &infers}) {
            set_input(*network, random_values(network->input().size(), 1000));
            network->forward({});
        }
        EXPECT_TRUE(close(infers.logits(), trains.logits(), 1e-5)) << "inference";
    }
}

INSTANTIATE_TEST_SUITE_P(BatchSize, LargeNetwork, testing::Values(8, 17));

}  // namespace
}  // namespace inkling
