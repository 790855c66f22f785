#include <gtest/gtest.h>

#include "core/threads.h"
#include "fixtures.h"
#include "random_network.h"

namespace inkling {
namespace {

constexpr int kClasses = 47;

std::vector<LayerSpec> convolution(int filters, int stride = 1) {
    return {{Conv2dSpec{.filters = filters, .stride = stride}}, {BatchNormSpec{}}, {ActivationSpec{}}};
}

NetworkSpec cnn() {
    NetworkSpec spec{.input = {1, 28, 28}, .layers = convolution(20)};
    spec.layers.push_back({MaxPool2dSpec{}});
    spec.layers.push_back({DropoutSpec{0.25f}});
    spec.layers.push_back({ResidualSpec{convolution(33, 2)}});
    spec.layers.push_back({DepthwiseConv2dSpec{}});
    spec.layers.push_back({SqueezeExcitationSpec{.squeeze_channels = 5}});
    for (const LayerSpec::Kind& kind : std::initializer_list<LayerSpec::Kind>{
             AvgPool2dSpec{3, 2}, FlattenSpec{}, DenseSpec{64}, BatchNormSpec{}, ActivationSpec{activation::Gelu{}}})
        spec.layers.push_back({kind});
    return spec;
}

NetworkSpec mlp() {
    return {.input = {1, 28, 28},
            .layers = {{FlattenSpec{}},
                       {DenseSpec{100}},
                       {BatchNormSpec{}},
                       {ActivationSpec{}},
                       {DropoutSpec{0.2f}},
                       {DenseSpec{37}},
                       {ActivationSpec{activation::Silu{}}}}};
}

struct StepResult {
    std::vector<float> logits;
    std::vector<float> gradients;
    std::vector<float> input_gradient;
    std::vector<float> statistics;
    double loss_sum = 0;
    bool operator==(const StepResult&) const = default;
};

/// The second of two training passes, so that a buffer left dirty by the first would show.
StepResult run_step(const NetworkSpec& spec, int batch_size, int threads) {
    set_thread_count(threads);
    Network network = random_network(spec, kClasses, batch_size, Network::Mode::kTrain);
    network.want_input_gradient(true);
    StepResult result;
    for (std::uint32_t step = 0; step < 2; ++step) {
        set_input(network, random_values(network.input().size(), 100 + step));
        network.forward({.training = true, .seed = 9, .step = step});
        result.loss_sum = network.loss(random_labels(batch_size, kClasses, step), {.label_smoothing = 0.1f}).loss_sum;
        network.backward();
    }
    result.logits = copy(network.logits());
    result.gradients = copy(network.gradients());
    result.input_gradient = copy(network.input_gradient());
    result.statistics = copy(network.statistics());
    return result;
}

class Reproducibility : public testing::TestWithParam<int> {};

TEST_P(Reproducibility, SameThreadsGiveTheSameBits) {
    for (const NetworkSpec& spec : {cnn(), mlp()})
        for (const int threads : {1, 2})
            EXPECT_TRUE(run_step(spec, GetParam(), threads) == run_step(spec, GetParam(), threads)) << threads;
}

TEST_P(Reproducibility, OneAndTwoThreadsAgree) {
    for (const NetworkSpec& spec : {cnn(), mlp()}) {
        const StepResult one = run_step(spec, GetParam(), 1);
        const StepResult two = run_step(spec, GetParam(), 2);
        EXPECT_TRUE(close(two.logits, one.logits, 1e-6));
        // Weight gradients are float sums over all pixels of terms that batch norm makes cancel: PyTorch's differ as
        // much.
        EXPECT_TRUE(close(two.gradients, one.gradients, 1e-5));
        EXPECT_TRUE(close(two.input_gradient, one.input_gradient, 1e-5));
        EXPECT_TRUE(close(two.statistics, one.statistics, 1e-6));
        EXPECT_NEAR(two.loss_sum, one.loss_sum, 1e-6 * one.loss_sum);
    }
}

INSTANTIATE_TEST_SUITE_P(BatchSize, Reproducibility, testing::Values(1, 3, 17, 130));

class BatchSize : public testing::TestWithParam<int> {};

TEST_P(BatchSize, DoesNotChangeWhatASampleGives) {
    for (const NetworkSpec& spec : {cnn(), mlp()}) {
        const auto images = random_values(17 * spec.input.size(), 3);
        Network all = random_network(spec, kClasses, 17, Network::Mode::kInfer);
        set_input(all, images);
        all.forward({});

        Network some = random_network(spec, kClasses, GetParam(), Network::Mode::kInfer);
        set_input(some, images);
        some.forward({});
        EXPECT_TRUE(close(some.logits(), all.logits().first(some.logits().size()), 1e-6));
    }
}

TEST_P(BatchSize, GradientIsTheMeanOfTheSamples) {
    // Without batch norm and dropout, whose samples are not on their own.
    NetworkSpec spec{.input = {1, 12, 12}, .layers = {}};
    for (const LayerSpec::Kind& kind : std::initializer_list<LayerSpec::Kind>{
             Conv2dSpec{.filters = 20}, ActivationSpec{activation::Tanh{}}, MaxPool2dSpec{}, Conv2dSpec{.filters = 5},
             ActivationSpec{activation::Elu{}}, FlattenSpec{}, DenseSpec{9}, ActivationSpec{}})
        spec.layers.push_back({kind});
    const auto images = random_values(GetParam() * spec.input.size(), 3);
    const auto labels = random_labels(GetParam(), kClasses, 3);

    Network all = random_network(spec, kClasses, GetParam(), Network::Mode::kTrain);
    set_input(all, images);
    all.forward({.training = true});
    all.loss(labels);
    all.backward();

    Network one = random_network(spec, kClasses, 1, Network::Mode::kTrain);
    std::vector<double> sum(one.parameters().size());
    for (int n = 0; n < GetParam(); ++n) {
        set_input(one, std::span(images).subspan(n * spec.input.size()));
        one.forward({.training = true});
        one.loss(std::span(labels).subspan(n, 1));
        one.backward();
        for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += one.gradients()[i];
    }
    for (double& value : sum) value /= GetParam();
    const std::vector<float> mean(sum.begin(), sum.end());
    EXPECT_TRUE(close(all.gradients(), mean, 1e-6));
}

INSTANTIATE_TEST_SUITE_P(, BatchSize, testing::Values(1, 3, 17));

TEST(Modes, InferringNetworkGivesWhatATrainingOneGivesOutsideTraining) {
    for (const NetworkSpec& spec : {cnn(), mlp()}) {
        const auto images = random_values(17 * spec.input.size(), 3);
        Network trains = random_network(spec, kClasses, 17, Network::Mode::kTrain);
        Network infers = random_network(spec, kClasses, 17, Network::Mode::kInfer);
        for (Network* network : {&trains, &infers}) {
            set_input(*network, images);
            network->forward({});
        }
        EXPECT_TRUE(close(infers.logits(), trains.logits(), 1e-6));
    }
}

class FewImages : public testing::TestWithParam<int> {
  protected:
    ~FewImages() override { set_thread_count(before_); }

  private:
    int before_ = thread_count();
};

TEST_P(FewImages, AreSharedOutByChannelsAmongMoreThreadsThanImages) {
    for (const NetworkSpec& spec : {cnn(), mlp(), network_of({3, 5, 4}, {BatchNormSpec{}, FlattenSpec{}, kTanh}),
                                    network_of({2, 6, 6}, {ResidualSpec{{{Conv2dSpec{.filters = 2}}}}, kTanh})}) {
        const auto images = random_values(static_cast<std::size_t>(GetParam()) * spec.input.size(), 3);
        set_thread_count(1);
        Network alone = random_network(spec, kClasses, GetParam(), Network::Mode::kInfer);
        set_input(alone, images);
        alone.forward({});
        const LossResult loss = alone.loss(random_labels(GetParam(), kClasses, 1));
        for (const int threads : {2, 3, 5, 16}) {
            set_thread_count(threads);
            Network network = random_network(spec, kClasses, GetParam(), Network::Mode::kInfer);
            set_input(network, images);
            for (int pass = 0; pass < 2; ++pass) network.forward({});
            EXPECT_TRUE(close(network.logits(), alone.logits(), 1e-6)) << threads;
            EXPECT_NEAR(network.loss(random_labels(GetParam(), kClasses, 1)).loss_sum, loss.loss_sum, 1e-4);
        }
    }
}

INSTANTIATE_TEST_SUITE_P(, FewImages, testing::Values(1, 2, 3, 7));

TEST(Modes, APassOutsideTrainingLeavesStatisticsAlone) {
    Network network = random_network(cnn(), kClasses, 3, Network::Mode::kTrain);
    const std::vector<float> statistics = copy(network.statistics());
    set_input(network, random_values(network.input().size(), 3));
    network.forward({});
    EXPECT_EQ(copy(network.statistics()), statistics);
}

TEST(Modes, ChangedParametersAreHeardOf) {
    for (const auto mode : {Network::Mode::kInfer, Network::Mode::kTrain}) {
        Network fresh = random_network(cnn(), kClasses, 3, mode, 50);
        Network network = random_network(cnn(), kClasses, 3, mode, 1);
        const auto images = random_values(network.input().size(), 3);
        set_input(network, images);
        network.forward({});
        std::copy(fresh.parameters().begin(), fresh.parameters().end(), network.parameters().begin());
        std::copy(fresh.statistics().begin(), fresh.statistics().end(), network.statistics().begin());
        network.parameters_changed();
        for (Network* each : {&fresh, &network}) {
            set_input(*each, images);
            each->forward({});
        }
        EXPECT_EQ(copy(network.logits()), copy(fresh.logits()));
    }
}

}  // namespace
}  // namespace inkling
