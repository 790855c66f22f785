#include "study/store.h"

#include <fmt/ranges.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmath>
#include <limits>
#include <set>
#include <thread>

#include "core/files.h"
#include "planted.h"
#include "refusal.h"
#include "study/owner.h"
#include "temporary_folder.h"
#include "unprivileged.h"

namespace inkling {
namespace {

const StudyRecord kRecord{.recipe = "name = \"a\"\nfolds = 3\n",
                          .budget = "quick",
                          .split = "toy",
                          .files = {{"images", "12ab"}, {"labels", "34cd"}},
                          .threads = 1};

const StudyOrigin kOrigin{
    .data = "/data",
    .environment = {.inkling = "0.1", .onednn = "2.6", .compiler = "gcc", .processor = "a processor", .processors = 2},
    .begun = "2026-11-23 14:05:09"};

/// The training of the configuration "a", "b", ... for a fold, or in another role.
Job job_of(const std::string& key, int index, Role role = Role::kFold) {
    return {.family = "mlp",
            .candidate = {.overrides = {fmt::format("network.activation={}", key), "training.batch_size=32"},
                          .learning_rate = 0.25},
            .key = key,
            .recipe = fmt::format("recipe of {}", key),
            .role = role,
            .index = index,
            .seed = std::uint64_t{7} + static_cast<std::uint64_t>(index)};
}

std::vector<EpochRecord> two_epochs() {
    return {{.epoch = 1,
             .learning_rate = 0.5,
             .train_loss = 2,
             .train_accuracy = 0.25,
             .validation_loss = 1.5,
             .validation_accuracy = 0.5,
             .seconds = 2,
             .images_per_second = 100},
            {.epoch = 2,
             .learning_rate = 0.25,
             .train_loss = 1,
             .train_accuracy = 0.75,
             .validation_loss = std::nan(""),
             .validation_accuracy = std::nan(""),
             .seconds = 2,
             .images_per_second = 300}};
}

/// A process that has ended, by its name.
std::string dead_owner() {
    const std::string live = this_owner();
    const pid_t child = ::fork();
    if (child == 0) ::_exit(0);
    ::waitpid(child, nullptr, 0);
    const std::size_t first = live.find('/');
    const std::size_t second = live.find('/', first + 1);
    return fmt::format("{}/{}{}", live.substr(0, first), child, live.substr(second));
}

/// A process of another machine, of which nothing can be known.
const std::string kElsewhere = "another-machine/12/345";

class StoreTest : public testing::Test {
  protected:
    std::filesystem::path path() const { return folder_ / "study.sqlite"; }
    Store open() const { return {path(), Database::Mode::kCreate}; }

    std::vector<std::string> rows(const std::string& sql, int columns) const {
        Database database(path(), Database::Mode::kRead);
        Statement statement = database.prepare(sql);
        std::vector<std::string> rows;
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

using Rows = std::vector<std::string>;

TEST_F(StoreTest, RemembersWhatTheStudyIsAndWhereItBegan) {
    Store store = open();
    EXPECT_FALSE(store.begun());
    EXPECT_TRUE(contains(data_refusal([&] { store.record(); }), "the store holds no study; start one"));
    EXPECT_TRUE(contains(data_refusal([&] { store.origin(); }), "the store holds no study; start one"));
    store.begin(kRecord, kOrigin);
    Store again(path(), Database::Mode::kRead);
    EXPECT_TRUE(again.begun());
    const StudyRecord record = again.record();
    EXPECT_EQ(record.recipe, kRecord.recipe);
    EXPECT_EQ(record.budget, "quick");
    EXPECT_EQ(record.split, "toy");
    EXPECT_EQ(record.threads, 1);
    ASSERT_EQ(record.files.size(), 2u);
    EXPECT_EQ(record.files[1].name, "labels");
    EXPECT_EQ(record.files[1].sha256, "34cd");
    const StudyOrigin origin = again.origin();
    EXPECT_EQ(origin.data, "/data");
    EXPECT_EQ(origin.begun, kOrigin.begun);
    EXPECT_EQ(origin.environment.inkling, "0.1");
    EXPECT_EQ(origin.environment.onednn, "2.6");
    EXPECT_EQ(origin.environment.compiler, "gcc");
    EXPECT_EQ(origin.environment.processor, "a processor");
    EXPECT_EQ(origin.environment.processors, 2);
}

TEST_F(StoreTest, GoesOnWithTheSameStudyWhereverItRuns) {
    open().begin(kRecord, kOrigin);
    Store store = open();
    store.begin(kRecord, {.data = "/elsewhere", .environment = {}, .begun = "later"});
    EXPECT_EQ(store.origin().data, "/data");
    EXPECT_EQ(store.origin().begun, kOrigin.begun);
}

TEST_F(StoreTest, RefusesAnotherStudyAndShowsTheDifference) {
    Store store = open();
    store.begin(kRecord, kOrigin);
    const auto refusal = [&](auto change) {
        StudyRecord record = kRecord;
        change(record);
        return usage_refusal([&] { store.begin(record, kOrigin); });
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
    EXPECT_EQ(store.record().recipe, kRecord.recipe);
}

TEST_F(StoreTest, GivesOutJobsOnceFoldsFirstInTheirOrder) {
    Store store = open();
    const Job jobs[] = {job_of("z", 0, Role::kBaseline), job_of("b", 1), job_of("a", 0), job_of("a", 1)};
    store.want(jobs);
    store.want(jobs);  // changes nothing
    EXPECT_EQ(store.counts().pending, 4);
    std::vector<std::string> claimed;
    while (const auto job = store.claim(this_owner())) {
        EXPECT_EQ(job->status, JobStatus::kRunning);
        claimed.push_back(fmt::format("{}{}{}", job->job.key, job->job.index, role_name(job->job.role)));
    }
    EXPECT_EQ(claimed, (Rows{"b1fold", "a0fold", "a1fold", "z0baseline"}));
    EXPECT_EQ(store.counts().running, 4);
    EXPECT_EQ(store.counts().pending, 0);
}

TEST_F(StoreTest, GivesOutTheLongestFinalTrainingFirst) {
    Store store = open();
    const Job jobs[] = {job_of("short", 0, Role::kBaseline), job_of("long", 0, Role::kBest), job_of("short", 0),
                        job_of("long", 0)};
    store.want(jobs);
    for (const double seconds : {2, 3}) {
        const StoredJob fold = store.claim(this_owner()).value();
        EXPECT_EQ(fold.job.role, Role::kFold);
        store.finish(fold.id, this_owner(), {.accuracy = 0.5, .history = {{.epoch = 1, .seconds = seconds}}});
    }
    EXPECT_EQ(store.claim(this_owner()).value().job.key, "long");
    EXPECT_EQ(store.claim(this_owner()).value().job.key, "short");
}

TEST_F(StoreTest, TalliesAFamilysTrainings) {
    Store store = open();
    std::vector<Job> jobs = {job_of("a", 0), job_of("a", 1), job_of("b", 0), job_of("a", 0, Role::kBaseline)};
    jobs.push_back(job_of("c", 0));
    jobs.back().family = "cnn";
    store.want(jobs);
    const auto finish = [&] {
        store.finish(store.claim(this_owner()).value().id, this_owner(), {.accuracy = 0.5, .history = two_epochs()});
    };
    finish();
    finish();
    store.fail(store.claim(this_owner()).value().id, this_owner(), "diverged");
    const FamilyTally tally = store.tally("mlp");
    EXPECT_EQ(tally.folds.wanted, 3);
    EXPECT_EQ(tally.folds.finished, 2);
    EXPECT_EQ(tally.folds.failed, 1);
    EXPECT_EQ(tally.folds.waiting(), 0);
    EXPECT_EQ(tally.folds.seconds, 8);
    EXPECT_EQ(tally.finals.waiting(), 1);
    EXPECT_EQ(tally.finals.seconds, 0);
    EXPECT_EQ(store.tally("cnn").folds.waiting(), 1);
    EXPECT_EQ(store.tally("none").folds.wanted, 0);
}

TEST_F(StoreTest, GivesAJobAsItWasWanted) {
    Store store = open();
    const Job wanted = job_of("a", 3, Role::kBestCurve);
    store.want({&wanted, 1});
    const auto claimed = store.claim(this_owner());
    ASSERT_TRUE(claimed.has_value());
    EXPECT_EQ(claimed->job.family, "mlp");
    EXPECT_EQ(claimed->job.candidate, wanted.candidate);
    EXPECT_EQ(claimed->job.key, "a");
    EXPECT_EQ(claimed->job.recipe, "recipe of a");
    EXPECT_EQ(claimed->job.role, Role::kBestCurve);
    EXPECT_EQ(claimed->job.index, 3);
    EXPECT_EQ(claimed->job.seed, 10u);
}

TEST_F(StoreTest, KeepsAClaimWhileItsProcessLives) {
    Store store = open();
    const Job job = job_of("a", 0);
    store.want({&job, 1});
    ASSERT_TRUE(store.claim(this_owner()));
    EXPECT_FALSE(store.claim(kElsewhere));
    const auto id = store.jobs().at(0).id;
    store.release(id, this_owner());
    ASSERT_TRUE(store.claim(kElsewhere));
    EXPECT_FALSE(store.claim(this_owner()));  // silent for less than a minute
}

TEST_F(StoreTest, FreesAClaimThatWasSilentForTooLong) {
    Store store = open();
    const Job job = job_of("a", 0);
    store.want({&job, 1});
    const auto id = store.claim(kElsewhere).value().id;
    const auto age = [&](std::int64_t seconds) {
        execute(fmt::format("UPDATE folds SET renewed = renewed - {}", seconds));
    };
    age(kClaimLifetime.count() - 5);
    EXPECT_FALSE(store.claim(this_owner()));
    store.renew(id, kElsewhere);
    age(kClaimLifetime.count() - 5);
    EXPECT_FALSE(store.claim(this_owner()));
    age(10);
    EXPECT_EQ(store.claim(this_owner()).value().id, id);
}

TEST_F(StoreTest, FreesTheClaimOfADeadProcessAtOnce) {
    Store store = open();
    const Job job = job_of("a", 0);
    store.want({&job, 1});
    ASSERT_TRUE(store.claim(dead_owner()));
    EXPECT_TRUE(store.claim(this_owner()));
}

TEST_F(StoreTest, GivesAFoldOutLastAndAloneOnceItsProcessWasGoneThreeTimes) {
    Store store = open();
    const std::vector<Job> jobs = {job_of("a", 0), job_of("b", 0), job_of("b", 0, Role::kBest)};
    store.want(jobs);
    for (int times = 0; times < kSuspectLosses; ++times) EXPECT_EQ(store.claim(dead_owner()).value().job.key, "a");
    const auto fold = store.claim(this_owner()).value();
    EXPECT_EQ(fold.job.key, "b");
    const auto final_training = store.claim(this_owner()).value();
    EXPECT_EQ(final_training.job.role, Role::kBest);
    EXPECT_FALSE(store.claim(this_owner()));
    store.finish(fold.id, this_owner(), {.accuracy = 0.5, .loss = 1});
    EXPECT_FALSE(store.claim(this_owner()));
    store.finish(final_training.id, this_owner(), {.accuracy = 0.5, .loss = 1});
    const auto suspect = store.claim(this_owner()).value();
    EXPECT_EQ(suspect.job.key, "a");
    store.finish(suspect.id, this_owner(), {.accuracy = 0.75, .loss = 1});
    EXPECT_EQ(store.find_score("a", 0).value().accuracy, 0.75);
}

TEST_F(StoreTest, GivesAFoldUpWhoseProcessWasGoneTenTimes) {
    Store store = open();
    const Job job = job_of("a", 0);
    store.want({&job, 1});
    for (int times = 0; times < kMostLosses; ++times) ASSERT_TRUE(store.claim(dead_owner()));
    EXPECT_FALSE(store.find_score("a", 0));
    EXPECT_FALSE(store.claim(this_owner()));
    const FoldScore score = store.find_score("a", 0).value();
    EXPECT_TRUE(score.failed);
    EXPECT_TRUE(contains(score.reason, "its process was gone 10 times while it trained"));
    EXPECT_EQ(store.counts().failed, 1);
}

TEST_F(StoreTest, NeverGivesUpWhatGoesOnFromACheckpoint) {
    Store store = open();
    const Job job = job_of("a", 0, Role::kBest);
    store.want({&job, 1});
    for (int times = 0; times < 3 * kMostLosses; ++times) ASSERT_TRUE(store.claim(dead_owner()));
    EXPECT_TRUE(store.claim(this_owner()));
}

TEST_F(StoreTest, CountsNoLossWhereAClaimIsGivenBack) {
    Store store = open();
    const Job job = job_of("a", 0);
    store.want({&job, 1});
    for (int times = 0; times < 3 * kMostLosses; ++times)
        store.release(store.claim(this_owner()).value().id, this_owner());
    EXPECT_TRUE(store.claim(this_owner()));
}

TEST_F(StoreTest, ReadsTheFirstVersionOfItsSchemaAndBringsItUpToDate) {
    {
        Store store = open();
        store.begin(kRecord, kOrigin);
        const Job job = job_of("a", 0);
        store.want({&job, 1});
    }
    execute("ALTER TABLE folds DROP COLUMN lost; PRAGMA user_version = 1");
    EXPECT_EQ(Store(path(), Database::Mode::kRead).jobs().at(0).job.key, "a");
    EXPECT_EQ(rows("PRAGMA user_version", 1), Rows{"1"});
    EXPECT_EQ(Store(path(), Database::Mode::kWrite).claim(this_owner()).value().job.key, "a");
    EXPECT_EQ(rows("PRAGMA user_version", 1), Rows{"2"});
    EXPECT_EQ(rows("SELECT lost FROM folds", 1), Rows{"0"});
}

TEST_F(StoreTest, IgnoresWhoHasLostItsClaim) {
    Store store = open();
    const Job job = job_of("a", 0);
    store.want({&job, 1});
    const std::string late = dead_owner();
    const auto id = store.claim(late).value().id;
    ASSERT_TRUE(store.claim(this_owner()));
    const Rows before = rows("SELECT status, owner, renewed, accuracy, ended FROM folds", 5);
    store.renew(id, late);
    store.finish(id, late, {.accuracy = 0.1, .loss = 1, .history = two_epochs()});
    store.fail(id, late, "too late");
    store.release(id, late);
    EXPECT_EQ(rows("SELECT status, owner, renewed, accuracy, ended FROM folds", 5), before);
    EXPECT_EQ(rows("SELECT COUNT(*) FROM epochs", 1), Rows{"0"});

    store.finish(id, this_owner(), {.accuracy = 0.9, .loss = 1, .history = two_epochs()});
    store.finish(id, this_owner(), {.accuracy = 0.2, .loss = 2, .history = two_epochs()});
    store.fail(id, this_owner(), "after its end");
    EXPECT_EQ(store.find_score("a", 0).value().accuracy, 0.9);
    EXPECT_FALSE(store.claim(this_owner()));
}

TEST_F(StoreTest, FindsTheScoresOfFinishedAndFailedFolds) {
    Store store = open();
    const Job jobs[] = {job_of("a", 0), job_of("a", 1), job_of("a", 2), job_of("b", 0, Role::kBest)};
    store.want(jobs);
    EXPECT_FALSE(store.find_score("a", 0));
    store.finish(store.claim(this_owner())->id, this_owner(), {.accuracy = 0.75, .loss = 0.5});
    store.fail(store.claim(this_owner())->id, this_owner(), "the loss became nan");
    ASSERT_TRUE(store.find_score("a", 0));
    EXPECT_EQ(store.find_score("a", 0)->accuracy, 0.75);
    EXPECT_FALSE(store.find_score("a", 0)->failed);
    EXPECT_TRUE(store.find_score("a", 1).value().failed);
    EXPECT_EQ(store.find_score("a", 1)->reason, "the loss became nan");
    ASSERT_TRUE(store.claim(this_owner()));
    EXPECT_FALSE(store.find_score("a", 2));  // running
    store.finish(store.claim(this_owner())->id, this_owner(), {.accuracy = 0.1, .loss = 0.5});
    EXPECT_FALSE(store.find_score("b", 0));  // no fold
    EXPECT_FALSE(store.find_score("a", 3));
    EXPECT_FALSE(store.find_score("c", 0));
    const JobCounts counts = store.counts();
    EXPECT_EQ(counts.finished, 2);
    EXPECT_EQ(counts.failed, 1);
    EXPECT_EQ(counts.running, 1);
    EXPECT_EQ(counts.pending, 0);
}

TEST_F(StoreTest, GivesEpochsBackToTheBitWhereAskedFor) {
    Store store = open();
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

TEST_F(StoreTest, KeepsWhatIsNotKnownYetAsNull) {
    Store store = open();
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

TEST_F(StoreTest, KeepsSeedsOfAllSizesAndTextsOfAllKinds) {
    Store store = open();
    Job job = job_of("a", 0);
    job.seed = std::uint64_t{1} << 53;
    job.recipe = std::string("one\n'two' \"three\"; DROP TABLE folds -- \0 four", 46);
    store.want({&job, 1});
    EXPECT_EQ(store.jobs().at(0).job.seed, job.seed);
    EXPECT_EQ(store.jobs().at(0).job.recipe, job.recipe);
}

TEST_F(StoreTest, WritesDownAPathForWhoReadsTheFile) {
    const StudyRecipe study = planted_study(
        {choice("activation", "network.activation", {"relu", "elu"}), choice("filters", "network.filters", {"[8]"})},
        2);
    const Exploration found = explore(study, planted_gains({{"network.activation=elu", 0.25}}));
    Store store = open();
    for (const auto& step : found.steps)
        for (const WantedFold& wanted : step) {
            const Job job{.family = "mlp",
                          .candidate = wanted.candidate,
                          .key = wanted.key,
                          .recipe = "",
                          .role = Role::kFold,
                          .index = wanted.fold,
                          .seed = 0};
            store.want({&job, 1});
        }
    store.save_path("mlp", found.path);
    EXPECT_EQ(rows("SELECT family, position, name, decided FROM techniques ORDER BY id", 4),
              (Rows{"mlp|0|activation|1", "mlp|1|filters|1"}));
    EXPECT_EQ(
        rows("SELECT techniques.name, options.position, options.name, status, chosen, options.learning_rate, "
             "folds, round(mean_accuracy, 3), round(deviation, 4) FROM options JOIN techniques "
             "ON techniques.id = technique ORDER BY options.id",
             9),
        (Rows{"activation|0|relu|finished|0|0.01|2|0.505|0.0071", "activation|1|elu|finished|1|0.01|2|0.755|0.0071",
              "filters|0|as before|finished|1|0.01|2|0.755|0.0071", "filters|1|[8]|failed|0|0.01|0||"}));
    EXPECT_EQ(rows("SELECT reason LIKE '%not for the family mlp%' FROM options WHERE name = '[8]'", 1), Rows{"1"});
    EXPECT_EQ(rows("SELECT options.name, overrides FROM candidates JOIN options ON options.id = option JOIN trials ON "
                   "trials.id = trial ORDER BY options.id",
                   2),
              (Rows{"relu|[\"network.activation=relu\"]", "elu|[\"network.activation=elu\"]",
                    "as before|[\"network.activation=elu\"]"}));

    // Saved again, it takes the old one's place; another family's stays.
    store.save_path("cnn", {});
    FamilyPath shorter = found.path;
    shorter.rounds.pop_back();
    shorter.rounds[0].decided = false;
    store.save_path("mlp", shorter);
    EXPECT_EQ(rows("SELECT name, decided FROM techniques", 2), Rows{"activation|0"});
    EXPECT_EQ(rows("SELECT name, chosen FROM options", 2), (Rows{"relu|0", "elu|0"}));
    EXPECT_EQ(rows("SELECT COUNT(*) FROM candidates", 1), Rows{"2"});
}

TEST_F(StoreTest, NeverGivesAJobToTwoOfManyThreads) {
    constexpr int kThreads = 4;
    constexpr int kJobs = 120;
    {
        Store store = open();
        std::vector<Job> jobs;
        for (int i = 0; i < kJobs; ++i) jobs.push_back(job_of("a", i));
        store.want(jobs);
    }
    std::vector<std::vector<std::int64_t>> claimed(kThreads);
    std::vector<std::thread> threads;
    for (int t = 0; t < kThreads; ++t)
        threads.emplace_back([&, t] {
            Store store(path(), Database::Mode::kWrite);
            // Each is a process of its own to the store.
            while (const auto job = store.claim(fmt::format("{}{}", kElsewhere, t)))
                claimed[static_cast<std::size_t>(t)].push_back(job->id);
        });
    for (std::thread& thread : threads) thread.join();
    std::set<std::int64_t> all;
    std::size_t count = 0;
    for (const auto& of_thread : claimed) {
        all.insert(of_thread.begin(), of_thread.end());
        count += of_thread.size();
    }
    EXPECT_EQ(all.size(), static_cast<std::size_t>(kJobs));
    EXPECT_EQ(count, static_cast<std::size_t>(kJobs));
}

TEST_F(StoreTest, IsMadeOnceByManyThatBeginAtTheSameTime) {
    for (int round = 0; round < 20; ++round) {
        const auto path = folder_ / fmt::format("{}.sqlite", round);
        std::vector<std::thread> threads;
        std::vector<std::string> errors(6);
        for (std::string& error : errors)
            threads.emplace_back([&path, &error] {
                try {
                    Store(path, Database::Mode::kCreate).begin(kRecord, kOrigin);
                } catch (const Error& caught) {
                    error = caught.what();
                }
            });
        for (std::thread& thread : threads) thread.join();
        EXPECT_EQ(errors, Rows(6));
        EXPECT_EQ(Store(path, Database::Mode::kRead).record().split, "toy");
    }
}

TEST_F(StoreTest, RefusesASchemaOfTheFuture) {
    open().begin(kRecord, kOrigin);
    execute("PRAGMA user_version = 3");
    const auto message = [&](Database::Mode mode) { return data_refusal([&] { Store(path(), mode); }); };
    for (const auto mode : {Database::Mode::kRead, Database::Mode::kWrite, Database::Mode::kCreate}) {
        EXPECT_TRUE(contains(message(mode), "study.sqlite: schema version 3, expected 2"));
    }
    EXPECT_EQ(rows("SELECT split FROM studies", 1), Rows{"toy"});
}

TEST_F(StoreTest, RefusesWhatIsNoStudysDatabase) {
    for (const auto mode : {Database::Mode::kRead, Database::Mode::kWrite, Database::Mode::kCreate}) {
        write_file(path(), std::string(5000, 'x'));
        EXPECT_TRUE(contains(data_refusal([&] { Store(path(), mode); }), "study.sqlite: damaged, or not a study's"));
        EXPECT_EQ(read_text(path()), std::string(5000, 'x'));
    }
    write_file(path(), "");
    EXPECT_TRUE(contains(data_refusal([&] { Store(path(), Database::Mode::kRead); }), "schema version 0, expected 2"));
}

TEST_F(StoreTest, LeavesADatabaseOfAnotherKindAsItIs) {
    {
        Database database(path(), Database::Mode::kCreate);
        database.execute("CREATE TABLE recipes (name TEXT); INSERT INTO recipes VALUES ('soup')");
    }
    EXPECT_TRUE(contains(data_refusal([&] { open(); }), "schema version 0, expected 2"));
    EXPECT_EQ(rows("SELECT name FROM sqlite_master WHERE type = 'table'", 1), Rows{"recipes"});
}

TEST_F(StoreTest, RefusesADamagedDatabase) {
    {
        Store store = open();
        store.begin(kRecord, kOrigin);
        std::vector<Job> jobs;
        for (int i = 0; i < 200; ++i) jobs.push_back(job_of("a", i));
        store.want(jobs);
    }
    std::vector<std::byte> bytes = read_file(path());
    ASSERT_GT(bytes.size(), 4096u * 4);
    std::fill(bytes.begin() + 4096, bytes.end(), std::byte{0x5a});
    write_file(path(), bytes);
    EXPECT_TRUE(contains(data_refusal([&] {
                             Store store(path(), Database::Mode::kRead);
                             store.record();
                             store.jobs(true);
                         }),
                         "damaged, or not a study's database"));
}

TEST_F(StoreTest, ReadsStrangeValuesAsNothing) {
    Store store = open();
    store.begin(kRecord, kOrigin);
    const Job job = job_of("a", 0);
    store.want({&job, 1});
    execute(
        "UPDATE studies SET files = '[1, 2]', environment = '{\"processors\": \"many\", \"onednn\": 3}', threads = -4");
    execute("UPDATE trials SET overrides = '{'");
    EXPECT_TRUE(store.record().files.empty());
    EXPECT_EQ(store.record().threads, 1);
    EXPECT_EQ(store.origin().environment.processors, 0);
    EXPECT_EQ(store.origin().environment.onednn, "");
    EXPECT_TRUE(store.jobs().at(0).job.candidate.overrides.empty());
}

TEST_F(StoreTest, RefusesTrainingsThatWouldLieOutsideItsFolderOrMeanNothing) {
    Store store = open();
    store.begin(kRecord, kOrigin);
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

TEST_F(StoreTest, TakesAFinishedFoldWithoutAScoreForAFailedOne) {
    Store store = open();
    store.begin(kRecord, kOrigin);
    const Job job = job_of("a", 0);
    store.want({&job, 1});
    const auto id = store.claim(this_owner())->id;
    store.finish(id, this_owner(), {.accuracy = std::nan(""), .loss = std::nan("")});
    EXPECT_TRUE(store.find_score("a", 0)->failed);
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

TEST_F(StoreTest, IsReadInAFolderThatCannotBeWritten) {
    const auto folder = folder_ / "50% of #1?";
    std::filesystem::create_directory(folder);
    Store(folder / "study.sqlite", Database::Mode::kCreate).begin(kRecord, kOrigin);
    const ReadOnly read_only(folder);
    std::filesystem::permissions(folder_.path(), std::filesystem::perms(0755));
    EXPECT_TRUE(true_without_privileges([&] {
        Store store(folder / "study.sqlite", Database::Mode::kRead);
        return store.record().split == "toy" && store.jobs().empty();
    }));
}

TEST_F(StoreTest, SaysWhatToDoWhereItsLastChangesCannotBeRead) {
    const auto folder = folder_ / "study";
    std::filesystem::create_directory(folder);
    Store(folder / "study.sqlite", Database::Mode::kCreate).begin(kRecord, kOrigin);
    write_file(folder / "study.sqlite-wal", "changes of a process that was killed");
    const ReadOnly read_only(folder);
    std::filesystem::permissions(folder_.path(), std::filesystem::perms(0755));
    EXPECT_TRUE(true_without_privileges([&] {
        try {
            Store(folder / "study.sqlite", Database::Mode::kRead).record();
        } catch (const Error& error) {
            return std::string(error.what()).ends_with("make its folder writable, or copy the folder and use the copy");
        }
        return false;
    }));
}

TEST_F(StoreTest, OpensOnlyWhatIsThereUnlessItMayMakeIt) {
    EXPECT_TRUE(contains(refusal_with(ExitStatus::kFailed, [&] { Store(path(), Database::Mode::kRead); }),
                         "study.sqlite: unable to open"));
    EXPECT_FALSE(std::filesystem::exists(path()));
}

}  // namespace
}  // namespace inkling
