#include "study/outlook.h"

#include <gtest/gtest.h>

#include "planted.h"

namespace inkling {
namespace {

const Technique kFour = choice("batch size", "training.batch_size", {"32", "64", "128", "512"});
const Technique kThree = choice("activation", "network.activation", {"relu", "elu", "tanh"});

FamilyPath path_of(
    const StudyRecipe& study, const FindScore& find = [](const auto&, int) { return std::nullopt; }) {
    return follow_path(study, study.families[0], find);
}

TEST(ExpectedJobs, CountsAllFoldsOfARoundWithoutHalving) {
    const StudyRecipe study = planted_study({kThree}, 5);
    const FamilyPath path = path_of(study);
    ASSERT_EQ(path.wanted.size(), 15u);
    // Baseline and best with two seeds and to be watched: six, of which those of the best are not planned yet.
    const JobCounts planned{.pending = 15 + 3};
    EXPECT_EQ(expected_jobs(study, {&path, 1}, planned), 15 + 6);
}

TEST(ExpectedJobs, ExpectsLaterRoundsAndDroppedCandidates) {
    const StudyRecipe study = planted_study({kThree, kFour}, 4, true);
    const FamilyPath path = path_of(study);
    ASSERT_EQ(path.wanted.size(), 3u);
    const JobCounts planned{.pending = 3 + 3};
    const std::int64_t jobs = expected_jobs(study, {&path, 1}, planned);
    EXPECT_GT(jobs, 6 + 3 + 3 * 3);      // more than the first round could be with one left
    EXPECT_LE(jobs, 3 * 4 + 5 * 4 + 6);  // at most all folds of all candidates
}

TEST(ExpectedJobs, IsWhatThereIsAtTheEnd) {
    const StudyRecipe study = planted_study({kThree, kFour}, 4, true);
    const FamilyPath path = explore(study, planted_gains({})).path;
    const JobCounts done{.finished = 30, .failed = 2};
    EXPECT_EQ(expected_jobs(study, {&path, 1}, done), 32);
}

TEST(ExpectedJobs, IsNeverLessThanWhatIsPlanned) {
    const StudyRecipe study = planted_study({kThree, kFour, kThree}, 5, true);
    const Plant plant = planted_gains({{"training.batch_size=64", 0.02}});
    std::int64_t planned = 0;
    const Exploration found = explore(study, plant);
    std::map<std::pair<std::string, int>, FoldScore> scores;
    for (const auto& step : found.steps) {
        const FamilyPath path = path_of(study, [&](const std::string& key, int fold) {
            const auto score = scores.find({key, fold});
            return score == scores.end() ? std::nullopt : std::optional(score->second);
        });
        planned += static_cast<std::int64_t>(path.wanted.size());
        EXPECT_GT(expected_jobs(study, {&path, 1}, {.pending = planned}), planned);
        for (const WantedFold& wanted : step) scores[{wanted.key, wanted.fold}] = plant(wanted.candidate, wanted.fold);
    }
}

}  // namespace
}  // namespace inkling
