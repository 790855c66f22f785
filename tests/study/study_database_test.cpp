#include "study/study_database.h"

#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <map>
#include <thread>

#include "core/files.h"
#include "refusal.h"
#include "study/owner.h"
#include "study/sqlite_job_store.h"
#include "study/study_record.h"
#include "temporary_folder.h"
#include "unprivileged.h"

namespace inkling {
namespace {

using Rows = std::vector<std::string>;

const StudyRecord kRecord{
    .recipe = "name = \"a\"\n", .budget = "quick", .split = "toy", .files = {{"images", "12ab"}}, .threads = 1};
const StudyOrigin kOrigin{.data = "/data", .environment = {}, .begun = "2026-11-23 14:05:09"};

class StudyDatabaseTest : public testing::Test {
  protected:
    std::filesystem::path path() const { return folder_ / "study.sqlite"; }
    Database open(Database::Mode mode = Database::Mode::kCreate) const { return open_study_database(path(), mode); }

    Rows rows(const std::string& sql) const {
        Database database(path(), Database::Mode::kRead);
        Statement statement = database.prepare(sql);
        Rows rows;
        while (statement.step()) rows.push_back(statement.text(0));
        return rows;
    }

    TemporaryFolder folder_;
};

TEST_F(StudyDatabaseTest, IsMadeOnceByManyThatBeginAtTheSameTime) {
    for (int round = 0; round < 20; ++round) {
        const auto path = folder_ / fmt::format("{}.sqlite", round);
        std::vector<std::thread> threads;
        std::vector<std::string> errors(6);
        for (std::string& error : errors)
            threads.emplace_back([&path, &error] {
                try {
                    Database database = open_study_database(path, Database::Mode::kCreate);
                    begin_study(database, kRecord, kOrigin);
                } catch (const Error& caught) {
                    error = caught.what();
                }
            });
        for (std::thread& thread : threads) thread.join();
        EXPECT_EQ(errors, Rows(6));
        Database database = open_study_database(path, Database::Mode::kRead);
        EXPECT_EQ(read_study_record(database).split, "toy");
    }
}

TEST_F(StudyDatabaseTest, RefusesASchemaOfAnotherVersion) {
    const std::map<std::string, std::string> refusals = {
        {"5", "study.sqlite: schema version 5, expected 4"},
        {"3", "study.sqlite: begun by an older version, which compared options by other rules; its report.html stays"}};
    for (const auto& [version, refusal] : refusals) {
        Database(path(), Database::Mode::kCreate).execute("PRAGMA user_version = " + version);
        for (const auto mode : {Database::Mode::kRead, Database::Mode::kWrite, Database::Mode::kCreate})
            EXPECT_TRUE(contains(data_refusal([&] { open(mode); }), refusal));
        EXPECT_EQ(rows("PRAGMA user_version"), Rows{version});
    }
}

TEST_F(StudyDatabaseTest, RefusesWhatIsNoStudysDatabase) {
    for (const auto mode : {Database::Mode::kRead, Database::Mode::kWrite, Database::Mode::kCreate}) {
        write_file(path(), std::string(5000, 'x'));
        EXPECT_TRUE(contains(data_refusal([&] { open(mode); }), "study.sqlite: damaged, or not a study's"));
        EXPECT_EQ(read_text(path()), std::string(5000, 'x'));
    }
    write_file(path(), "");
    for (const auto mode : {Database::Mode::kRead, Database::Mode::kWrite})
        EXPECT_TRUE(contains(data_refusal([&] { open(mode); }), "schema version 0, expected 4"));
}

TEST_F(StudyDatabaseTest, LeavesADatabaseOfAnotherKindAsItIs) {
    Database(path(), Database::Mode::kCreate)
        .execute("CREATE TABLE recipes (name TEXT); INSERT INTO recipes VALUES ('soup')");
    EXPECT_TRUE(contains(data_refusal([&] { open(); }), "schema version 0, expected 4"));
    EXPECT_EQ(rows("SELECT name FROM sqlite_master WHERE type = 'table'"), Rows{"recipes"});
}

/// A folder that nobody may write in, for as long as this lives.
class ReadOnly {
  public:
    explicit ReadOnly(std::filesystem::path folder) : folder_(std::move(folder)) {
        std::filesystem::permissions(folder_, std::filesystem::perms(0555));
    }
    ~ReadOnly() { std::filesystem::permissions(folder_, std::filesystem::perms(0755)); }
    ReadOnly(const ReadOnly&) = delete;
    ReadOnly& operator=(const ReadOnly&) = delete;

  private:
    std::filesystem::path folder_;
};

/// Begins a study in a folder.
void begin_in(const std::filesystem::path& folder) {
    std::filesystem::create_directory(folder);
    Database database = open_study_database(folder / "study.sqlite", Database::Mode::kCreate);
    begin_study(database, kRecord, kOrigin);
}

TEST_F(StudyDatabaseTest, IsReadInAFolderThatCannotBeWritten) {
    const auto folder = folder_ / "50% of #1?";
    begin_in(folder);
    const ReadOnly read_only(folder);
    std::filesystem::permissions(folder_.path(), std::filesystem::perms(0755));
    EXPECT_TRUE(true_without_privileges([&] {
        Database database = open_study_database(folder / "study.sqlite", Database::Mode::kRead);
        SqliteJobStore store(folder / "study.sqlite", Database::Mode::kRead);
        return read_study_record(database).split == "toy" && store.jobs().empty();
    }));
}

TEST_F(StudyDatabaseTest, SaysWhatToDoWhereItsLastChangesCannotBeRead) {
    const auto folder = folder_ / "study";
    begin_in(folder);
    write_file(folder / "study.sqlite-wal", "changes of a process that was killed");
    const ReadOnly read_only(folder);
    std::filesystem::permissions(folder_.path(), std::filesystem::perms(0755));
    EXPECT_TRUE(true_without_privileges([&] {
        try {
            open_study_database(folder / "study.sqlite", Database::Mode::kRead);
        } catch (const Error& error) {
            return std::string(error.what()).ends_with("make its folder writable, or copy the folder and use the copy");
        }
        return false;
    }));
}

TEST_F(StudyDatabaseTest, IsMadeOnlyByWhoMay) {
    for (const auto mode : {Database::Mode::kRead, Database::Mode::kWrite})
        EXPECT_TRUE(contains(refusal_with(ExitStatus::kFailed, [&] { open(mode); }), "study.sqlite: unable to open"));
    EXPECT_FALSE(std::filesystem::exists(path()));
}

}  // namespace
}  // namespace inkling
