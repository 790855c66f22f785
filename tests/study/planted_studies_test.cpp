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
    // What a configuration's folds have in common, its fresh ones have too.
    const PlantedTally tally = run(ChooseRule::kHighestMean, {});
    const auto paths = static_cast<double>(tally.paths);
    EXPECT_EQ(tally.paths, 2 * kStudies);
    EXPECT_LT(std::abs(tally.fresh_excess / paths), 0.001);
    EXPECT_GT(tally.chosen_excess / paths, 0.002);
    // Three groups of intervals, each at 95% divided by the families.
    EXPECT_GE(static_cast<double>(tally.fresh_covered), paths * (1 - 3 * 0.025) - 3 * std::sqrt(paths * 0.075 * 0.925));
}

}  // namespace
}  // namespace inkling
