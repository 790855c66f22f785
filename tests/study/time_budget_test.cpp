#include "study/time_budget.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <numeric>

#include "planted_clock.h"
#include "study/outlook.h"

namespace inkling {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kSlow = true;
#else
constexpr bool kSlow = false;
#endif

constexpr std::int64_t kImages = 112800;
constexpr int kClasses = 47;

const std::vector<StudyRecipe>& recipes() {
    static const std::vector<StudyRecipe> recipes = read_study_recipes(INKLING_RECIPES "/study.toml");
    return recipes;
}

/// What would be measured on the machine before the study, `error` times too slow.
MachinePace pace_of(const PlantedMachine& machine, double error = 1) {
    return {.seconds_per_cost = {error / machine.speed, error / machine.speed}, .workers = machine.workers};
}

/// What of its time a study of the quick lists takes.
double share_of_time(PlantedMachine machine, double seconds, int seed, double error) {
    const StudyRecipe study = size_study({recipes().data(), 1}, pace_of(machine, error), kImages, kClasses, seconds);
    PlantedRun run(study, machine, {.common = 0.25, .gains = 0.006}, seed, kImages, seconds);
    return run.run() / seconds;
}

/// Of studies of 8 minutes on machines that differ four times in speed, measured up to a quarter too slow or too fast.
std::vector<double> shares_of_time(int studies, double halves_at = 1e99) {
    std::vector<double> shares;
    for (const double speed : {3.3e10, 6.7e10, 1.33e11})
        for (const double error : {0.8, 1.25})
            for (int seed = 0; seed < studies; ++seed)
                shares.push_back(share_of_time({.speed = speed, .halves_at = halves_at}, 480, seed, error));
    std::sort(shares.begin(), shares.end());
    return shares;
}

TEST(TimeBudget, EndsWithinATenthOfTheTimeOnMachinesThatDifferFourTimesInSpeed) {
    const std::vector<double> shares = shares_of_time(kSlow ? 1 : 5);
    const auto within =
        std::count_if(shares.begin(), shares.end(), [](double share) { return share >= 0.9 && share <= 1.1; });
    EXPECT_GE(within, static_cast<std::ptrdiff_t>(shares.size()) - 1) << shares.front() << " " << shares.back();
    EXPECT_GE(shares.front(), 0.85);
    EXPECT_LE(shares.back(), 1.15);
}

TEST(TimeBudget, KeepsNearTheTimeWhereAnotherProgramTakesHalfTheMachineMidway) {
    const std::vector<double> shares = shares_of_time(3, 240);
    // As planned, a study would take half as long again where half of its work is left.
    EXPECT_LE(shares[shares.size() / 2], 1.1);
    EXPECT_LE(shares.back(), 1.75);
}

TEST(TimeBudget, GoesOnAsItWasDecided) {
    const StudyRecipe study =
        size_study({recipes().data(), 1}, pace_of({.speed = 6.7e10}, 0.8), kImages, kClasses, 480);
    PlantedRun run(study, {.speed = 6.7e10, .halves_at = 200}, {.common = 0.25, .gains = 0.006}, 3, kImages, 480);
    run.run();
    // Another process, without the first one's memory.
    Planner again(study, 480);
    const Plan plan = again.plan(run.store());
    EXPECT_EQ(again.study(), run.study());
    EXPECT_LT(again.study().families[0].rounds.value_or(11) + again.study().families[1].rounds.value_or(11), 22u);
    const JobCounts counts = run.store().counts();
    EXPECT_EQ(counts.pending + counts.running, 0);
    // The recipe with what was decided alone, without a time, leads the same way.
    Planner elsewhere(again.study());
    const std::vector<FamilyPath> paths = elsewhere.follow(run.store());
    for (std::size_t i = 0; i < paths.size(); ++i) {
        EXPECT_TRUE(paths[i].decided);
        EXPECT_EQ(paths[i].chosen(), plan.paths[i].chosen());
    }
}

TEST(TimeBudget, SizesByOneFactorUpToTheTime) {
    const MachinePace pace = pace_of({.speed = 6.7e10});
    double before = 0;
    for (const double seconds : {240.0, 480.0, 1800.0}) {
        const StudyRecipe study = size_study({recipes().data(), 1}, pace, kImages, kClasses, seconds);
        EXPECT_EQ(study.time, 0);
        EXPECT_LE(expected_seconds(study, pace, kImages), seconds / kReserve);
        EXPECT_GE(expected_seconds(study, pace, kImages), 0.95 * seconds / kReserve);
        EXPECT_GT(study.data_fraction * study.families[0].epochs, before);
        before = study.data_fraction * study.families[0].epochs;
    }
}

TEST(TimeBudget, TakesTheListsOfALargerBudgetWhereTheTimeIsMore) {
    const MachinePace pace = pace_of({.speed = 6.7e10});
    const double standard = expected_seconds(recipes()[1], pace, kImages);
    EXPECT_EQ(size_study(recipes(), pace, kImages, kClasses, 0.45 * standard).budget, "quick");
    EXPECT_EQ(size_study(recipes(), pace, kImages, kClasses, 0.55 * standard).budget, "standard");
}

TEST(TimeBudget, LeavesOutTheLastRoundsWhereTheLeastTakesTooLong) {
    const StudyRecipe study = size_study({recipes().data(), 1}, pace_of({.speed = 1.33e10}), kImages, kClasses, 400);
    EXPECT_EQ(study.families[0].epochs, 1);
    ASSERT_TRUE(study.families[0].rounds && study.families[1].rounds);
    EXPECT_LT(*study.families[0].rounds, 11u);
    EXPECT_LE(*study.families[0].rounds - *study.families[1].rounds, 1u);
    EXPECT_GE(*study.families[1].rounds, 1u);
}

TEST(TimeBudget, ConfirmsLessWhereTheTimeIsShortAndNothingWhereItIsTiny) {
    const auto sized = [](double seconds) {
        return size_study({recipes().data(), 1}, pace_of({.speed = 6.7e10}), kImages, kClasses, seconds);
    };
    int before = 0;
    for (const double seconds : {240.0, 600.0, 3600.0}) {
        const StudyRecipe study = sized(seconds);
        EXPECT_GE(study.confirm, std::max(before, 3)) << seconds;
        EXPECT_GE(study.fresh_folds, 1) << seconds;
        before = study.confirm;
    }
    EXPECT_EQ(before, recipes().front().confirm);
    EXPECT_EQ(sized(100).confirm, 0);
    EXPECT_EQ(sized(100).fresh_folds, 0);
}

TEST(TimeBudget, LeavesOutAChallengerOfWhichOneTrainingTakesLong) {
    const MachinePace pace = pace_of({.speed = 6.7e10});
    const StudyRecipe quick = size_study({recipes().data(), 1}, pace, kImages, kClasses, 480);
    EXPECT_FALSE(quick.families[0].challenger.empty());
    EXPECT_TRUE(quick.families[1].challenger.empty());  // some 20 times the baseline's operations
}

TEST(TimeBudget, ConfirmsThreeOfEachFamilyAtLeastThoughTheMachineBecomesSlow) {
    const StudyRecipe study = size_study({recipes().data(), 1}, pace_of({.speed = 1.33e11}), kImages, kClasses, 1200);
    ASSERT_GT(study.confirm, 3);
    PlantedRun run(study, {.speed = 1.33e11, .halves_at = 150}, {.common = 0.25, .gains = 0.006}, 1, kImages, 1200);
    run.run();
    EXPECT_GE(run.study().confirm, 3);
    EXPECT_EQ(run.study().fresh_folds, study.fresh_folds);
    for (const FamilyPath& path : run.end().paths) {
        ASSERT_TRUE(path.confirmation && path.confirmation->decided);
        EXPECT_GE(path.confirmation->options.size(), 3u);
        EXPECT_TRUE(path.fresh && path.fresh->complete);
    }
}

/// Of a study of 8 minutes that has a third of the machine for its first two fifths.
class SlowedStudy {
  public:
    SlowedStudy(double speed, int seed)
        : machine_{.speed = speed, .thirds_until = 0.4 * kSeconds},
          sized_(size_study({recipes().data(), 1}, pace_of(machine_), kImages, kClasses, kSeconds)),
          run_(sized_, machine_, {.common = 0.25, .gains = 0.006}, seed, kImages, kSeconds),
          share_(run_.run([this](double, const StudyRecipe&, const Plan&) { note(); }) / kSeconds) {}

    PlantedRun& run() { return run_; }
    const StudyRecipe& sized() const { return sized_; }
    double share() const { return share_; }
    std::size_t least_rounds() const { return least_; }
    std::size_t rounds() { return rounds_of(*run_.store().last_decision()); }

    static constexpr double kSeconds = 480;

  private:
    static std::size_t rounds_of(const Decision& decision) {
        return std::accumulate(decision.rounds.begin(), decision.rounds.end(), std::size_t{0});
    }
    void note() {
        if (const auto decision = run_.store().last_decision()) least_ = std::min(least_, rounds_of(*decision));
    }

    PlantedMachine machine_;
    StudyRecipe sized_;
    PlantedRun run_;
    std::size_t least_ = 1000;  // of both families, that it was to make at any time
    double share_;
};

TEST(TimeBudget, BringsRoundsBackBeforeSeedsWhereAMachineThatWasSlowBecomesFast) {
    std::vector<double> shares;
    std::vector<std::size_t> rounds;
    for (const double speed : {6.7e10, 1.33e11})
        for (int seed = 0; seed < (kSlow ? 1 : 3); ++seed) {
            SlowedStudy study(speed, seed);
            EXPECT_LE(study.least_rounds(), 5u);  // of 22
            EXPECT_GT(study.rounds(), study.least_rounds());
            EXPECT_LE(study.run().study().final_seeds, 4);
            shares.push_back(study.share());
            rounds.push_back(study.rounds());
        }
    std::sort(shares.begin(), shares.end());
    std::sort(rounds.begin(), rounds.end());
    EXPECT_GE(shares.front(), 0.9);
    EXPECT_LE(shares.back(), 1.1);
    EXPECT_GE(rounds.front(), 8u);
    EXPECT_GE(rounds[rounds.size() / 2], 15u);
}

TEST(TimeBudget, RepeatsAStudyWhoseRoundsCameBack) {
    SlowedStudy study(6.7e10, 1);
    const FamilyPath& path = study.run().end().paths.front();
    // What is tested was found by all rounds, however many ends the path had before.
    for (const EndedTraining& training : study.run().store().ended()) {
        const bool of_best = training.job.role == Role::kBest;
        if (of_best && training.job.family == study.sized().families[0].name) {
            EXPECT_EQ(training.job.candidate, path.chosen());
        }
    }
    Planner again(study.sized(), SlowedStudy::kSeconds);
    const Plan plan = again.plan(study.run().store());
    EXPECT_EQ(again.study(), study.run().study());
    const JobCounts counts = study.run().store().counts();
    EXPECT_EQ(counts.pending + counts.running, 0);
    // With explicit numbers and no time, another study comes the same way to the same end.
    PlantedRun elsewhere(again.study(), {.workers = 3, .speed = 2e10}, {.common = 0.25, .gains = 0.006}, 1, kImages);
    elsewhere.run();
    for (std::size_t i = 0; i < plan.paths.size(); ++i) {
        EXPECT_EQ(elsewhere.end().paths[i].rounds.size(), plan.paths[i].rounds.size());
        EXPECT_EQ(elsewhere.end().paths[i].chosen(), plan.paths[i].chosen());
    }
}

TEST(TimeBudget, BringsNoRoundBackOnceWhatStandsAtTheEndMayBeTrained) {
    const StudyRecipe study = size_study({recipes().data(), 1}, pace_of({.speed = 6.7e10}), kImages, kClasses, 480);
    const Decision left_out{.border = 7, .decided = {4, 3}, .rounds = {4, 3}, .confirm = 3};
    EXPECT_TRUE(may_return(study, left_out));
    Decision settled = left_out;
    for (const int border : {8, 10, 1'000'000, 2'000'000, 1'000'010}) {
        settled.border = border;
        EXPECT_FALSE(may_return(study, settled)) << border;
    }
    settled.border = 1'000'007;  // back, decided, and left out again
    EXPECT_TRUE(may_return(study, settled));
    EXPECT_FALSE(may_return(study, std::nullopt));
}

TEST(SpentTime, IsWhatTrainingsCoverTogether) {
    const std::vector<TimeSpan> spans{{0, 2}, {1, 4}, {10, 12}, {9, 11}};
    EXPECT_EQ(spent_times(spans), (std::vector<double>{2, 4, 6, 7}));
}

TEST(Forecast, IsRightWithinAQuarterAtAFifthTwoAndThreeFifthsOfQuickStudies) {
    const PlantedMachine machine{.speed = 6.7e10};
    const StudyRecipe study = size_study({recipes().data(), 1}, pace_of(machine), kImages, kClasses, 480);
    std::map<int, int> right;  // by fifths of the study
    int studies = 0;
    for (int seed = 0; seed < (kSlow ? 3 : 20); ++seed)
        for (const double gains : {0.0, 0.006}) {
            const PlantedWorld world{.common = 0.25, .gains = gains};
            const double end = PlantedRun(study, machine, world, seed, kImages).run();
            Forecast forecast(study);
            int fifth = 1;
            PlantedRun again(study, machine, world, seed, kImages);
            again.run([&](double now, const StudyRecipe&, const Plan& plan) {
                if (fifth > 3 || now < fifth * end / 5) return;
                const auto left = forecast.expect(plan.paths, plan.tallies).seconds_left_of(machine.workers);
                const double ratio = left.value_or(0) / (end - now);
                right[fifth++] += ratio > 0.75 && ratio < 1.25 ? 1 : 0;
            });
            ++studies;
        }
    // Of 200 such studies it is right in 96, 97 and 94%. Which 40 are drawn changes with every key of a recipe: of a
    // rate of 95%, 99 in 100 draws have as many as these.
    for (const int fifth : {1, 2, 3}) EXPECT_GE(right[fifth], (kSlow ? 0.8 : 0.875) * studies) << fifth;
}

}  // namespace
}  // namespace inkling
