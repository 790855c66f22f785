#include "study/sqlite_job_store.h"

#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "core/files.h"
#include "core/random.h"
#include "planted_jobs.h"
#include "refusal.h"
#include "study/owner.h"
#include "temporary_folder.h"

namespace inkling {
namespace {

using Rows = std::vector<std::string>;

class SqliteJobStoreTest : public testing::Test {
  protected:
    std::filesystem::path path() const { return folder_ / "study.sqlite"; }

    Rows rows(const std::string& sql, int columns) const {
        Database database(path(), Database::Mode::kRead);
        Statement statement = database.prepare(sql);
        Rows rows;
        while (statement.step()) {
            std::vector<std::string> row;
            for (int i = 0; i < columns; ++i) row.push_back(statement.text(i));
            rows.push_back(fmt::format("{}", fmt::join(row, "|")));
        }
        return rows;
    }

    void execute(const std::string& sql) const { Database(path(), Database::Mode::kWrite).execute(sql); }

    TemporaryFolder folder_;
};

TEST_F(SqliteJobStoreTest, TellsWhatEachMachineDoesAndHasDone) {
    SqliteJobStore store(path(), Database::Mode::kCreate);
    const Job jobs[] = {job_of("a", 0), job_of("b", 0), job_of("c", 0)};
    store.want(jobs);
    const std::string here = fmt::format("{}#1@node7", this_owner());
    store.finish(store.claim(here).value().id, here, {.accuracy = 0.5, .loss = 1, .history = two_epochs()});
    store.claim(here);
    store.claim(this_owner());
    const std::vector<HostWork> hosts = store.hosts();
    ASSERT_EQ(hosts.size(), 2u);
    EXPECT_EQ(hosts[0].name, "");
    EXPECT_EQ(hosts[1].name, "node7");
    EXPECT_EQ(hosts[1].running, 1);
    EXPECT_EQ(hosts[1].finished, 1);
    EXPECT_EQ(hosts[1].images_per_second, 200);
    execute("DROP TABLE hosts");
    EXPECT_EQ(SqliteJobStore(path(), Database::Mode::kRead).hosts().size(), 2u) << "begun by an older version";
}

TEST_F(SqliteJobStoreTest, FreesAllClaimsForWhoWorksAlone) {
    SqliteJobStore store(path(), Database::Mode::kCreate);
    const Job jobs[] = {job_of("a", 0), job_of("b", 0)};
    store.want(jobs);
    store.claim(this_owner());
    store.claim("another-machine/12/345");
    EXPECT_EQ(store.counts().running, 2);
    store.free_claims();
    EXPECT_EQ(store.counts().pending, 2);
}

TEST_F(SqliteJobStoreTest, KeepsCountOfEveryChange) {
    SqliteJobStore store(path(), Database::Mode::kCreate);
    RandomStream random(1, Purpose::kBenchmark);
    std::vector<std::int64_t> running;
    const std::string me = this_owner() + "#1";
    for (int change = 0; change < 400; ++change) {
        const auto held = [&] {
            const std::size_t which = random.below(static_cast<std::uint32_t>(running.size()));
            const std::int64_t id = running[which];
            running.erase(running.begin() + static_cast<std::ptrdiff_t>(which));
            return id;
        };
        const std::uint32_t kind = random.below(running.empty() ? 3 : 6);
        if (kind == 0) {
            Job job = job_of(std::string(1, static_cast<char>('a' + random.below(20))),
                             static_cast<int>(random.below(5)), static_cast<Role>(random.below(6)));
            job.family = job.key < "k" ? "cnn" : "mlp";
            store.want({&job, 1});
        } else if (kind == 1) {
            if (const auto job = store.claim(me)) running.push_back(job->id);
        } else if (kind == 2) {
            store.claim("a process that has ended");
        } else if (kind == 3) {
            EXPECT_TRUE(store.finish(held(), me, {.accuracy = 0.5, .loss = 1, .history = two_epochs()}));
        } else if (kind == 4) {
            EXPECT_TRUE(store.fail(held(), me, "diverged"));
        } else {
            EXPECT_TRUE(store.release(held(), me, random.below(2) == 0 ? Release::kLost : Release::kUntouched));
        }
        ASSERT_EQ(rows("SELECT family, role, status, trainings, seconds FROM tallies WHERE trainings > 0", 5),
                  rows("SELECT family, role, status, COUNT(*), TOTAL(CASE status WHEN 'finished' THEN seconds WHEN "
                       "'running' THEN started END) FROM folds JOIN trials ON trials.id = folds.trial "
                       "GROUP BY family, role, status",
                       5));
        ASSERT_EQ(rows("SELECT training FROM ends ORDER BY training", 1),
                  rows("SELECT id FROM folds WHERE status IN ('finished', 'failed') ORDER BY id", 1));
    }
    EXPECT_GT(store.counts().finished, 20);
    EXPECT_GT(store.counts().failed, 20);
}

TEST_F(SqliteJobStoreTest, CountsAndGoesOnWithWhatAnOlderVersionBegan) {
    const Job jobs[] = {job_of("a", 0), job_of("b", 0), job_of("c", 0), job_of("d", 0)};
    const FoldName names[] = {{"a", 0}, {"b", 0}, {"c", 0}};
    {
        SqliteJobStore store(path(), Database::Mode::kCreate);
        store.want(jobs);
        store.finish(store.claim(this_owner())->id, this_owner(), {.accuracy = 0.25, .history = two_epochs()});
        store.fail(store.claim(this_owner())->id, this_owner(), "diverged");
        store.claim(this_owner());
    }
    execute(
        "DROP TRIGGER training_wanted; DROP TRIGGER training_changed; DROP INDEX waiting; DROP INDEX running; "
        "DROP TABLE tallies; DROP TABLE ends");
    for (const auto mode : {Database::Mode::kRead, Database::Mode::kWrite, Database::Mode::kRead}) {
        SqliteJobStore store(path(), mode);
        const JobCounts counts = store.counts();
        EXPECT_EQ(counts.pending, 1);
        EXPECT_EQ(counts.running, 1);
        EXPECT_EQ(counts.finished, 1);
        EXPECT_EQ(counts.failed, 1);
        EXPECT_EQ(store.tallies()["mlp"].folds.seconds, 4);
        const std::vector<std::optional<FoldScore>> scores = find_scores(store, names);
        EXPECT_EQ(scores[0].value().accuracy, 0.25);
        EXPECT_EQ(scores[1].value().reason, "diverged");
        EXPECT_FALSE(scores[2]);
    }
    SqliteJobStore store(path(), Database::Mode::kWrite);
    const std::int64_t mark = store.scores_since(0).mark;
    store.finish(store.claim(this_owner())->id, this_owner(), {.accuracy = 0.75});
    EXPECT_EQ(store.scores_since(mark).scores.at(0).score.accuracy, 0.75);
    EXPECT_EQ(store.counts().pending, 0);
    EXPECT_EQ(store.counts().finished, 2);
}

TEST_F(SqliteJobStoreTest, GivesEpochsBackToTheBitWhereAskedFor) {
    SqliteJobStore store(path(), Database::Mode::kCreate);
    const Job jobs[] = {job_of("a", 0), job_of("b", 0), job_of("c", 0)};
    store.want(jobs);
    const std::vector<EpochRecord> history = two_epochs();
    store.claim(this_owner());
    const auto second = store.claim(this_owner())->id;
    const auto third = store.claim(this_owner())->id;
    store.finish(third, this_owner(), {.accuracy = 1.0 / 3, .loss = 0.1, .history = {history[0]}});
    store.finish(second, this_owner(), {.accuracy = 0.5, .loss = 0.7, .history = history});

    const std::vector<StoredJob> jobs_there = store.jobs(true);
    ASSERT_EQ(jobs_there.size(), 3u);
    EXPECT_TRUE(jobs_there[0].score.history.empty());
    EXPECT_EQ(jobs_there[2].score.history.size(), 1u);
    EXPECT_EQ(jobs_there[2].score.accuracy, 1.0 / 3);
    const StoredJob& stored = jobs_there[1];
    EXPECT_EQ(stored.status, JobStatus::kFinished);
    EXPECT_EQ(history_csv(stored.score.history), history_csv(history));
    EXPECT_TRUE(std::isnan(stored.score.history[1].validation_loss));
    EXPECT_EQ(stored.seconds, 4);
    EXPECT_EQ(stored.images_per_second, 200);
    EXPECT_TRUE(store.jobs()[1].score.history.empty());
}

TEST_F(SqliteJobStoreTest, KeepsWhatIsNotKnownYetAsNull) {
    SqliteJobStore store(path(), Database::Mode::kCreate);
    const Job job = job_of("a", 0, Role::kBest);
    store.want({&job, 1});
    const auto id = store.claim(this_owner())->id;
    store.finish(id, this_owner(), {.accuracy = std::nan(""), .loss = std::nan("")});
    EXPECT_EQ(rows("SELECT accuracy IS NULL, loss IS NULL, status FROM folds", 3), Rows{"1|1|finished"});
    EXPECT_TRUE(std::isnan(store.jobs()[0].score.accuracy));
    store.set_test(id, 0.875, 0.25);
    EXPECT_EQ(store.jobs()[0].score.accuracy, 0.875);
    EXPECT_EQ(store.jobs()[0].score.loss, 0.25);
}

TEST_F(SqliteJobStoreTest, KeepsSeedsOfAllSizesAndTextsOfAllKinds) {
    SqliteJobStore store(path(), Database::Mode::kCreate);
    Job job = job_of("a", 0);
    job.seed = std::uint64_t{1} << 53;
    job.recipe = std::string("one\n'two' \"three\"; DROP TABLE folds -- \0 four", 46);
    store.want({&job, 1});
    EXPECT_EQ(store.jobs().at(0).job.seed, job.seed);
    EXPECT_EQ(store.jobs().at(0).job.recipe, job.recipe);
}

TEST_F(SqliteJobStoreTest, RefusesADamagedDatabase) {
    {
        SqliteJobStore store(path(), Database::Mode::kCreate);
        std::vector<Job> jobs;
        for (int i = 0; i < 200; ++i) jobs.push_back(job_of("a", i));
        store.want(jobs);
    }
    std::vector<std::byte> bytes = read_file(path());
    ASSERT_GT(bytes.size(), 4096u * 4);
    std::fill(bytes.begin() + 4096, bytes.end(), std::byte{0x5a});
    write_file(path(), bytes);
    EXPECT_TRUE(contains(data_refusal([&] {
                             SqliteJobStore store(path(), Database::Mode::kRead);
                             store.jobs(true);
                         }),
                         "damaged, or not a study's database"));
}

TEST_F(SqliteJobStoreTest, RefusesTrainingsThatWouldLieOutsideItsFolderOrMeanNothing) {
    SqliteJobStore store(path(), Database::Mode::kCreate);
    const Job job = job_of("a", 0);
    store.want({&job, 1});
    for (const char* change :
         {"UPDATE trials SET family = '../../elsewhere'", "UPDATE trials SET family = ''", "UPDATE folds SET fold = -1",
          "UPDATE folds SET fold = 1 << 40", "UPDATE folds SET role = 'hero'"}) {
        execute(change);
        EXPECT_TRUE(contains(data_refusal([&] { store.jobs(); }), "store is damaged")) << change;
        EXPECT_TRUE(contains(data_refusal([&] { store.claim(this_owner()); }), "store is damaged")) << change;
        execute("UPDATE trials SET family = 'mlp'; UPDATE folds SET fold = 0, role = 'fold'");
    }
    execute("UPDATE folds SET status = 'asleep'");
    EXPECT_TRUE(contains(data_refusal([&] { store.jobs(); }), "'asleep', expected one of pending, running"));
}

TEST_F(SqliteJobStoreTest, ShowsConfigurationsToWhoReadsTheFile) {
    SqliteJobStore store(path(), Database::Mode::kCreate);
    const Job jobs[] = {job_of("a", 0), job_of("a", 1), job_of("b", 0), job_of("c", 0), job_of("a", 0, Role::kBest)};
    store.want(jobs);
    const auto finish = [&](double accuracy) {
        store.finish(store.claim(this_owner())->id, this_owner(), {.accuracy = accuracy, .history = two_epochs()});
    };
    finish(0.25);
    finish(0.75);
    store.fail(store.claim(this_owner())->id, this_owner(), "diverged");
    EXPECT_EQ(rows("SELECT family, overrides, learning_rate, folds, mean_accuracy, seconds, reason FROM configurations "
                   "ORDER BY trial",
                   7),
              (Rows{"mlp|[\"network.activation=a\",\"training.batch_size=32\"]|0.25|2|0.5|8.0|",
                    "mlp|[\"network.activation=b\",\"training.batch_size=32\"]|0.25|0||0.0|diverged",
                    "mlp|[\"network.activation=c\",\"training.batch_size=32\"]|0.25|0||0.0|"}));
}

TEST_F(SqliteJobStoreTest, ReadsStrangeOverridesAsNone) {
    SqliteJobStore store(path(), Database::Mode::kCreate);
    const Job job = job_of("a", 0);
    store.want({&job, 1});
    execute("UPDATE trials SET overrides = '{'");
    EXPECT_TRUE(store.jobs().at(0).job.candidate.overrides.empty());
}

TEST_F(SqliteJobStoreTest, GivesAnotherSignOfLifeThoughTheClockWasSetBack) {
    SqliteJobStore store(path(), Database::Mode::kCreate);
    const Job job = job_of("a", 0);
    store.want({&job, 1});
    const auto id = store.claim(this_owner())->id;
    execute("UPDATE folds SET renewed = 99999999999");
    EXPECT_TRUE(store.renew(id, this_owner()));
    EXPECT_EQ(rows("SELECT renewed FROM folds", 1), Rows{"100000000000"});
}

}  // namespace
}  // namespace inkling
