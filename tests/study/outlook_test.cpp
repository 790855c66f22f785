#include "study/outlook.h"

#include <gtest/gtest.h>

#include "planted.h"

namespace inkling {
namespace {

const Technique kFour = choice("batch size", "training.batch_size", {"32", "64", "128", "512"});
const Technique kThree = choice("activation", "network.activation", {"relu", "leaky_relu", "hard_swish"});

FamilyPath path_of(
    const StudyRecipe& study, const FindScore& find = [](const auto&, int) { return std::nullopt; }) {
    return follow_path(study, study.families[0], find);
}

std::int64_t trainings(const StudyRecipe& study, const FamilyPath& path, const FamilyTally& tally) {
    return Forecast(study).expect({&path, 1}, {&tally, 1}).trainings;
}

TEST(Outlook, CountsAllFoldsOfARoundWithoutHalving) {
    const StudyRecipe study = planted_study({kThree}, 5);
    const FamilyPath path = path_of(study);
    ASSERT_EQ(path.wanted.size(), 15u);
    // Baseline and best with two seeds and to be watched: six, of which those of the best are not planned yet.
    EXPECT_EQ(trainings(study, path, {.folds = {.wanted = 15}, .finals = {.wanted = 3}}), 15 + 6);
}

TEST(Outlook, ExpectsLaterRoundsAndDroppedCandidates) {
    const StudyRecipe study = planted_study({kThree, kFour}, 4, true);
    const FamilyPath path = path_of(study);
    ASSERT_EQ(path.wanted.size(), 9u);
    const std::int64_t jobs = trainings(study, path, {.folds = {.wanted = 9}, .finals = {.wanted = 3}});
    EXPECT_GT(jobs, 6 + 3 + 3 * 3);      // more than the first round could be with one left
    EXPECT_LE(jobs, 3 * 4 + 5 * 4 + 6);  // at most all folds of all candidates
}

TEST(Outlook, CountsFreshFoldsAndWhatConfirms) {
    StudyRecipe study = planted_study({kThree}, 5);
    study.fresh_folds = 2;
    study.confirm = 4;
    study.confirm_seeds = 3;
    const FamilyPath path = path_of(study);
    const FamilyTally begun{.folds = {.wanted = 15}, .finals = {.wanted = 3}};
    // On fresh folds the baseline and, as every fourth choice changes something, half a configuration more.
    EXPECT_EQ(trainings(study, path, begun), 15 + 6 + 1.5 * 2 + 4 * 3);
    study.data_fraction = 0.5;
    const FamilyTally tally{.folds = {.wanted = 15, .finished = 15, .seconds = 60}, .finals = {.wanted = 3}};
    const FamilyPath decided = explore(study, planted_gains({})).path;
    FamilyPath waiting = decided;
    waiting.confirmation = begin_confirmation(study, study.families[0], decided);
    waiting.confirmation->options.push_back(waiting.confirmation->options[0]);
    waiting.confirmation->options[1].trial.key = "of the same cost";
    FamilyTally confirming = tally;
    confirming.confirming = {.wanted = 6};
    const auto seconds_left = [&](const FamilyPath& at, const FamilyTally& of) {
        return Forecast(study).expect({&at, 1}, {&of, 1}).seconds_left.value();
    };
    // A training at full length comes to 3 / (2 * 7 / 16) of a fold's time; those that confirm learn from nine tenths.
    const double full = 4 * 3 / (2 * 7 / 16.0);
    EXPECT_NEAR(seconds_left(waiting, confirming), 6 * full + 6 * 0.9 * full, 1e-9);
    confirming.confirming = {.wanted = 6, .finished = 3, .seconds = 30};
    const std::string first = waiting.confirmation->options[0].trial.key;
    waiting.confirmation = score_confirmation(study, *waiting.confirmation, [&](const std::string& key, int seed) {
        return seed == 0 || (seed == 1 && key == first) ? std::optional(FoldScore{.accuracy = 0.8}) : std::nullopt;
    });
    EXPECT_NEAR(seconds_left(waiting, confirming), 6 * 10 / 0.9 + 3 * 10, 1e-9);
}

TEST(Outlook, CountsWhatWouldBeConfirmedBesidesWhatIsPlanned) {
    StudyRecipe study = planted_study({kThree}, 5);
    study.confirm = 8;
    const FamilyTally tally{.folds = {.wanted = 15, .finished = 15, .seconds = 60}, .finals = {.wanted = 3}};
    FamilyPath path = explore(study, planted_gains({{"network.activation=leaky_relu", 0.02}})).path;
    path.confirmation = begin_confirmation(study, study.families[0], path);
    const std::int64_t all = trainings(study, path, tally);
    StudyRecipe fewer = study;
    fewer.confirm = 1;
    path.confirmation = begin_confirmation(fewer, study.families[0], path);
    ASSERT_EQ(path.confirmation->options.size(), 1u);
    EXPECT_EQ(trainings(study, path, tally), all);
    EXPECT_LT(trainings(fewer, path, tally), all);
}

TEST(Outlook, TakesBatchesOfCombinationsForAsDearAsThoseOfOneRound) {
    // Of dear networks: what a batch's best costs says nothing of the next batch.
    StudyRecipe study =
        planted_study({choice("hidden layers", "network.hidden", {"[256,256,256]", "[512,512,512]"})}, 5);
    study.families[0].techniques.push_back(
        {.name = "learning rate",
         .options = {},
         .range = ValueRange{.key = "optimizer.learning_rate", .low = 1e-3, .high = 1e-1, .logarithmic = true}});
    study.choose = ChooseRule::kHighestMean;
    study.samples = 40;
    const auto seconds_left = [&](StrategyKind strategy) {
        study.strategy = strategy;
        const FamilyPath path = path_of(study);
        const FamilyTally tally{.folds = {.wanted = std::ssize(path.wanted), .finished = 1, .seconds = 1},
                                .finals = {.wanted = 3}};
        return Forecast(study).expect({&path, 1}, {&tally, 1}).seconds_left.value();
    };
    const double in_one_round = seconds_left(StrategyKind::kRandom);
    EXPECT_NEAR(seconds_left(StrategyKind::kTpe), in_one_round, 0.25 * in_one_round);
}

TEST(Outlook, IsWhatThereIsAtTheEnd) {
    const StudyRecipe study = planted_study({kThree, kFour}, 4, true);
    const FamilyPath path = explore(study, planted_gains({})).path;
    const FamilyTally done{.folds = {.wanted = 26, .finished = 24, .failed = 2, .seconds = 48},
                           .finals = {.wanted = 6, .finished = 6, .seconds = 60},
                           .best = {.wanted = 3, .finished = 3, .seconds = 30}};
    const Outlook outlook = Forecast(study).expect({&path, 1}, {&done, 1});
    EXPECT_EQ(outlook.trainings, 32);
    EXPECT_EQ(outlook.seconds_left, 0);
}

TEST(Outlook, IsNeverLessThanWhatIsPlanned) {
    const StudyRecipe study = planted_study({kThree, kFour, kThree}, 5, true);
    const Plant plant = planted_gains({{"training.batch_size=64", 0.02}});
    FamilyTally tally;
    const Exploration found = explore(study, plant);
    std::map<std::pair<std::string, int>, FoldScore> scores;
    for (const auto& step : found.steps) {
        const FamilyPath path = path_of(study, [&](const std::string& key, int fold) {
            const auto score = scores.find({key, fold});
            return score == scores.end() ? std::nullopt : std::optional(score->second);
        });
        tally.folds.wanted += static_cast<std::int64_t>(path.wanted.size());
        EXPECT_GT(trainings(study, path, tally), tally.folds.wanted);
        for (const WantedFold& wanted : step) scores[{wanted.key, wanted.fold}] = plant(wanted.candidate, wanted.fold);
    }
}

TEST(Outlook, TakesTheTimeOfWhatIsLeftFromWhatIsDone) {
    StudyRecipe study = planted_study({kThree}, 5);  // 2 epochs a fold, 3 at the end
    study.data_fraction = 0.5;
    FamilyPath path = path_of(study);
    FamilyTally tally{.folds = {.wanted = 15}, .finals = {.wanted = 3}};
    const auto seconds_left = [&] { return Forecast(study).expect({&path, 1}, {&tally, 1}).seconds_left; };
    EXPECT_EQ(seconds_left(), std::nullopt);

    path = path_of(study, [](const auto&, int fold) {
        return fold == 0 ? std::optional(FoldScore{.accuracy = 0.8}) : std::nullopt;
    });
    tally.folds.finished = 3;
    tally.folds.seconds = 12;
    // A fold trains on 5/6 of half the images, so that six trainings at the end come to 3 / (2 * 5 / 12) folds each.
    ASSERT_TRUE(seconds_left());
    EXPECT_DOUBLE_EQ(*seconds_left(), 12 * 4 + 6 * 4 * 3.6);

    tally.finals.finished = 1;
    tally.finals.seconds = 30;
    EXPECT_DOUBLE_EQ(*seconds_left(), 12 * 4 + 5 * 30);
}

TEST(Outlook, ExpectsMoreTimeOfConfigurationsThatComputeMore) {
    const auto seconds_left = [](const std::string& hidden) {
        const StudyRecipe study = planted_study({kThree, choice("layers", "network.hidden", {"[8, 8, 8]", hidden})}, 4);
        const FamilyPath path = path_of(study);
        const FamilyTally tally{.folds = {.wanted = 12, .finished = 3, .seconds = 6}, .finals = {.wanted = 3}};
        return Forecast(study).expect({&path, 1}, {&tally, 1}).seconds_left.value_or(0);
    };
    EXPECT_GT(seconds_left("[512, 256, 128]"), 1.1 * seconds_left("[8, 8, 16]"));
}

TEST(Outlook, TakesNoLessThanItsLongestTraining) {
    Outlook outlook{.seconds_left = 40, .longest = 30};
    EXPECT_EQ(outlook.seconds_left_of(1), 40);
    EXPECT_EQ(outlook.seconds_left_of(2), 30);
    outlook.seconds_left.reset();
    EXPECT_EQ(outlook.seconds_left_of(2), std::nullopt);
}

TEST(Outlook, TellsTheShareOfTheExpectedWork) {
    const StudyRecipe study = planted_study({kThree}, 5);
    const FamilyPath path = path_of(study);
    const FamilyTally tally{.folds = {.wanted = 15, .finished = 5, .seconds = 20}, .finals = {.wanted = 3}};
    const Outlook outlook = Forecast(study).expect({&path, 1}, {&tally, 1});
    ASSERT_TRUE(outlook.share && outlook.seconds_left);
    EXPECT_DOUBLE_EQ(*outlook.share, 20 / (20 + *outlook.seconds_left));
    EXPECT_FALSE(Forecast(study).expect({&path, 1}, std::vector<FamilyTally>{{}}).share);
}

}  // namespace
}  // namespace inkling
