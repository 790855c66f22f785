#include "planted_studies.h"

#include <gtest/gtest.h>

#include <cmath>

namespace inkling {
namespace {

// Whole quick studies on planted scores; bench/planted_studies has more of them, and the other budgets.

constexpr std::int64_t kStudies = 200;

PlantedTally run(ChooseRule choose, const PlantedWorld& world) {
    StudyRecipe study = read_study_recipe(INKLING_RECIPES "/study.toml", "quick");
    study.choose = choose;
    return run_planted_studies(study, world, kStudies, 7, 2);
}

/// The most that chance lets a share of 5% come to, in three deviations of a binomial.
const double kMostOfTwentieth = kStudies * 0.05 + 3 * std::sqrt(kStudies * 0.05 * 0.95);

TEST(PlantedStudies, RarelyTellEqualOptionsApart) {
    for (const double common : {0.0, 0.25})
        EXPECT_LE(run(ChooseRule::kHighestMean, {.common = common}).false_claims, kMostOfTwentieth) << common;
}

TEST(PlantedStudies, LetEqualOptionsWinEquallyOften) {
    // Four deviations are beyond all of some 50 options but for once in hundreds of runs, where each is to win often
    // enough for its share to be about normal.
    const PlantedTally tally = run(ChooseRule::kHighestMean, {});
    int judged = 0;
    for (const auto& [name, wins] : tally.wins) {
        if (wins.expected < 5) continue;
        ++judged;
        EXPECT_LE(std::abs(wins.deviations()), 4) << name;
    }
    EXPECT_GT(judged, 10);
}

TEST(PlantedStudies, HaveIntervalsThatHoldTheTrueDifferences) {
    const PlantedTally tally = run(ChooseRule::kCheapest, {.common = 0.25, .gains = 0.006});
    EXPECT_GE(tally.covered, kStudies - kMostOfTwentieth);
    EXPECT_LE(tally.false_claims, kMostOfTwentieth);
    EXPECT_GT(tally.claims, 0);
}

TEST(PlantedStudies, GainNothingOnFreshFoldsWhereAllAreEqualButMuchByTheScoresThatChose) {
    const PlantedTally tally = run(ChooseRule::kHighestMean, {});
    const auto paths = static_cast<double>(tally.paths);
    EXPECT_EQ(tally.paths, 2 * kStudies);
    EXPECT_LT(std::abs(tally.fresh_excess / paths), 0.001);
    EXPECT_GT(tally.chosen_excess / paths, 0.002);
}

TEST(PlantedStudies, HaveIntervalsOnFreshFoldsThatHoldThoughFoldsHaveMuchInCommon) {
    const PlantedTally tally = run(ChooseRule::kHighestMean, {.common = 0.25});
    const auto paths = static_cast<double>(tally.paths);
    EXPECT_LT(tally.fresh_excess, tally.chosen_excess);
    EXPECT_GE(static_cast<double>(tally.fresh_covered), paths * 0.975 - 3 * std::sqrt(paths * 0.025 * 0.975));
}

}  // namespace
}  // namespace inkling
