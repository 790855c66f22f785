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

/// Of several pieces of gradients: the last stages' weights, then those before.
NetworkSpec wide_mlp() {
    return network_of({1, 12, 12}, {FlattenSpec{}, DenseSpec{500}, BatchNormSpec{}, kTanh, DenseSpec{160}, kGelu,
                                    DenseSpec{420}, BatchNormSpec{}, kTanh, DropoutSpec{0.2f}});
}

/// Likewise, with filters and in residual blocks; where sums that are rounded otherwise would make another pixel the
/// largest of a window, all behind it would differ.
NetworkSpec wide_cnn() {
    return network_of({1, 12, 12},
                      {Conv2dSpec{.filters = 40}, BatchNormSpec{}, kTanh, AvgPool2dSpec{},
                       ResidualSpec{.body = {{Conv2dSpec{.filters = 96}},
                                             {BatchNormSpec{}},
                                             {kTanh},
                                             {Conv2dSpec{.filters = 96}},
                                             {BatchNormSpec{}}}},
                       AvgPool2dSpec{}, DepthwiseConv2dSpec{}, SqueezeExcitationSpec{.squeeze_channels = 5},
                       FlattenSpec{}, DenseSpec{130}, kGelu});
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

TEST(Sharing, AStepInPiecesIsThatOfOneProcess) {
    for (const NetworkSpec& spec : {wide_mlp(), wide_cnn()}) {
        const Step alone = run_step(spec, 1, 1, false);
        for (const int ranks : {2, 4}) expect_close(run_step(spec, ranks, 1, false), alone);
        expect_close(run_step(spec, 3, 2, false), alone);
    }
}

/// What a process's exchange is asked to do for a backward pass.
JoinedThread::Calls calls_of_backward(const NetworkSpec& spec, const Sharing& how, int& advances) {
    JoinedThread::Calls calls;
    in_joined_threads(2, 1, [&](JoinedThread* exchange) {
        Sharing sharing = how;
        sharing.exchange = exchange;
        Network network = shared_network(spec, sharing, Network::Mode::kTrain);
        set_input(network, random_values(network.input().size(), 3));
        network.forward({.training = true});
        network.loss(random_labels(kBatch / 2, kClasses, 1));
        const std::size_t before = exchange->calls().size();
        const int advances_before = exchange->advances();
        network.backward();
        if (exchange->rank() > 0) return;
        calls.assign(exchange->calls().begin() + static_cast<std::ptrdiff_t>(before), exchange->calls().end());
        advances = exchange->advances() - advances_before;
    });
    return calls;
}

TEST(Sharing, GradientsAreAddedUpWhileTheBackwardPassGoesOn) {
    using Calls = JoinedThread::Calls;
    int advances = 0;
    // Of 420 x 23 and 160 x 420 weights, 500 x 160 and 144 x 500; biases and norms.
    EXPECT_EQ(calls_of_backward(wide_mlp(), {}, advances),
              (Calls{"sum", "sum", "begin 76860", "begin 80000", "begin 72000", "begin 2943", "finish"}));
    EXPECT_GT(advances, 10);
    // Of the dense layers; from the squeezed channels back to the body's second convolution; of the first two.
    EXPECT_EQ(calls_of_backward(wide_cnn(), {}, advances), (Calls{"sum", "begin 115310", "sum", "sum", "begin 88608",
                                                                  "sum", "begin 34920", "begin 1238", "finish"}));
    EXPECT_EQ(calls_of_backward(mlp(), {}, advances), (Calls{"sum", "begin 19311", "finish"}))
        << "a small network is one piece";
    EXPECT_EQ(calls_of_backward(mlp(), {.reproducible = true}, advances).size(), 3u);
    EXPECT_EQ(calls_of_backward(wide_mlp(), {.reproducible = true}, advances),
              (Calls{"sum", "sum", "begin 231803", "finish"}));
    EXPECT_EQ(calls_of_backward(wide_mlp(), {.sync_batch_norm = false}, advances),
              (Calls{"begin 76860", "begin 80000", "begin 72000", "begin 2943", "finish"}));
}

/// Without what is drawn by a sample's place in the whole batch.
NetworkSpec undrawn_cnn() {
    return network_of({1, 12, 12}, {Conv2dSpec{.filters = 20}, BatchNormSpec{}, kTanh, MaxPool2dSpec{},
                                    ResidualSpec{.body = {{Conv2dSpec{.filters = 33}}, {BatchNormSpec{}}, {kTanh}}},
                                    FlattenSpec{}, DenseSpec{130}, BatchNormSpec{}, kGelu});
}

TEST(Sharing, BatchNormByProcessIsThatOfNetworksThatSeeAPartEach) {
    constexpr int kRanks = 2;
    constexpr std::size_t kPart = kBatch / kRanks;
    const std::vector<float> weights = random_values(kClasses, 7, 0.5f, 2);
    const LossRule rule{.label_smoothing = 0.1f, .weights = weights};
    const std::vector<std::int32_t> labels = random_labels(kBatch, kClasses, 1);
    const std::vector<float> images = random_values(std::size_t{kBatch} * 12 * 12, 100);
    const auto step = [&](Network& network, std::size_t rank) {
        set_input(network, std::span(images).subspan(rank * kPart * 12 * 12));
        network.forward({.training = true});
        const LossResult loss = network.loss(std::span(labels).subspan(rank * kPart, kPart), rule);
        network.backward();
        return loss;
    };
    std::vector<float> gradients(parameter_layout(undrawn_cnn(), kClasses).parameter_count);
    std::vector<Step> parts;
    double weight = 0;
    const auto step_alone = [&](std::size_t rank) {
        Network network = random_network(undrawn_cnn(), kClasses, kPart, Network::Mode::kTrain);
        const LossResult loss = step(network, rank);
        // Each is the gradient of the mean over its own part.
        for (std::size_t i = 0; i < gradients.size(); ++i)
            gradients[i] += static_cast<float>(loss.weight) * network.gradients()[i];
        weight += loss.weight;
        parts.push_back({.logits = copy(network.logits()),
                         .gradients = {},
                         .statistics = copy(network.statistics()),
                         .loss = loss});
    };
    for (std::size_t rank = 0; rank < kRanks; ++rank) in_joined_threads(1, 1, [&](Exchange*) { step_alone(rank); });
    for (float& gradient : gradients) gradient /= static_cast<float>(weight);
    in_joined_threads(kRanks, 1, [&](Exchange* exchange) {
        Network network =
            shared_network(undrawn_cnn(), {.exchange = exchange, .sync_batch_norm = false}, Network::Mode::kTrain);
        const auto rank = static_cast<std::size_t>(exchange->rank());
        const LossResult loss = step(network, rank);
        EXPECT_EQ(copy(network.logits()), parts[rank].logits);
        EXPECT_EQ(copy(network.statistics()), parts[rank].statistics);
        EXPECT_TRUE(close(network.gradients(), gradients, 1e-5));
        EXPECT_NEAR(loss.loss_sum, parts[0].loss.loss_sum + parts[1].loss.loss_sum, 1e-6 * loss.loss_sum);
        EXPECT_NEAR(loss.weight, weight, 1e-6 * weight);
    });
    EXPECT_NE(parts[0].statistics, parts[1].statistics);
}

TEST(Sharing, BatchNormByProcessCannotBeReproducible) {
    EXPECT_EQ(refusal_with(ExitStatus::kUsage,
                           [] {
                               Network(mlp(), kClasses, kBatch, Network::Mode::kTrain, Precision::kFloat32,
                                       {.reproducible = true, .sync_batch_norm = false});
                           }),
              "batch norm by process depends on their number, and cannot be reproducible");
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
