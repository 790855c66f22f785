#include "study/statistics.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "fixtures.h"

namespace inkling {
namespace {

constexpr double kTolerance = 1e-10;

nlohmann::json cases(const char* name) {
    nlohmann::json cases = read_fixture("statistics.json").at(name);
    EXPECT_FALSE(cases.empty());
    return cases;
}

/// Relative to the expected value where that is small, as a p-value may be.
void expect_near(double actual, const nlohmann::json& expected, const nlohmann::json& fixture) {
    const double value = expected;
    EXPECT_NEAR(actual, value, kTolerance * std::min(1.0, std::abs(value) + 1e-14)) << fixture;
}

TEST(Statistics, MeanIntervalsEqualScipys) {
    for (const nlohmann::json& fixture : cases("mean_interval")) {
        const std::vector<double> values = fixture["values"];
        const MeanDeviation sample = mean_deviation(values);
        expect_near(sample.mean, fixture["mean"], fixture);
        expect_near(sample.deviation, fixture["deviation"], fixture);
        const Interval interval = mean_interval(values, fixture["confidence"]);
        expect_near(interval.low, fixture["low"], fixture);
        expect_near(interval.high, fixture["high"], fixture);
    }
}

TEST(Statistics, PairedDifferencesEqualScipys) {
    for (const nlohmann::json& fixture : cases("paired_difference")) {
        const std::vector<double> a = fixture["a"];
        const std::vector<double> b = fixture["b"];
        const PairedDifference difference = paired_difference(a, b, fixture["ratio"], fixture["confidence"]);
        expect_near(difference.mean, fixture["mean"], fixture);
        expect_near(difference.interval.low, fixture["low"], fixture);
        expect_near(difference.interval.high, fixture["high"], fixture);
        expect_near(difference.p_value, fixture["p_value"], fixture);
    }
}

TEST(Statistics, WilsonIntervalsEqualScipys) {
    for (const nlohmann::json& fixture : cases("wilson_interval")) {
        const Interval interval = wilson_interval(fixture["successes"], fixture["count"], fixture["confidence"]);
        expect_near(interval.low, fixture["low"], fixture);
        expect_near(interval.high, fixture["high"], fixture);
    }
}

TEST(Statistics, McnemarsTestEqualsScipysBinomialTest) {
    for (const nlohmann::json& fixture : cases("mcnemar"))
        expect_near(mcnemar_p_value(fixture["only_a"], fixture["only_b"]), fixture["p_value"], fixture);
}

TEST(Statistics, ClassifiersThatNeverDifferAreNotToldApart) { EXPECT_EQ(mcnemar_p_value(0, 0), 1); }

TEST(Statistics, OneValueBoundsNothing) {
    const std::vector<double> one{0.5};
    EXPECT_EQ(mean_deviation({}).mean, 0);
    EXPECT_EQ(mean_deviation(one).mean, 0.5);
    EXPECT_EQ(mean_deviation(one).deviation, 0);
    EXPECT_EQ(mean_interval(one).low, -INFINITY);
    EXPECT_EQ(mean_interval(one).high, INFINITY);
    const PairedDifference difference = paired_difference(one, std::vector<double>{0.25});
    EXPECT_EQ(difference.mean, 0.25);
    EXPECT_EQ(difference.interval.low, -INFINITY);
    EXPECT_EQ(difference.interval.high, INFINITY);
    EXPECT_EQ(difference.p_value, 1);
}

TEST(Statistics, EqualScoresDoNotDiffer) {
    const std::vector<double> scores{0.8, 0.9, 0.7};
    const PairedDifference difference = paired_difference(scores, scores, 0.5);
    EXPECT_EQ(difference.mean, 0);
    EXPECT_EQ(difference.interval.low, 0);
    EXPECT_EQ(difference.interval.high, 0);
    EXPECT_EQ(difference.p_value, 1);
}

TEST(Statistics, AConstantDifferenceIsCertain) {
    const PairedDifference difference =
        paired_difference(std::vector<double>{0.75, 1, 0.5}, std::vector<double>{0.5, 0.75, 0.25});
    EXPECT_EQ(difference.mean, 0.25);
    EXPECT_EQ(difference.interval.low, 0.25);
    EXPECT_EQ(difference.interval.high, 0.25);
    EXPECT_EQ(difference.p_value, 0);
}

TEST(Statistics, OverlappingTrainingSetsWidenTheInterval) {
    const std::vector<double> a{0.81, 0.83, 0.8, 0.84};
    const std::vector<double> b{0.8, 0.81, 0.8, 0.81};
    const PairedDifference plain = paired_difference(a, b);
    const PairedDifference corrected = paired_difference(a, b, 1.0 / 3);
    // By the square root of 1 + n * ratio.
    EXPECT_NEAR(corrected.interval.high - corrected.mean, std::sqrt(1 + 4.0 / 3) * (plain.interval.high - plain.mean),
                1e-12);
    EXPECT_GT(corrected.p_value, plain.p_value);
}

TEST(Statistics, IntervalsHoldTheirEnds) {
    const Interval interval{0.25, 0.5};
    EXPECT_TRUE(interval.contains(0.25));
    EXPECT_TRUE(interval.contains(0.5));
    EXPECT_FALSE(interval.contains(0.2));
    EXPECT_FALSE(interval.contains(0.6));
}

}  // namespace
}  // namespace inkling
