#include <gtest/gtest.h>

#include <numeric>

#include "fixtures.h"
#include "joined_threads.h"
#include "random_network.h"
#include "refusal.h"

namespace inkling {
namespace {

constexpr int kClasses = 23;
constexpr int kBatch = 24;  // in 8 slices

/// All that meets over a batch or draws by a sample's place in it.
NetworkSpec cnn() {
    return network_of(
        {1, 12, 12},
        {Conv2dSpec{.filters = 20}, BatchNormSpec{}, kTanh, MaxPool2dSpec{}, DropoutSpec{0.25f},
         ResidualSpec{.body = {{Conv2dSpec{.filters = 33}}, {BatchNormSpec{}}, {kTanh}}, .stochastic_depth = 0.5f},
         DepthwiseConv2dSpec{}, SqueezeExcitationSpec{.squeeze_channels = 5}, FlattenSpec{}, DenseSpec{130},
         BatchNormSpec{}, kGelu});
}

NetworkSpec mlp() {
    return network_of({1, 12, 12},
                      {FlattenSpec{}, DenseSpec{100}, BatchNormSpec{}, kTanh, DropoutSpec{0.2f}, DenseSpec{37}, kGelu});
}

/// A process's part of random_network().
Network shared_network(const NetworkSpec& spec, const Sharing& sharing, Network::Mode mode,
                       Precision precision = Precision::kFloat32) {
    Network network(spec, kClasses, kBatch / sharing.processes(), mode, precision, sharing);
    const Network whole = random_network(spec, kClasses, 1, Network::Mode::kInfer);
    std::ranges::copy(whole.parameters(), network.parameters().begin());
    std::ranges::copy(whole.statistics(), network.statistics().begin());
    network.parameters_changed();
    return network;
}

struct Step {
    std::vector<float> logits;  // of the whole batch
    std::vector<float> gradients;
    std::vector<float> statistics;
    LossResult loss;
};

/// The second of two training passes over batches of which a process sees its part.
Step run_step(const NetworkSpec& spec, int ranks, int threads, bool reproducible,
              Precision precision = Precision::kFloat32) {
    std::vector<Step> steps(static_cast<std::size_t>(ranks));
    const std::vector<float> weights = random_values(kClasses, 7, 0.5f, 2);
    in_joined_threads(ranks, threads, [&](Exchange* exchange) {
        const Sharing sharing{.exchange = exchange, .reproducible = reproducible};
        Network network = shared_network(spec, sharing, Network::Mode::kTrain, precision);
        const std::size_t part = network.input().size();
        const auto rank = static_cast<std::size_t>(sharing.rank());
        const auto samples = static_cast<std::size_t>(kBatch / ranks);
        Step& step = steps[rank];
        for (std::uint32_t pass = 0; pass < 2; ++pass) {
            const std::vector<float> images = random_values(part * static_cast<std::size_t>(ranks), 100 + pass);
            set_input(network, std::span(images).subspan(rank * part));
            const std::vector<std::int32_t> labels = random_labels(kBatch, kClasses, pass);
            network.forward({.training = true, .seed = 9, .step = pass});
            step.loss = network.loss(std::span(labels).subspan(rank * samples, samples),
                                     {.label_smoothing = 0.1f, .weights = weights});
            network.backward();
        }
        step.logits = copy(network.logits());
        step.gradients = copy(network.gradients());
        step.statistics = copy(network.statistics());
    });
    for (std::size_t rank = 1; rank < steps.size(); ++rank) {
        EXPECT_EQ(steps[rank].gradients, steps[0].gradients) << "all processes have the same";
        EXPECT_EQ(steps[rank].statistics, steps[0].statistics);
        EXPECT_EQ(steps[rank].loss.loss_sum, steps[0].loss.loss_sum);
        steps[0].logits.insert(steps[0].logits.end(), steps[rank].logits.begin(), steps[rank].logits.end());
    }
    return steps[0];
}

void expect_same(const Step& step, const Step& expected) {
    EXPECT_EQ(step.logits, expected.logits);
    EXPECT_EQ(step.gradients, expected.gradients);
    EXPECT_EQ(step.statistics, expected.statistics);
    EXPECT_EQ(step.loss.loss_sum, expected.loss.loss_sum);
    EXPECT_EQ(step.loss.weight, expected.loss.weight);
    EXPECT_EQ(step.loss.correct, expected.loss.correct);
    EXPECT_EQ(step.loss.correct_weight, expected.loss.correct_weight);
}

void expect_close(const Step& step, const Step& expected) {
    EXPECT_TRUE(close(step.logits, expected.logits, 1e-6));
    EXPECT_TRUE(close(step.gradients, expected.gradients, 1e-5));
    EXPECT_TRUE(close(step.statistics, expected.statistics, 1e-6));
    EXPECT_NEAR(step.loss.loss_sum, expected.loss.loss_sum, 1e-6 * expected.loss.loss_sum);
    EXPECT_NEAR(step.loss.weight, expected.loss.weight, 1e-6 * expected.loss.weight);
    EXPECT_EQ(step.loss.correct, expected.loss.correct);
}

TEST(Sharing, ReproducibleStepsHaveTheSameBytesForAnyNumberOfThreadsAndProcesses) {
    for (const NetworkSpec& spec : {cnn(), mlp()}) {
        const Step alone = run_step(spec, 1, 1, true);
        for (const int threads : {2, 3}) expect_same(run_step(spec, 1, threads, true), alone);
        for (const int ranks : {2, 4, 8}) expect_same(run_step(spec, ranks, 1, true), alone);
        expect_same(run_step(spec, 2, 2, true), alone);
    }
}

TEST(Sharing, ReproducibleBf16StepsHaveTheSameBytesToo) {
    const Step alone = run_step(cnn(), 1, 1, true, Precision::kBfloat16);
    for (const int ranks : {2, 4}) expect_same(run_step(cnn(), ranks, 1, true, Precision::kBfloat16), alone);
}

TEST(Sharing, AStepTogetherIsThatOfOneProcess) {
    for (const NetworkSpec& spec : {cnn(), mlp()}) {
        const Step alone = run_step(spec, 1, 1, false);
        expect_close(run_step(spec, 1, 1, true), alone);
        for (const int ranks : {2, 3}) expect_close(run_step(spec, ranks, 2, false), alone);
    }
}

TEST(Sharing, InferringReproduciblyGivesASampleTheSameBytes) {
    for (const NetworkSpec& spec : {cnn(), mlp()}) {
        const auto infer = [&](int ranks, int threads) {
            std::vector<std::vector<float>> logits(static_cast<std::size_t>(ranks));
            in_joined_threads(ranks, threads, [&](Exchange* exchange) {
                const Sharing sharing{.exchange = exchange, .reproducible = true};
                Network network = shared_network(spec, sharing, Network::Mode::kInfer);
                const std::size_t part = network.input().size();
                const std::vector<float> images = random_values(part * static_cast<std::size_t>(ranks), 3);
                const auto rank = static_cast<std::size_t>(sharing.rank());
                set_input(network, std::span(images).subspan(rank * part));
                network.forward({});
                logits[rank] = copy(network.logits());
            });
            std::vector<float> all;
            for (const auto& some : logits) all.insert(all.end(), some.begin(), some.end());
            return all;
        };
        const std::vector<float> alone = infer(1, 1);
        EXPECT_EQ(infer(1, 40), alone);
        EXPECT_EQ(infer(4, 1), alone);
    }
}

TEST(Sharing, AProcessMayHaveNoneOfAShortBatch) {
    for (const bool reproducible : {false, true}) {
        std::vector<LossResult> losses(2);
        const std::vector<std::int32_t> labels = random_labels(5, kClasses, 1);
        in_joined_threads(2, 1, [&](Exchange* exchange) {
            Network network = shared_network(mlp(), {exchange, reproducible}, Network::Mode::kInfer);
            set_input(network, random_values(network.input().size(), 3));
            network.forward({});
            const std::size_t count = exchange->rank() == 0 ? labels.size() : 0;
            losses[static_cast<std::size_t>(exchange->rank())] = network.loss(std::span(labels).first(count));
        });
        EXPECT_EQ(losses[0].weight, 5);
        EXPECT_EQ(losses[1].weight, 5);
        EXPECT_GT(losses[0].loss_sum, 0);
        EXPECT_EQ(losses[1].loss_sum, losses[0].loss_sum);
    }
}

TEST(Sharing, CutsABatchIntoSlicesByItsSizeAlone) {
    const int sizes[][2] = {{1, 1}, {7, 1}, {8, 8}, {12, 4}, {100, 4}, {128, 8}, {256, 8}, {512, 16}, {4096, 128}};
    for (const auto& [batch, slices] : sizes) EXPECT_EQ(slice_count(batch), slices) << batch;
    const auto refused = [](int ranks) {
        return refusal_with(ExitStatus::kUsage, [&] { run_step(mlp(), ranks, 1, true); });
    };
    EXPECT_EQ(refused(3), "a batch of 24 in 8 slices cannot be shared by 3 processes, expected a divisor of 8");
}

}  // namespace
}  // namespace inkling
