#include "study/results.h"

#include <gtest/gtest.h>

#include "refusal.h"
#include "study/owner.h"
#include "temporary_folder.h"
#include "toy_study.h"

namespace inkling {
namespace {

TEST(ReadResults, SaysWhatToDoWhereThereIsNoStudy) {
    TemporaryFolder folder;
    const std::string message = data_refusal([&] { read_results({folder.path()}); });
    EXPECT_TRUE(contains(message, "no study (it has no study.sqlite); start one with 'inkling study'"));
    EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(ReadResults, SaysSoWhereTheStudyHasNotBegun) {
    TemporaryFolder folder;
    const StudyFolder study{folder.path()};
    open_study_database(study.store(), Database::Mode::kCreate);
    EXPECT_TRUE(contains(data_refusal([&] { read_results(study); }), "the store holds no study"));
}

TEST(ReadResults, ShowsAStudyHoweverFarItHasCome) {
    TemporaryFolder folder;
    const StudyFolder study{folder.path()};
    const StudyRecipe recipe = toy_study();
    begin_toy_study(study, recipe);
    SqliteJobStore store(study.store(), Database::Mode::kWrite);
    const auto path = [&] { return read_results(study).families.at(0).path; };
    EXPECT_EQ(read_results(study).recipe, recipe);
    EXPECT_EQ(read_results(study).training_seconds, 0);
    EXPECT_EQ(path().wanted.size(), 6u);
    EXPECT_FALSE(path().rounds.at(0).decided);

    const Job job = toy_job(recipe, path().wanted[1].candidate, Role::kFold, 0);
    store.want({&job, 1});
    const auto id = store.claim(this_owner())->id;
    EXPECT_EQ(read_results(study).counts.running, 1);
    store.finish(id, this_owner(),
                 {.accuracy = 0.5, .loss = 1, .history = {{.epoch = 1, .seconds = 2, .images_per_second = 3}}});
    EXPECT_EQ(read_results(study).counts.finished, 1);
    EXPECT_EQ(read_results(study).training_seconds, 2);
    EXPECT_EQ(path().rounds.at(0).options.at(1).trial().scores, std::vector<double>{0.5});
    EXPECT_EQ(path().wanted.size(), 5u);
    EXPECT_TRUE(read_results(study).families[0].baseline_curve.empty());
}

}  // namespace
}  // namespace inkling
