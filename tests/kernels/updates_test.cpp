#include "kernels/cpu/updates.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <set>
#include <variant>
#include <vector>

#include "core/random.h"
#include "core/threads.h"
#include "kernels/reference/orthogonalize.h"
#include "kernels/reference/updates.h"

namespace inkling {
namespace {

constexpr std::size_t kParameters = 70'001;  // blocks for several threads, and a rest
constexpr Penalties kPenalties{
    .gradient_scale = 0.5f, .l1 = 0.02f, .l2 = 0.1f, .decay_factor = 0.99f, .regularized = 50'003};

// Wider than high, higher than wide, one row, and within those that are not regularised.
constexpr std::array<MatrixPlace, 4> kMatrices{{{100, 70, 130}, {20'000, 90, 40}, {30'000, 1, 50}, {60'000, 30, 30}}};

std::vector<UpdateRule> rules_at(std::int64_t step) {
    const SgdRule momentum{.learning_rate = 0.1f, .momentum = 0.9f, .dampening = 0.2f, .step = step};
    SgdRule nesterov = momentum;
    nesterov.nesterov = true;
    const AdamRule adam{.learning_rate = 0.01f, .beta1 = 0.9f, .beta2 = 0.99f, .eps = 1e-6f, .step = step};
    AdamRule amsgrad = adam;
    amsgrad.amsgrad = true;
    const NadamRule nadam{.learning_rate = 0.01f,
                          .beta1 = 0.9f,
                          .beta2 = 0.99f,
                          .eps = 1e-6f,
                          .mu = 0.45,
                          .next_mu = 0.46,
                          .mu_product = std::pow(0.45, static_cast<double>(step)),
                          .step = step};
    const RmspropRule rmsprop{.learning_rate = 0.01f, .alpha = 0.9f, .eps = 1e-3f};
    RmspropRule centered = rmsprop, pushed = rmsprop, both = rmsprop;
    centered.centered = both.centered = true;
    pushed.momentum = both.momentum = 0.8f;
    return {SgdRule{.learning_rate = 0.1f}, momentum, nesterov, adam, amsgrad, nadam, rmsprop, centered, pushed, both,
            AdagradRule{.learning_rate = 0.1f, .lr_decay = 0.1f, .eps = 1e-6f, .step = step},
            AsgdRule{.eta = 0.1f, .lambd = 0.01f, .mu = 1 / static_cast<float>(step)},
            LionRule{.learning_rate = 0.01f, .beta1 = 0.9f, .beta2 = 0.99f},
            AdadeltaRule{.learning_rate = 0.5f, .rho = 0.9f, .eps = 1e-4f},
            // Two steps without rectification, three with it.
            RadamRule{.learning_rate = 0.01f, .beta1 = 0.9f, .beta2 = 0.99f, .eps = 1e-6f, .step = step + 3},
            MuonRule{.learning_rate = 0.01f,
                     .momentum = 0.9f,
                     .nesterov = true,
                     .match_rms = true,
                     .others = adam,
                     .matrices = kMatrices},
            MuonRule{.learning_rate = 0.01f, .momentum = 0.9f, .ns_steps = 3, .others = adam, .matrices = kMatrices},
            LambRule{.adam = adam, .matrices = kMatrices},
            LarsRule{.sgd = momentum, .trust_coefficient = 0.1f, .matrices = kMatrices}};
}

std::vector<float> random_values(std::size_t count, std::uint32_t stream) {
    RandomStream random(7, Purpose::kBenchmark, stream);
    std::vector<float> values(count);
    for (float& value : values) value = random.uniform(-1, 1);
    return values;
}

template <class Target, class Source>
std::vector<Target> converted(const std::vector<Source>& values) {
    return {values.begin(), values.end()};
}

/// Parameters, and behind them the state, after five steps of the index-th rule.
std::vector<float> after_five_steps(std::size_t index, int threads) {
    const int threads_before = thread_count();
    set_thread_count(threads);
    std::vector<float> parameters = random_values(kParameters, 0);
    std::vector<float> state(static_cast<std::size_t>(slots(rules_at(1)[index])) * kParameters);
    for (std::uint32_t step = 1; step <= 5; ++step)
        cpu::update(rules_at(step)[index], kPenalties, parameters, random_values(kParameters, step), state);
    set_thread_count(threads_before);
    parameters.insert(parameters.end(), state.begin(), state.end());
    return parameters;
}

std::vector<double> reference_after_five_steps(std::size_t index) {
    std::vector<double> parameters = converted<double>(random_values(kParameters, 0));
    std::vector<double> state(static_cast<std::size_t>(slots(rules_at(1)[index])) * kParameters);
    for (std::uint32_t step = 1; step <= 5; ++step)
        reference::update(rules_at(step)[index], kPenalties, parameters,
                          converted<double>(random_values(kParameters, step)), state);
    parameters.insert(parameters.end(), state.begin(), state.end());
    return parameters;
}

TEST(Updates, AreAllTestedHere) {
    std::set<std::size_t> kinds;
    for (const UpdateRule& rule : rules_at(1)) kinds.insert(rule.index());
    EXPECT_EQ(kinds.size(), std::variant_size_v<UpdateRule>);
}

TEST(Updates, OfARangeLeaveTheRestAndEqualThoseOfTheWhole) {
    // Between the matrices, so that a part has whole ones.
    for (const ParameterRange range : {ParameterRange{0, 19'999}, {19'999, 50'100}, {50'100, kParameters}}) {
        for (std::size_t index = 0; index < rules_at(1).size(); ++index) {
            UpdateRule rule = rules_at(1)[index];
            std::vector<MatrixPlace> matrices;
            std::ranges::copy_if(kMatrices, std::back_inserter(matrices),
                                 [&](const MatrixPlace& matrix) { return range.holds(matrix.offset); });
            std::visit(
                [&](auto& kind) {
                    if constexpr (requires { kind.matrices; }) kind.matrices = matrices;
                },
                rule);
            const std::vector<float> before = random_values(kParameters, 0);
            const std::vector<float> gradients = random_values(kParameters, 1);
            std::vector<float> whole = before, part = before;
            std::vector<float> whole_state(static_cast<std::size_t>(slots(rule)) * kParameters);
            std::vector<float> part_state = whole_state;
            cpu::update(rules_at(1)[index], kPenalties, whole, gradients, whole_state);
            cpu::update(rule, kPenalties, part, gradients, part_state, range);
            double worst = 0;
            for (std::size_t i = 0; i < kParameters; ++i)
                worst = std::max(worst, std::abs(double{part[i]} - (range.holds(i) ? whole[i] : before[i])));
            EXPECT_LT(worst, 1e-6) << "rule " << index;
        }
    }
}

TEST(Updates, EqualTheReference) {
    for (std::size_t rule = 0; rule < rules_at(1).size(); ++rule) {
        const std::vector<float> fast = after_five_steps(rule, 2);
        const std::vector<double> obvious = reference_after_five_steps(rule);
        ASSERT_EQ(fast.size(), obvious.size());
        double worst = 0;
        for (std::size_t i = 0; i < fast.size(); ++i) worst = std::max(worst, std::abs(fast[i] - obvious[i]));
        EXPECT_LT(worst, 1e-5) << "rule " << rule;
    }
}

TEST(Updates, GiveTheSameBytesForAnyNumberOfThreads) {
    for (std::size_t rule = 0; rule < rules_at(1).size(); ++rule) {
        const std::vector<float> alone = after_five_steps(rule, 1);
        for (const int threads : {2, 3}) EXPECT_TRUE(alone == after_five_steps(rule, threads)) << "rule " << rule;
    }
}

TEST(Updates, AverageMovesTowardsTheParameters) {
    const std::vector<float> parameters = random_values(kParameters, 0);
    std::vector<float> fast = random_values(kParameters, 1);
    std::vector<double> obvious = converted<double>(fast);
    cpu::average(0.25f, parameters, fast);
    reference::average(0.25, converted<double>(parameters), obvious);
    for (std::size_t i = 0; i < kParameters; ++i) ASSERT_NEAR(fast[i], obvious[i], 1e-6);
}

TEST(Orthogonalize, BringsAllSingularValuesNearToOne) {
    // A diagonal shows its singular values.
    std::vector<double> values(5 * 8);
    for (int i = 0; i < 5; ++i) values[i * 8 + i] = 0.1 + 0.3 * i;
    reference::orthogonalize(values, 5, 8, 5);
    for (int row = 0; row < 5; ++row)
        for (int column = 0; column < 8; ++column) {
            if (row == column)
                EXPECT_NEAR(values[row * 8 + column], 1, 0.35);
            else
                EXPECT_NEAR(values[row * 8 + column], 0, 1e-12);
        }
    std::vector<double> none(12);
    reference::orthogonalize(none, 3, 4, 5);
    EXPECT_EQ(none, std::vector<double>(12));
}

TEST(Updates, PenalizeOnlyTheFirstParameters) {
    std::vector<float> parameters{2, -2, 0, 2, -2};
    const Penalties penalties{.gradient_scale = 3, .l1 = 0.5f, .l2 = 0.25f, .decay_factor = 0.5f, .regularized = 3};
    cpu::update(SgdRule{.learning_rate = 1}, penalties, parameters, std::vector<float>{1, 1, 1, 1, 1}, {});
    EXPECT_EQ(parameters, (std::vector<float>{1 - 4, -1 - 2, -3, 2 - 3, -2 - 3}));
}

TEST(Updates, MoveAMatrixOfZerosAndOneWithoutGradientWithoutATrustRatio) {
    constexpr std::array<MatrixPlace, 2> kTwo{{{0, 1, 3}, {3, 1, 3}}};
    const std::vector<float> start{0, 0, 0, 1, 2, 2};
    const std::vector<float> gradients{1, 1, 1, 0, 0, 0};
    const AdamRule adam{.learning_rate = 0.5f, .eps = 1e-9f, .step = 1};
    const auto moved = [&](const UpdateRule& rule) {
        std::vector<float> parameters = start, state(12);
        cpu::update(rule, {}, parameters, gradients, state);
        return parameters;
    };
    EXPECT_EQ(moved(LambRule{.adam = adam, .matrices = kTwo}), (std::vector<float>{-0.5f, -0.5f, -0.5f, 1, 2, 2}));
    const SgdRule sgd{.learning_rate = 0.25f};
    EXPECT_EQ(moved(LarsRule{.sgd = sgd, .trust_coefficient = 0.1f, .matrices = kTwo}),
              (std::vector<float>{-0.25f, -0.25f, -0.25f, 1, 2, 2}));
}

TEST(Updates, RectifyAdamFromTheSixthStepAsPyTorchDoes) {
    const auto rectification = [](std::int64_t step) {
        return RadamRule{.beta2 = 0.999f, .step = step}.rectification();
    };
    EXPECT_EQ(rectification(5), 0);
    EXPECT_NEAR(rectification(6), 0.025821, 1e-5);
    EXPECT_NEAR(rectification(100'000), 1, 1e-9);
}

TEST(Updates, StayFiniteUnderASteadyGradientWhenCentered) {
    std::vector<float> parameters(1000, 0.0f), state(2000);
    const std::vector<float> gradients = random_values(1000, 1);
    const RmspropRule rule{.learning_rate = 1e-3f, .alpha = 0.9f, .eps = 1e-8f, .centered = true};
    for (int step = 0; step < 500; ++step) cpu::update(rule, {}, parameters, gradients, state);
    for (const float parameter : parameters) EXPECT_TRUE(std::isfinite(parameter));
}

TEST(SumOfSquares, IsExactToDoubleAndTheSameForAnyNumberOfThreads) {
    const int threads_before = thread_count();
    for (const std::size_t count : {std::size_t{0}, std::size_t{5}, std::size_t{300'007}}) {
        const std::vector<float> values = random_values(count, 1);
        long double expected = 0;
        for (const float value : values) expected += static_cast<long double>(value) * value;
        set_thread_count(1);
        const double alone = cpu::sum_of_squares(values);
        EXPECT_NEAR(alone, static_cast<double>(expected), 1e-12 * static_cast<double>(expected));
        set_thread_count(3);
        EXPECT_EQ(alone, cpu::sum_of_squares(values));
    }
    set_thread_count(threads_before);
}

}  // namespace
}  // namespace inkling
