#include "study/crossed_difference.h"

#include <gtest/gtest.h>

#include <boost/math/distributions/binomial.hpp>

#include "planted_finals.h"

namespace inkling {
namespace {

/// A configuration of so many seeds that is right in 88% of the images, two seeds of which differ in one of 14 images,
/// and its accuracies by a tenth of a point beyond that.
PlantedSide usual_side(int seeds) { return {.threshold = 1.17, .seed_deviation = 0.005, .seeds = seeds}; }

TEST(CrossedDifference, IsThatOfTheMeans) {
    const std::vector<RightImages> a = {{1, 1, 1, 0}, {1, 1, 0, 0}};
    const std::vector<RightImages> b = {{1, 0, 0, 0}, {1, 0, 1, 0}, {0, 0, 0, 0}};
    EXPECT_DOUBLE_EQ(crossed_difference(a, b).mean, 5.0 / 8 - 3.0 / 12);
    EXPECT_DOUBLE_EQ(crossed_difference(b, a).mean, 3.0 / 12 - 5.0 / 8);
    EXPECT_DOUBLE_EQ(crossed_difference(a, b).interval.low, -crossed_difference(b, a).interval.high);
}

// Worked out by hand: seeds' accuracies 3/4, 1/2 and 1/4, 1/4, the images' differences 1, 1/2, 1/2, -1/2 ... / 1.
TEST(CrossedDifference, PutsTogetherTheVariancesOfSeedsAndImages) {
    const std::vector<RightImages> a = {{1, 1, 1, 0}, {1, 1, 0, 0}};
    const std::vector<RightImages> b = {{0, 0, 0, 1}, {0, 0, 1, 0}};
    // Of a: seeds 1/32, interaction (15/16 * 2 - 4 * 1/32 - 2 * 11/16) / 3; of b: seeds 0, interaction 1/3.
    const double seed_variance = 1.0 / 32;
    const double a_interaction =
        (8 * 0.625 * 0.375 - 4 * seed_variance - 2 * (2 * 0.375 * 0.375 + 0.125 * 0.125 + 0.625 * 0.625)) / 3;
    const double b_interaction = (8 * 0.25 * 0.75 - 2 * (2 * 0.0625 + 2 * 0.0625)) / 3;
    const double of_a = std::max(seed_variance, a_interaction / 4) / 2;
    const double of_b = b_interaction / 4 / 2;
    const double of_images = (2 * 0.625 * 0.625 + 0.375 * 0.375 + 0.875 * 0.875) / 3 / 4;
    const double images_alone = of_images - (a_interaction + b_interaction) / 8;
    const double variance = of_a + of_b + images_alone;
    const CrossedDifference found = crossed_difference(a, b);
    EXPECT_NEAR(found.seed_error, std::sqrt(of_a + of_b), 1e-12);
    EXPECT_NEAR(found.image_error, std::sqrt(of_images), 1e-12);
    const double a_unknown = of_a - a_interaction / 16;
    const double b_unknown = of_b - b_interaction / 16;
    EXPECT_NEAR(found.degrees_of_freedom,
                variance * variance / (a_unknown * a_unknown + b_unknown * b_unknown + images_alone * images_alone / 3),
                1e-9);
}

/// How many of the binomial's draws are so few, or so many, in one of 10,000 cases.
double binomial_bound(int count, double share, double chance) {
    return boost::math::quantile(boost::math::binomial(count, share), chance);
}

class CrossedDifferenceCoverage : public testing::TestWithParam<int> {};

TEST_P(CrossedDifferenceCoverage, IsBetween93And98Percent) {
    const int seeds = GetParam();
    PlantedFinals plant{.a = usual_side(seeds), .b = usual_side(seeds)};
    plant.b.threshold = 1.12;
    constexpr int kStudies = 400;
    const FinalsCoverage found = cover_finals(plant, kStudies, 1);
    EXPECT_GE(found.covered, binomial_bound(kStudies, 0.93, 1e-4));
    EXPECT_LE(found.covered, binomial_bound(kStudies, 0.98, 1 - 1e-4));
}

INSTANTIATE_TEST_SUITE_P(Seeds, CrossedDifferenceCoverage, testing::Values(2, 3, 5));

// Seeds alone, or images alone, would not: what makes the difference is found in each.
TEST(CrossedDifference, CountsSeedsThatDifferMoreThanTheImagesSay) {
    PlantedFinals plant{.a = usual_side(3), .b = usual_side(3)};
    const auto near = draw_finals(plant, 2, 0);
    plant.a.seed_deviation = plant.b.seed_deviation = 0.1;  // two points
    const auto far = draw_finals(plant, 2, 0);
    const CrossedDifference small = crossed_difference(near[0], near[1]);
    const CrossedDifference large = crossed_difference(far[0], far[1]);
    EXPECT_GT(large.seed_error, 4 * small.seed_error);
    EXPECT_NEAR(large.image_error, small.image_error, 0.1 * small.image_error);
    EXPECT_GT(large.interval.high - large.interval.low, 3 * (small.interval.high - small.interval.low));
    EXPECT_LT(large.degrees_of_freedom, 10);
    EXPECT_GT(small.degrees_of_freedom, 4);
}

TEST(CrossedDifference, SaysWhichIsBetter) {
    PlantedFinals plant{.a = usual_side(3), .b = usual_side(3)};
    plant.a.threshold = 1.3;  // 90.3 and 87.9%
    const auto [a, b] = draw_finals(plant, 3, 0);
    EXPECT_EQ(crossed_difference(a, b).verdict(), 1);
    EXPECT_EQ(crossed_difference(b, a).verdict(), -1);
    EXPECT_EQ(crossed_difference(a, a).verdict(), 0);
}

TEST(CrossedDifference, OfOneSeedAgainstSeveralTakesTheirSpread) {
    PlantedFinals plant{.a = usual_side(1), .b = usual_side(5)};
    const FinalsCoverage found = cover_finals(plant, 200, 4);
    EXPECT_GE(found.covered, binomial_bound(200, 0.93, 1e-4));
}

TEST(CrossedDifference, IsUnboundedWhereNothingIsKnownOfSeeds) {
    const std::vector<RightImages> a = {{1, 1, 1, 0}};
    const std::vector<RightImages> b = {{0, 1, 0, 0}};
    const CrossedDifference found = crossed_difference(a, b);
    EXPECT_DOUBLE_EQ(found.mean, 0.5);
    EXPECT_TRUE(std::isinf(found.interval.low) && std::isinf(found.interval.high));
    EXPECT_EQ(found.verdict(), 0);
}

TEST(CrossedDifference, OfEqualAnswersIsNone) {
    const std::vector<RightImages> same = {{1, 1, 1, 0}, {1, 1, 1, 0}};
    const CrossedDifference found = crossed_difference(same, same);
    EXPECT_EQ(found.mean, 0);
    EXPECT_EQ(found.interval.low, 0);
    EXPECT_EQ(found.interval.high, 0);
    EXPECT_EQ(found.verdict(), 0);
}

TEST(MedianRun, IsTheLowerOfTwoMiddleOnesAndTheEarlierOfEquals) {
    const auto median = [](std::vector<double> values) { return median_run(values); };
    EXPECT_EQ(median({0.5}), 0u);
    EXPECT_EQ(median({0.6, 0.5}), 1u);
    EXPECT_EQ(median({0.9, 0.5, 0.7}), 2u);
    EXPECT_EQ(median({0.7, 0.5, 0.7, 0.7}), 0u);
}

}  // namespace
}  // namespace inkling
