#include "study/comparison.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "core/random.h"

namespace inkling {
namespace {

using Scores = std::vector<double>;

std::vector<std::span<const double>> spans(const std::vector<Scores>& options) {
    return {options.begin(), options.end()};
}

std::vector<Difference> all_differences(const std::vector<Scores>& options, double ratio) {
    return differences_from(0, spans(options), residual_variance(spans(options)), static_cast<int>(options.size()),
                            ratio, 0.05);
}

TEST(FoldAdjustedMeans, DoNotDependOnWhichFoldsAnOptionHas) {
    // The third fold is easy; what lacks it is no worse for that.
    const std::vector<Scores> options = {{0.5, 0.6, 0.9}, {0.4, 0.5, 0.8}, {0.45, 0.55}, {}};
    const std::vector<double> means = fold_adjusted_means(spans(options));
    ASSERT_EQ(means.size(), 4u);
    EXPECT_NEAR(means[0], 2.0 / 3, 1e-12);
    EXPECT_NEAR(means[1], 17.0 / 30, 1e-12);
    EXPECT_NEAR(means[2], (means[0] + means[1]) / 2, 1e-12);
    EXPECT_TRUE(std::isnan(means[3]));
}

TEST(StudentizedRange, EqualsRsQtukey) {
    // qtukey(1 - level, groups, degrees), by SciPy's studentized_range.
    EXPECT_NEAR(studentized_range(3, 8, 0.05), 4.04104, 1e-4);
    EXPECT_NEAR(studentized_range(4, 12, 0.05), 4.19866, 1e-4);
    EXPECT_NEAR(studentized_range(10, 36, 0.01), 5.65081, 1e-4);
    EXPECT_NEAR(studentized_range(2, 4, 0.05), 3.92649, 1e-4);
    EXPECT_NEAR(studentized_range(5, 8, 0.05 / 22), 8.41723, 1e-4);
    EXPECT_NEAR(studentized_range(3, 1, 0.05), 26.97553, 1e-3);
    EXPECT_NEAR(studentized_range(61, 240, 0.025), 6.13466, 1e-4);
}

TEST(StudentizedRange, IsThatOfSimulatedMeans) {
    const double quantile = studentized_range(5, 6, 0.1);
    RandomStream random(1, Purpose::kBenchmark);
    int beyond = 0;
    constexpr int kDraws = 20000;
    for (int draw = 0; draw < kDraws; ++draw) {
        double low = 1e9;
        double high = -1e9;
        for (int group = 0; group < 5; ++group) {
            const double value = random.normal();
            low = std::min(low, value);
            high = std::max(high, value);
        }
        double squares = 0;
        for (int degree = 0; degree < 6; ++degree) {
            const double value = random.normal();
            squares += value * value;
        }
        beyond += high - low > quantile * std::sqrt(squares / 6) ? 1 : 0;
    }
    // Four deviations of a binomial share of 0.1.
    EXPECT_NEAR(beyond / double{kDraws}, 0.1, 4 * std::sqrt(0.09 / kDraws));
}

TEST(ResidualVariance, IsTheMeanSquareOfTheInteraction) {
    const std::vector<Scores> options = {{1, 2, 4}, {2, 5, 3}};
    // Differences 1, 3, -1: of two options, half their variance.
    const ResidualVariance residual = residual_variance(spans(options));
    EXPECT_EQ(residual.degrees, 2);
    EXPECT_NEAR(residual.variance, 2, 1e-12);
}

TEST(ResidualVariance, KnowsNothingOfWhatFoldsDoToAll) {
    const std::vector<Scores> options = {{1, 5, 9}, {2, 6, 10}, {0, 4}};
    const ResidualVariance residual = residual_variance(spans(options));
    EXPECT_EQ(residual.degrees, 3);
    EXPECT_NEAR(residual.variance, 0, 1e-12);
}

TEST(ResidualVariance, IsPooledByDegrees) {
    const ResidualVariance both = pooled({.variance = 3, .degrees = 2}, {.variance = 6, .degrees = 4});
    EXPECT_EQ(both.degrees, 6);
    EXPECT_DOUBLE_EQ(both.variance, 5);
    EXPECT_EQ(pooled({}, {}).degrees, 0);
}

TEST(DifferencesFrom, AreOnTheFoldsThatBothHave) {
    const std::vector<Scores> options = {{0.5, 0.6, 0.7}, {0.4, 0.6}};
    const std::vector<Difference> differences = all_differences(options, 0.25);
    EXPECT_EQ(differences[0].mean, 0);
    EXPECT_NEAR(differences[1].mean, -0.05, 1e-12);
    EXPECT_EQ(differences[1].folds, 2);
}

TEST(DifferencesFrom, OfTwoOptionsAreTheCorrectedPairedTTest) {
    const std::vector<Scores> options = {{0.81, 0.83, 0.8, 0.84}, {0.8, 0.81, 0.8, 0.81}};
    const Difference difference = all_differences(options, 1.0 / 3)[1];
    const PairedDifference paired = paired_difference(options[1], options[0], 1.0 / 3);
    EXPECT_NEAR(difference.interval.low, paired.interval.low, 1e-9);
    EXPECT_NEAR(difference.interval.high, paired.interval.high, 1e-9);
}

TEST(DifferencesFrom, AreUnboundedAfterOneFold) {
    const std::vector<Scores> options = {{0.5, 0.6}, {0.4}};
    EXPECT_EQ(all_differences(options, 0.25)[1].interval.low, -INFINITY);
}

TEST(DifferencesFrom, TakeNoLessThanThePairsOwnVariance) {
    const std::vector<Scores> options = {{0.5, 0.6, 0.7}, {0.51, 0.61, 0.71}, {0.9, 0.1, 0.8}, {0.5, 0.6, 0.7}};
    const std::vector<Difference> differences = all_differences(options, 0.25);
    const auto width = [&](std::size_t i) { return differences[i].interval.high - differences[i].interval.low; };
    EXPECT_GT(width(2), 1.2 * width(1));
    EXPECT_GT(width(1), 0);  // of the others
}

TEST(IsBehind, AsksForMoreThanChance) {
    const std::vector<Scores> far = {{0.5, 0.51, 0.5}, {0.8, 0.805, 0.81}};
    const std::vector<Scores> near = {{0.5, 0.51, 0.5}, {0.505, 0.5, 0.51}};
    const auto behind = [](const std::vector<Scores>& options, std::size_t option, std::size_t best) {
        return is_behind(options[option], options[best], residual_variance(spans(options)), 1.0 / 3, 0.05);
    };
    EXPECT_TRUE(behind(far, 0, 1));
    EXPECT_FALSE(behind(far, 1, 0));
    EXPECT_FALSE(behind(near, 0, 1));
}

TEST(CorrelationRatio, IsNeverLessThanThatOfAQuarter) {
    EXPECT_EQ(correlation_ratio(2), 0.5);
    EXPECT_EQ(correlation_ratio(5), 1.0 / 3);
}

}  // namespace
}  // namespace inkling
