#include "study/study_record.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "refusal.h"
#include "study/study_database.h"
#include "temporary_folder.h"

namespace inkling {
namespace {

const StudyRecord kRecord{.recipe = "name = \"a\"\nfolds = 3\n",
                          .budget = "quick",
                          .split = "toy",
                          .files = {{"images", "12ab"}, {"labels", "34cd"}},
                          .threads = 1,
                          .needs = {.automatic = PrecisionChoice::kFp32, .bfloat16 = false}};

const StudyOrigin kOrigin{
    .data = "/data",
    .environment = {.inkling = "0.1", .onednn = "2.6", .compiler = "gcc", .processor = "a processor", .processors = 2},
    .begun = "2026-11-23 14:05:09"};

class StudyRecordTest : public testing::Test {
  protected:
    std::filesystem::path path() const { return folder_ / "study.sqlite"; }
    Database open() const { return open_study_database(path(), Database::Mode::kCreate); }

    TemporaryFolder folder_;
};

TEST_F(StudyRecordTest, RemembersWhatTheStudyIsAndWhereItBegan) {
    Database database = open();
    EXPECT_TRUE(contains(data_refusal([&] { read_study_record(database); }), "the store holds no study; start one"));
    EXPECT_TRUE(contains(data_refusal([&] { read_study_origin(database); }), "the store holds no study; start one"));
    begin_study(database, kRecord, kOrigin);
    Database again = open_study_database(path(), Database::Mode::kRead);
    const StudyRecord record = read_study_record(again);
    EXPECT_EQ(record.recipe, kRecord.recipe);
    EXPECT_EQ(record.budget, "quick");
    EXPECT_EQ(record.split, "toy");
    EXPECT_EQ(record.threads, 1);
    EXPECT_EQ(record.needs, kRecord.needs);
    ASSERT_EQ(record.files.size(), 2u);
    EXPECT_EQ(record.files[1].name, "labels");
    EXPECT_EQ(record.files[1].sha256, "34cd");
    const StudyOrigin origin = read_study_origin(again);
    EXPECT_EQ(origin.data, "/data");
    EXPECT_EQ(origin.begun, kOrigin.begun);
    EXPECT_EQ(origin.environment, kOrigin.environment);
}

TEST_F(StudyRecordTest, GoesOnWithTheSameStudyWhereverItRuns) {
    Database database = open();
    begin_study(database, kRecord, kOrigin);
    begin_study(database, kRecord, {.data = "/elsewhere", .environment = {}, .begun = "later"});
    EXPECT_EQ(read_study_origin(database).data, "/data");
    EXPECT_EQ(read_study_origin(database).begun, kOrigin.begun);
}

TEST_F(StudyRecordTest, RefusesAnotherStudyAndShowsTheDifference) {
    Database database = open();
    begin_study(database, kRecord, kOrigin);
    const auto refusal = [&](auto change) {
        StudyRecord record = kRecord;
        change(record);
        return usage_refusal([&] { begin_study(database, record, kOrigin); });
    };
    EXPECT_EQ(refusal([](StudyRecord& record) { record.recipe = "name = \"a\"\nfolds = 4\n"; }),
              "this study was begun with another recipe or budget: line 2 was 'folds = 3' and is now 'folds = 4'; take "
              "another folder with --out, or remove it");
    EXPECT_TRUE(contains(refusal([](StudyRecord& record) { record.recipe += "more\n"; }),
                         "line 3 was nothing and is now 'more'"));
    EXPECT_TRUE(contains(refusal([](StudyRecord& record) { record.recipe = "name = \"a\"\n"; }),
                         "line 2 was 'folds = 3' and is now nothing"));
    EXPECT_TRUE(contains(refusal([](StudyRecord& record) { record.split = "balanced"; }),
                         "begun with other data: split toy, now balanced; take another folder"));
    const std::string other_file = refusal([](StudyRecord& record) { record.files[1].sha256 = "ffff"; });
    EXPECT_TRUE(contains(other_file, "34cd"));
    EXPECT_TRUE(contains(other_file, "ffff"));
    EXPECT_EQ(refusal([](StudyRecord& record) { record.threads = 2; }),
              "this study was begun with 1 threads a training, now 2; their results differ");
    EXPECT_EQ(read_study_record(database).recipe, kRecord.recipe);
}

TEST_F(StudyRecordTest, SettlesWhatAStudyNeedsForAllWhoJoin) {
    Database database = open();
    StudyRecord record = kRecord;
    record.needs = {.automatic = PrecisionChoice::kBf16, .bfloat16 = true};
    EXPECT_EQ(begin_study(database, record, kOrigin).needs, record.needs);
    EXPECT_EQ(begin_study(database, kRecord, kOrigin).needs, record.needs);
    EXPECT_EQ(read_study_record(database).needs, record.needs);
}

TEST_F(StudyRecordTest, KeepsHowTheFilesStoreImages) {
    Database database = open();
    begin_study(database, kRecord, kOrigin);
    EXPECT_EQ(read_study_record(database).stored, std::nullopt) << "made in memory";
    StudyRecord record = kRecord;
    record.stored = Orientation::kUpright;
    EXPECT_EQ(begin_study(database, record, kOrigin).stored, Orientation::kUpright);
    EXPECT_EQ(read_study_record(database).stored, Orientation::kUpright);
    EXPECT_EQ(begin_study(database, kRecord, kOrigin).stored, Orientation::kUpright);
    record.stored = Orientation::kTransposed;
    EXPECT_EQ(usage_refusal([&] { begin_study(database, record, kOrigin); }),
              "this study reads its images as upright, now transposed; leave out --orientation, or take another folder "
              "with --out");
    EXPECT_EQ(read_study_record(database).stored, Orientation::kUpright);
    database.execute("UPDATE studies SET orientation = 'sideways'");
    EXPECT_TRUE(contains(data_refusal([&] { read_study_record(database); }), "orientation 'sideways'"));
}

TEST_F(StudyRecordTest, ReadsStrangeValuesAsNothing) {
    Database database = open();
    begin_study(database, kRecord, kOrigin);
    database.execute(
        "UPDATE studies SET files = '[1, 2]', environment = '{\"processors\": \"many\", \"onednn\": 3}', threads = -4");
    EXPECT_TRUE(read_study_record(database).files.empty());
    EXPECT_EQ(read_study_record(database).threads, 1);
    EXPECT_EQ(read_study_origin(database).environment, Environment{});
    database.execute("UPDATE studies SET automatic_precision = 'fp8'");
    EXPECT_TRUE(
        contains(data_refusal([&] { read_study_record(database); }), "precision 'fp8', expected fp32, bf16 or auto"));
}

}  // namespace
}  // namespace inkling
