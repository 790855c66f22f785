#include "study/study_database.h"

#include <fmt/ranges.h>
#include <gtest/gtest.h>

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

/// What versions 1 and 2 wrote, with a study of one training that waits.
const std::string kOldTables = R"(
CREATE TABLE studies (
    id INTEGER PRIMARY KEY CHECK (id = 1), recipe TEXT NOT NULL, budget TEXT NOT NULL, split TEXT NOT NULL, files TEXT NOT NULL,
    threads INTEGER NOT NULL, data TEXT NOT NULL, environment TEXT NOT NULL, begun TEXT NOT NULL) STRICT;
CREATE TABLE trials (
    id INTEGER PRIMARY KEY, family TEXT NOT NULL, key TEXT NOT NULL UNIQUE, overrides TEXT NOT NULL,
    learning_rate REAL NOT NULL) STRICT;
CREATE TABLE folds (
    id INTEGER PRIMARY KEY, trial INTEGER NOT NULL REFERENCES trials, role TEXT NOT NULL, fold INTEGER NOT NULL,
    seed INTEGER NOT NULL, recipe TEXT NOT NULL, status TEXT NOT NULL DEFAULT 'pending', owner TEXT, renewed INTEGER,
    accuracy REAL, loss REAL, seconds REAL, images_per_second REAL, reason TEXT, started INTEGER, ended INTEGER,
    UNIQUE (trial, role, fold)) STRICT;
CREATE TABLE epochs (
    fold INTEGER NOT NULL REFERENCES folds, epoch INTEGER NOT NULL, learning_rate REAL NOT NULL,
    train_loss REAL NOT NULL, train_accuracy REAL NOT NULL, validation_loss REAL, validation_accuracy REAL,
    seconds REAL NOT NULL, images_per_second REAL NOT NULL, PRIMARY KEY (fold, epoch)) STRICT;
CREATE TABLE techniques (
    id INTEGER PRIMARY KEY, family TEXT NOT NULL, position INTEGER NOT NULL, name TEXT NOT NULL,
    decided INTEGER NOT NULL, UNIQUE (family, position)) STRICT;
CREATE TABLE options (
    id INTEGER PRIMARY KEY, technique INTEGER NOT NULL REFERENCES techniques ON DELETE CASCADE,
    position INTEGER NOT NULL, name TEXT NOT NULL, status TEXT NOT NULL, chosen INTEGER NOT NULL,
    learning_rate REAL NOT NULL, folds INTEGER NOT NULL, mean_accuracy REAL, deviation REAL, reason TEXT,
    UNIQUE (technique, position)) STRICT;
CREATE TABLE candidates (
    option INTEGER NOT NULL REFERENCES options ON DELETE CASCADE, trial INTEGER NOT NULL REFERENCES trials,
    PRIMARY KEY (option, trial)) STRICT;
INSERT INTO studies VALUES (1, 'name = "a"
', 'quick', 'toy', '{"images":"12ab"}', 1, '/data', '{}', '2026-11-23 14:05:09');
INSERT INTO trials VALUES (1, 'mlp', 'a', '[]', 0.5);
INSERT INTO techniques VALUES (1, 'mlp', 0, 'activation', 0);
INSERT INTO options VALUES (1, 1, 0, 'relu', 'running', 0, 0.5, 0, NULL, NULL, NULL);
INSERT INTO candidates VALUES (1, 1);
INSERT INTO folds (id, trial, role, fold, seed, recipe) VALUES (1, 1, 'fold', 0, 7, 'a recipe');
PRAGMA user_version = 1;
)";

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

class OldStudyDatabase : public StudyDatabaseTest, public testing::WithParamInterface<int> {
  protected:
    void SetUp() override {
        Database old(path(), Database::Mode::kCreate);
        old.execute(kOldTables);
        if (GetParam() == 2)
            old.execute("ALTER TABLE folds ADD COLUMN lost INTEGER NOT NULL DEFAULT 0; PRAGMA user_version = 2");
    }
};

TEST_P(OldStudyDatabase, IsReadAsItIs) {
    Database database = open(Database::Mode::kRead);
    EXPECT_EQ(read_study_record(database).recipe, kRecord.recipe);
    EXPECT_EQ(read_study_record(database).needs, MachineNeeds{});
    EXPECT_EQ(read_study_record(database).stored, std::nullopt);
    EXPECT_EQ(read_study_origin(database).data, "/data");
    EXPECT_EQ(SqliteJobStore(path(), Database::Mode::kRead).jobs().at(0).job.key, "a");
    EXPECT_EQ(rows("PRAGMA user_version"), Rows{std::to_string(GetParam())});
}

TEST_P(OldStudyDatabase, IsBroughtUpToDateAndGoesOn) {
    Database database = open();
    EXPECT_EQ(rows("PRAGMA user_version"), Rows{"4"});
    EXPECT_EQ(rows("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name"),
              (Rows{"decisions", "epochs", "folds", "studies", "trials"}));
    // What it needs of a machine is settled by the first that goes on with it.
    StudyRecord record = kRecord;
    record.needs = {.automatic = PrecisionChoice::kBf16, .bfloat16 = true};
    record.stored = Orientation::kUpright;
    EXPECT_EQ(begin_study(database, record, kOrigin).needs, record.needs);
    EXPECT_EQ(read_study_record(database).stored, Orientation::kUpright);
    EXPECT_EQ(begin_study(database, kRecord, kOrigin).needs, record.needs);

    SqliteJobStore store(path(), Database::Mode::kWrite);
    const StoredJob job = store.claim(this_owner()).value();
    EXPECT_EQ(job.job.key, "a");
    EXPECT_TRUE(store.finish(job.id, this_owner(), {.accuracy = 0.5, .loss = 1}));
    EXPECT_EQ(rows("SELECT mean_accuracy FROM configurations"), Rows{"0.5"});
}

INSTANTIATE_TEST_SUITE_P(Versions, OldStudyDatabase, testing::Values(1, 2));

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

TEST_F(StudyDatabaseTest, RefusesASchemaOfTheFuture) {
    open().execute("PRAGMA user_version = 5");
    for (const auto mode : {Database::Mode::kRead, Database::Mode::kWrite, Database::Mode::kCreate})
        EXPECT_TRUE(contains(data_refusal([&] { open(mode); }), "study.sqlite: schema version 5, expected 4"));
    EXPECT_EQ(rows("PRAGMA user_version"), Rows{"5"});
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
