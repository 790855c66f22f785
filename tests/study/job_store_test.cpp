#include "study/job_store.h"

#include <gtest/gtest.h>

#include <atomic>
#include <set>
#include <thread>

#include "child_process.h"
#include "memory_job_store.h"
#include "planted_jobs.h"
#include "refusal.h"
#include "study/folder_job_store.h"
#include "study/remote_job_store.h"
#include "study/sqlite_job_store.h"
#include "temporary_folder.h"

namespace inkling {
namespace {

using Texts = std::vector<std::string>;
using std::chrono::seconds;

/// Stores of one study: in a file, in a folder that workers share, each with a folder of its own, in memory, or
/// elsewhere.
class StoresInAFile {
  public:
    explicit StoresInAFile(Clock clock) : clock_(std::move(clock)) { open(Database::Mode::kCreate); }
    std::unique_ptr<JobStore> open(Database::Mode mode = Database::Mode::kWrite) const {
        return std::make_unique<SqliteJobStore>(folder_ / "study.sqlite", mode, clock_);
    }

  private:
    TemporaryFolder folder_;
    Clock clock_;
};

class StoresInASharedFolder {
  public:
    explicit StoresInASharedFolder(Clock clock) : clock_(std::move(clock)) {}
    std::unique_ptr<JobStore> open() const {
        const StudyFolder own{folder_ / fmt::format("worker-{}", workers_++)};
        std::filesystem::create_directory(own.path);
        return std::make_unique<FolderJobStore>(own, folder_ / "shared", clock_);
    }

  private:
    TemporaryFolder folder_;
    Clock clock_;
    mutable std::atomic<int> workers_ = 0;
};

class StoresInMemory {
  public:
    explicit StoresInMemory(Clock clock) : clock_(std::move(clock)) {}
    std::unique_ptr<JobStore> open() const { return std::make_unique<MemoryJobStore>(shelf_, clock_); }

  private:
    std::shared_ptr<MemoryJobStore::Shelf> shelf_ = std::make_shared<MemoryJobStore::Shelf>();
    Clock clock_;
};

/// The store of another process, which a file holds.
class StoresElsewhere {
  public:
    explicit StoresElsewhere(Clock clock) : stores_(std::move(clock)) {}
    std::unique_ptr<JobStore> open() const {
        const std::shared_ptr<JobStore> served = stores_.open();
        return std::make_unique<RemoteJobStore>(
            [served](const std::string& request) { return serve(*served, request).answer; });
    }

  private:
    StoresInAFile stores_;
};

/// What every store of trainings promises.
template <class Stores>
class JobStoreTest : public testing::Test {
  protected:
    std::string claimed_key(const std::string& claim) {
        const auto job = store_->claim(claim);
        return job ? job->job.key : "none";
    }

    std::chrono::nanoseconds time_{seconds(1000)};
    Stores stores_{[this] { return time_; }};
    std::unique_ptr<JobStore> store_ = stores_.open();
    std::string me_ = this_owner();
};

using AllStores = testing::Types<StoresInAFile, StoresInASharedFolder, StoresInMemory, StoresElsewhere>;
TYPED_TEST_SUITE(JobStoreTest, AllStores);

TYPED_TEST(JobStoreTest, GivesOutJobsOnceFoldsFirstInTheirOrder) {
    JobStore& store = *this->store_;
    const Job jobs[] = {job_of("z", 0, Role::kBaseline), job_of("z", 0, Role::kConfirm), job_of("b", 1), job_of("a", 0),
                        job_of("a", 1)};
    store.want(jobs);
    store.want(jobs);  // changes nothing
    EXPECT_EQ(store.counts().pending, 5);
    Texts claimed;
    while (const auto job = store.claim(this->me_)) {
        EXPECT_EQ(job->status, JobStatus::kRunning);
        claimed.push_back(fmt::format("{}{}{}", job->job.key, job->job.index, role_name(job->job.role)));
    }
    EXPECT_EQ(claimed, (Texts{"b1fold", "a0fold", "a1fold", "z0confirm", "z0baseline"}));
    EXPECT_EQ(store.counts().running, 5);
    EXPECT_EQ(store.counts().pending, 0);
}

TYPED_TEST(JobStoreTest, GivesOutTheLongestFinalTrainingFirst) {
    JobStore& store = *this->store_;
    const Job jobs[] = {job_of("short", 0, Role::kBaseline), job_of("long", 0, Role::kBest), job_of("short", 0),
                        job_of("long", 0)};
    store.want(jobs);
    for (const double duration : {2, 3}) {
        const StoredJob fold = store.claim(this->me_).value();
        EXPECT_EQ(fold.job.role, Role::kFold);
        store.finish(fold.id, this->me_, {.accuracy = 0.5, .history = {{.epoch = 1, .seconds = duration}}});
    }
    EXPECT_EQ(this->claimed_key(this->me_), "long");
    EXPECT_EQ(this->claimed_key(this->me_), "short");
}

TYPED_TEST(JobStoreTest, TalliesEachFamilysTrainings) {
    JobStore& store = *this->store_;
    std::vector<Job> jobs = {job_of("a", 0), job_of("a", 1), job_of("b", 0), job_of("a", 0, Role::kBaseline),
                             job_of("a", 0, Role::kConfirm)};
    jobs.push_back(job_of("c", 0));
    jobs.back().family = "cnn";
    store.want(jobs);
    const auto finish = [&] {
        store.finish(store.claim(this->me_).value().id, this->me_, {.accuracy = 0.5, .history = two_epochs()});
    };
    finish();
    finish();
    store.fail(store.claim(this->me_).value().id, this->me_, "diverged");
    std::map<std::string, FamilyTally> tallies = store.tallies();
    EXPECT_EQ(tallies.size(), 2u);
    const FamilyTally tally = tallies["mlp"];
    EXPECT_EQ(tally.folds.wanted, 3);
    EXPECT_EQ(tally.folds.finished, 2);
    EXPECT_EQ(tally.folds.failed, 1);
    EXPECT_EQ(tally.folds.waiting(), 0);
    EXPECT_EQ(tally.folds.seconds, 8);
    EXPECT_EQ(tally.finals.waiting(), 1);
    EXPECT_EQ(tally.confirming.wanted, 1);
    EXPECT_EQ(tally.confirming.waiting(), 1);
    EXPECT_EQ(tally.finals.seconds, 0);
    EXPECT_EQ(tally.best.wanted, 0);
    EXPECT_EQ(tallies["cnn"].folds.waiting(), 1);
    store.want(std::vector{job_of("a", 0, Role::kBest), job_of("a", 0, Role::kBestCurve)});
    EXPECT_EQ(store.tallies()["mlp"].finals.wanted, 3);
    EXPECT_EQ(store.tallies()["mlp"].best.wanted, 2);
}

TYPED_TEST(JobStoreTest, KeepsTheFirstDecisionOfEachBorder) {
    JobStore& store = *this->store_;
    EXPECT_EQ(store.last_decision(), std::nullopt);
    const Decision first{.border = 3,
                         .spent = 10.5,
                         .expected = 60,
                         .decided = {1, 2},
                         .rounds = {4, 5},
                         .confirm = 3,
                         .confirm_seeds = 2,
                         .final_seeds = 7,
                         .curves = true};
    EXPECT_EQ(store.decide(first), first);
    Decision other = first;
    other.final_seeds = 1;
    EXPECT_EQ(store.decide(other), first);
    other.border = 4;
    EXPECT_EQ(store.decide(other), other);
    EXPECT_EQ(store.decide(first), other);
    EXPECT_EQ(this->stores_.open()->last_decision(), other);
}

TYPED_TEST(JobStoreTest, GivesOutWhatConfirmsWithoutFoldsFirst) {
    JobStore& store = *this->store_;
    store.want(std::vector{job_of("a", 0), job_of("a", 0, Role::kConfirm), job_of("challenger", 0, Role::kConfirm)});
    store.finish(store.claim(this->me_).value().id, this->me_, {.accuracy = 0.5, .history = two_epochs()});
    EXPECT_EQ(this->claimed_key(this->me_), "challenger");
    EXPECT_EQ(this->claimed_key(this->me_), "a");
}

TYPED_TEST(JobStoreTest, GivesAJobAsItWasWanted) {
    JobStore& store = *this->store_;
    const Job wanted = job_of("a", 3, Role::kBestCurve);
    store.want({&wanted, 1});
    const auto claimed = store.claim(this->me_);
    ASSERT_TRUE(claimed.has_value());
    EXPECT_EQ(claimed->job.family, "mlp");
    EXPECT_EQ(claimed->job.candidate, wanted.candidate);
    EXPECT_EQ(claimed->job.key, "a");
    EXPECT_EQ(claimed->job.recipe, "recipe of a");
    EXPECT_EQ(claimed->job.role, Role::kBestCurve);
    EXPECT_EQ(claimed->job.index, 3);
    EXPECT_EQ(claimed->job.seed, 10u);
}

TYPED_TEST(JobStoreTest, LeavesAJobToAProcessOfThisMachineThatIsStoppedForLong) {
    JobStore& store = *this->store_;
    const Job job = job_of("a", 0);
    store.want({&job, 1});
    const ChildProcess child;
    const auto id = store.claim(child.claim()).value().id;
    child.stop();
    for (int look = 0; look < 3; ++look) {
        EXPECT_FALSE(store.claim(this->me_));
        this->time_ += std::chrono::hours(100);
    }
    child.go_on();
    EXPECT_TRUE(store.renew(id, child.claim()));
    EXPECT_FALSE(store.claim(this->me_));
    child.end();
    EXPECT_EQ(store.claim(this->me_).value().id, id);
    EXPECT_FALSE(store.finish(id, child.claim(), {.accuracy = 0.1}));
}

TYPED_TEST(JobStoreTest, TakesAJobFromAnotherMachinesProcessThatWasSilentForTooLong) {
    JobStore& store = *this->store_;
    const Job job = job_of("a", 0);
    store.want({&job, 1});
    const auto id = store.claim(kElsewhere).value().id;
    const auto wait = [&](seconds time) {
        this->time_ += time;
        return store.claim(this->me_);
    };
    EXPECT_FALSE(wait(seconds(0)));
    EXPECT_FALSE(wait(kClaimLifetime - seconds(5)));
    EXPECT_TRUE(store.renew(id, kElsewhere));
    EXPECT_FALSE(wait(seconds(10)));
    EXPECT_FALSE(wait(kClaimLifetime - seconds(5)));
    EXPECT_EQ(wait(seconds(10)).value().id, id);
    EXPECT_FALSE(store.renew(id, kElsewhere));
}

TYPED_TEST(JobStoreTest, TakesAJobFromADeadProcessAtOnce) {
    JobStore& store = *this->store_;
    const Job job = job_of("a", 0);
    store.want({&job, 1});
    ASSERT_TRUE(store.claim(dead_claim()));
    EXPECT_TRUE(store.claim(this->me_));
}

TYPED_TEST(JobStoreTest, GivesAFoldOutLastAndAloneOnceItWasLostThreeTimes) {
    JobStore& store = *this->store_;
    const Job jobs[] = {job_of("a", 0), job_of("b", 0), job_of("b", 0, Role::kBest)};
    store.want(jobs);
    // With its process, or because it asked for too much.
    EXPECT_EQ(this->claimed_key(dead_claim()), "a");
    EXPECT_EQ(this->claimed_key(dead_claim()), "a");
    const auto greedy = store.claim(this->me_).value();
    EXPECT_EQ(greedy.job.key, "a");
    EXPECT_TRUE(store.release(greedy.id, this->me_, Release::kLost));

    const auto fold = store.claim(this->me_).value();
    EXPECT_EQ(fold.job.key, "b");
    const auto final_training = store.claim(this->me_).value();
    EXPECT_EQ(final_training.job.role, Role::kBest);
    EXPECT_FALSE(store.claim(this->me_));
    store.finish(fold.id, this->me_, {.accuracy = 0.5, .loss = 1});
    EXPECT_FALSE(store.claim(this->me_));
    store.finish(final_training.id, this->me_, {.accuracy = 0.5, .loss = 1});
    const auto suspect = store.claim(this->me_).value();
    EXPECT_EQ(suspect.job.key, "a");
    EXPECT_TRUE(store.finish(suspect.id, this->me_, {.accuracy = 0.75, .loss = 1}));
    const FoldName name{"a", 0};
    EXPECT_EQ(find_scores(store, {&name, 1})[0].value().accuracy, 0.75);
}

TYPED_TEST(JobStoreTest, GivesAFoldUpThatWasLostTenTimes) {
    JobStore& store = *this->store_;
    const FoldName names[] = {{"a", 0}, {"b", 0}};
    const std::string dead = dead_claim();
    const Job gone = job_of("a", 0);
    store.want({&gone, 1});
    for (int times = 0; times < kMostLosses; ++times) ASSERT_TRUE(store.claim(dead));
    EXPECT_FALSE(find_scores(store, names)[0]);
    EXPECT_FALSE(store.claim(this->me_));
    const Job greedy = job_of("b", 0);
    store.want({&greedy, 1});
    for (int times = 0; times < kMostLosses; ++times) {
        EXPECT_FALSE(find_scores(store, names)[1]);
        store.release(store.claim(this->me_).value().id, this->me_, Release::kLost);
    }
    EXPECT_FALSE(store.claim(this->me_));
    for (const auto& score : find_scores(store, names)) {
        EXPECT_TRUE(score.value().failed);
        EXPECT_TRUE(
            contains(score->reason, "its process was gone 10 times while it trained, or had not enough memory"));
    }
    EXPECT_EQ(store.counts().failed, 2);
}

TYPED_TEST(JobStoreTest, NeverGivesUpWhatGoesOnFromACheckpoint) {
    JobStore& store = *this->store_;
    const Job job = job_of("a", 0, Role::kBest);
    store.want({&job, 1});
    const std::string dead = dead_claim();
    for (int times = 0; times < 3 * kMostLosses; ++times) ASSERT_TRUE(store.claim(dead));
    EXPECT_TRUE(store.claim(this->me_));
}

TYPED_TEST(JobStoreTest, CountsNoLossWhereAClaimIsGivenBackUntouched) {
    JobStore& store = *this->store_;
    const Job job = job_of("a", 0);
    store.want({&job, 1});
    for (int times = 0; times < 3 * kMostLosses; ++times)
        EXPECT_TRUE(store.release(store.claim(this->me_).value().id, this->me_, Release::kUntouched));
    EXPECT_TRUE(store.claim(this->me_));
}

TYPED_TEST(JobStoreTest, IgnoresWhoHasLostItsClaimAndTellsIt) {
    JobStore& store = *this->store_;
    const Job job = job_of("a", 0);
    store.want({&job, 1});
    const FoldName name{"a", 0};
    const std::string late = dead_claim();
    const auto id = store.claim(late).value().id;
    ASSERT_TRUE(store.claim(this->me_));
    EXPECT_FALSE(store.renew(id, late));
    EXPECT_FALSE(store.finish(id, late, {.accuracy = 0.1, .loss = 1, .history = two_epochs()}));
    EXPECT_FALSE(store.fail(id, late, "too late"));
    EXPECT_FALSE(store.release(id, late, Release::kLost));
    EXPECT_EQ(store.counts().running, 1);
    EXPECT_FALSE(find_scores(store, {&name, 1})[0]);

    EXPECT_TRUE(store.renew(id, this->me_));
    EXPECT_TRUE(store.finish(id, this->me_, {.accuracy = 0.9, .loss = 1, .history = two_epochs()}));
    EXPECT_FALSE(store.finish(id, this->me_, {.accuracy = 0.2, .loss = 2, .history = two_epochs()}));
    EXPECT_FALSE(store.fail(id, this->me_, "after its end"));
    EXPECT_EQ(find_scores(store, {&name, 1})[0].value().accuracy, 0.9);
    EXPECT_FALSE(store.claim(this->me_));
}

TYPED_TEST(JobStoreTest, FindsWhatConfirmsApartFromFolds) {
    JobStore& store = *this->store_;
    const Job jobs[] = {job_of("a", 0), job_of("a", 0, Role::kConfirm)};
    store.want(jobs);
    for (const double accuracy : {0.25, 0.75})
        store.finish(store.claim(this->me_)->id, this->me_, {.accuracy = accuracy, .loss = 0.5});
    const FoldName names[] = {{"a", 0, Role::kConfirm}, {"a", 0}, {"a", 1, Role::kConfirm}};
    const std::vector<std::optional<FoldScore>> scores = find_scores(store, names);
    EXPECT_EQ(scores[0].value().accuracy, 0.75);
    EXPECT_EQ(scores[1].value().accuracy, 0.25);
    EXPECT_FALSE(scores[2]);
}

TYPED_TEST(JobStoreTest, FindsTheScoresOfFinishedAndFailedFolds) {
    JobStore& store = *this->store_;
    const Job jobs[] = {job_of("a", 0), job_of("a", 1), job_of("a", 2), job_of("a", 3), job_of("b", 0, Role::kBest)};
    store.want(jobs);
    const FoldName names[] = {{"c", 0}, {"b", 0}, {"a", 3}, {"a", 2}, {"a", 1}, {"a", 0}};
    for (const auto& score : find_scores(store, names)) EXPECT_FALSE(score);
    const auto finish = [&](double accuracy) {
        store.finish(store.claim(this->me_)->id, this->me_, {.accuracy = accuracy, .loss = 0.5});
    };
    finish(0.75);
    store.fail(store.claim(this->me_)->id, this->me_, "the loss became nan");
    finish(std::nan(""));
    ASSERT_TRUE(store.claim(this->me_));
    finish(0.1);

    const std::vector<std::optional<FoldScore>> scores = find_scores(store, names);
    ASSERT_EQ(scores.size(), 6u);
    EXPECT_EQ(scores[5].value().accuracy, 0.75);
    EXPECT_FALSE(scores[5]->failed);
    EXPECT_TRUE(scores[4].value().failed);
    EXPECT_EQ(scores[4]->reason, "the loss became nan");
    EXPECT_TRUE(scores[3].value().failed);
    EXPECT_EQ(scores[3]->reason, "it has no score");
    EXPECT_FALSE(scores[2]);  // running
    EXPECT_FALSE(scores[1]);  // no fold
    EXPECT_FALSE(scores[0]);
    const JobCounts counts = store.counts();
    EXPECT_EQ(counts.finished, 3);
    EXPECT_EQ(counts.failed, 1);
    EXPECT_EQ(counts.running, 1);
    EXPECT_EQ(counts.pending, 0);
}

TYPED_TEST(JobStoreTest, TellsTheScoresSinceAMarkOnceEachInTheOrderOfTheirEnds) {
    JobStore& store = *this->store_;
    store.want(std::vector{job_of("a", 0), job_of("b", 0), job_of("c", 0), job_of("c", 0, Role::kConfirm),
                           job_of("c", 0, Role::kBest)});
    std::vector<std::int64_t> ids;
    while (const auto job = store.claim(this->me_)) ids.push_back(job->id);
    ASSERT_EQ(ids.size(), 5u);
    const auto finish = [&](std::size_t i, double accuracy) {
        ASSERT_TRUE(store.finish(ids[i], this->me_, {.accuracy = accuracy, .loss = 1}));
    };
    std::int64_t mark = 0;
    const auto news = [&] {
        const NewScores found = store.scores_since(mark);
        mark = found.mark;
        Texts texts;
        for (const auto& [name, score] : found.scores)
            texts.push_back(fmt::format("{} {} {}", role_name(name.role), name.key,
                                        score.failed ? score.reason : fmt::format("{}", score.accuracy)));
        return texts;
    };
    EXPECT_EQ(news(), Texts{});
    finish(1, 0.5);
    finish(0, 0.25);
    EXPECT_EQ(news(), (Texts{"fold b 0.5", "fold a 0.25"}));
    EXPECT_EQ(news(), Texts{});
    finish(4, std::nan(""));
    finish(3, 0.75);
    EXPECT_TRUE(store.fail(ids[2], this->me_, "diverged"));
    EXPECT_EQ(news(), (Texts{"confirm c 0.75", "fold c diverged"}));
    EXPECT_EQ(news(), Texts{});
    EXPECT_EQ(store.scores_since(0).scores.size(), 4u);
}

TYPED_TEST(JobStoreTest, NeverGivesAJobToTwoOfManyThreads) {
    constexpr int kThreads = 4;
    constexpr int kJobs = 120;
    std::vector<Job> jobs;
    for (int i = 0; i < kJobs; ++i) jobs.push_back(job_of("a", i));
    this->store_->want(jobs);
    std::vector<std::vector<std::int64_t>> claimed(kThreads);
    std::vector<std::thread> threads;
    for (int t = 0; t < kThreads; ++t)
        threads.emplace_back([&, t] {
            const std::unique_ptr<JobStore> store = this->stores_.open();
            // Each is a process of its own to the store.
            while (const auto job = store->claim(fmt::format("{}{}", kElsewhere, t)))
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

}  // namespace
}  // namespace inkling
