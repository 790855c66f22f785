#include "train/strangeness.h"

#include <gtest/gtest.h>

#include <cmath>

#include "core/random.h"

namespace inkling {
namespace {

constexpr int kClasses = 3;

/// Logits of classes about 5 in one place and 0 in the others; the second differs twice as much as the others, and with
/// the first.
LabelledLogits planted(int images, std::uint64_t seed) {
    LabelledLogits data;
    RandomStream random(seed, Purpose::kBenchmark);
    for (int i = 0; i < images; ++i) {
        const auto label = static_cast<std::uint8_t>(i % kClasses);
        const float a = random.normal(), b = random.normal(), c = random.normal();
        const std::array<float, kClasses> off = {a, a + 2 * b, c};
        for (std::size_t k = 0; k < kClasses; ++k) data.logits.push_back((k == label ? 5.0f : 0.0f) + off[k]);
        data.labels.push_back(label);
    }
    return data;
}

TEST(Strangeness, IsTheSquaredMahalanobisDistanceToTheNearestClass) {
    const auto strangeness = fit_strangeness(planted(30'000, 1), planted(999, 2), kClasses);
    ASSERT_TRUE(strangeness);
    EXPECT_NEAR(strangeness->of(std::vector<float>{5, 0, 0}), 0, 0.01);
    EXPECT_NEAR(strangeness->of(std::vector<float>{0, 0, 7}), 4, 0.2);
    // Of (1, 1, 0) off, b is nothing; of (0, 2, 0), it is one.
    EXPECT_NEAR(strangeness->of(std::vector<float>{6, 1, 0}), 1, 0.1);
    EXPECT_NEAR(strangeness->of(std::vector<float>{5, 2, 0}), 1, 0.1);
    EXPECT_NEAR(strangeness->of(std::vector<float>{5, 0, 30}), 25 * 25 + 25, 40) << "nearest to the third class";
}

TEST(Strangeness, AcceptsAsManyCharactersAsAsked) {
    double accepted = 0;
    constexpr int kDraws = 100;
    for (std::uint64_t draw = 0; draw < kDraws; ++draw) {
        const auto strangeness = fit_strangeness(planted(600, 3 * draw), planted(99, 3 * draw + 1), kClasses);
        ASSERT_TRUE(strangeness);
        const LabelledLogits other = planted(99, 3 * draw + 2);
        for (std::size_t i = 0; i < 99; ++i)
            if (strangeness->of(std::span(other.logits).subspan(i * kClasses, kClasses)) <= strangeness->most)
                accepted += 1.0 / (99 * kDraws);
    }
    EXPECT_NEAR(accepted, kAccepted, 0.012);
}

TEST(Strangeness, ClassesWeighAsTheyAreToCome) {
    const LabelledLogits learned = planted(3000, 1);
    LabelledLogits held_out = planted(600, 2);
    // All of the third class are far off.
    for (std::size_t i = 0; i < held_out.labels.size(); ++i)
        if (held_out.labels[i] == 2) held_out.logits[i * kClasses + 2] += 100;
    EXPECT_GT(fit_strangeness(learned, held_out, kClasses)->most, 1000);
    const std::vector<float> weights = {1, 1, 0.01f};
    EXPECT_LT(fit_strangeness(learned, held_out, kClasses, weights)->most, 20);
}

TEST(Strangeness, NeedsImages) {
    EXPECT_FALSE(fit_strangeness({}, planted(99, 1), kClasses));
    EXPECT_FALSE(fit_strangeness(planted(99, 1), {}, kClasses));
    EXPECT_FALSE(fit_strangeness(planted(99, 1), planted(18, 2), kClasses)) << "5% of 19 is less than one";
    EXPECT_TRUE(fit_strangeness(planted(99, 1), planted(21, 2), kClasses));
    LabelledLogits alike{.logits = std::vector<float>(99, 0), .labels = std::vector<std::uint8_t>(33, 1)};
    EXPECT_FALSE(fit_strangeness(alike, alike, kClasses)) << "nothing differs";
}

}  // namespace
}  // namespace inkling
