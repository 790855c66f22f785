#include "study/study.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <new>
#include <set>
#include <thread>

#include "memory_job_store.h"
#include "planted.h"
#include "refusal.h"
#include "study/folder_job_store.h"
#include "study/owner.h"
#include "study/sqlite_job_store.h"
#include "temporary_folder.h"

namespace inkling {
namespace {

using Texts = std::vector<std::string>;

const std::string kElu = "network.activation=elu";
const std::string kTanh = "network.activation=tanh";

/// Two families, the second with the rounds in the other order; elu and batches of 64 win.
StudyRecipe two_families() {
    const Technique activations = choice("activation", "network.activation", {"relu", "elu", "tanh"});
    const Technique batch_sizes = choice("batch size", "training.batch_size", {"64", "128"});
    StudyRecipe study = planted_study({activations, batch_sizes}, 3, true);
    study.families.push_back(study.families[0]);
    study.families[1].name = "other";
    study.families[1].techniques = {batch_sizes, activations};
    return study;
}

const Plant kPlant = planted_gains({{kElu, 0.02}, {kTanh, -0.02}, {"training.batch_size=64", 0.01}});

std::string name_of(const Job& job) {
    return fmt::format("{} {} {} {}", job.family, role_name(job.role), job.index, job.key);
}

/// A fake trainer with planted scores, which may be told what else to do, and remembers what it trained.
class FakeTrainer {
  public:
    explicit FakeTrainer(Plant plant, std::function<void(const Job&)> before = {})
        : plant_(std::move(plant)), before_(std::move(before)) {}

    JobScore operator()(const Job& job) {
        {
            const std::lock_guard lock(mutex_);
            ++trained_[name_of(job)];
        }
        if (before_) before_(job);
        const bool is_final = job.role == Role::kBaseline || job.role == Role::kBest;
        const double accuracy = is_final ? std::nan("") : plant_(job.candidate, job.index).accuracy;
        return {.accuracy = accuracy,
                .loss = 1 - accuracy,
                .history = {{.epoch = 1, .validation_accuracy = accuracy, .seconds = 1, .images_per_second = 10}}};
    }

    /// As run_study() takes it.
    TrainJob train() {
        return [this](const Job& job, const TrainerOptions&) { return (*this)(job); };
    }

    const std::map<std::string, int>& trained() const { return trained_; }

    /// How often the training that was done most often was done.
    int most() const {
        int most = 0;
        for (const auto& [name, times] : trained_) most = std::max(most, times);
        return most;
    }

  private:
    Plant plant_;
    std::function<void(const Job&)> before_;
    std::mutex mutex_;
    std::map<std::string, int> trained_;
};

class RunStudy : public testing::Test {
  protected:
    RunStudy() { SqliteJobStore(path(), Database::Mode::kCreate); }

    std::filesystem::path path() const { return folder_ / "study.sqlite"; }
    SqliteJobStore open() const { return {path(), Database::Mode::kWrite}; }

    void run(const StudyRecipe& study, FakeTrainer& trainer, const StudyRunOptions& options = {}) const {
        run_study(sqlite_job_stores(path()), study, trainer.train(), options);
    }

    /// The study's end is the one that the planted scores lead to.
    void expect_planted_end(const StudyRecipe& study) const {
        SqliteJobStore store = open();
        const std::vector<FamilyPath> paths = follow_paths(store, study);
        ASSERT_EQ(paths.size(), 2u);
        EXPECT_TRUE(paths[0].decided);
        EXPECT_TRUE(paths[1].decided);
        EXPECT_EQ(paths[0].best.overrides, (Texts{kElu, "training.batch_size=64"}));
        EXPECT_EQ(paths[1].best.overrides, (Texts{"training.batch_size=64", kElu}));
        const JobCounts counts = store.counts();
        EXPECT_EQ(counts.pending + counts.running + counts.failed, 0);
        std::map<Role, int> roles;
        for (const StoredJob& job : store.jobs()) ++roles[job.job.role];
        // A family's first round of 3 and 2 options with an incumbent among them or beside them, on 3 folds.
        EXPECT_EQ(roles[Role::kBaseline], 4);
        EXPECT_EQ(roles[Role::kBest], 4);
        EXPECT_EQ(roles[Role::kBaselineCurve], 2);
        EXPECT_EQ(roles[Role::kBestCurve], 2);
    }

    TemporaryFolder folder_;
};

TEST_F(RunStudy, FollowsThePlantedPathAndTrainsEachJobOnce) {
    const StudyRecipe study = two_families();
    for (const int workers : {1, 3}) {
        std::filesystem::remove(path());
        SqliteJobStore(path(), Database::Mode::kCreate);
        FakeTrainer trainer(kPlant);
        run(study, trainer, {.workers = workers});
        expect_planted_end(study);
        EXPECT_EQ(trainer.most(), 1);
        EXPECT_EQ(static_cast<std::int64_t>(trainer.trained().size()), open().counts().finished);
    }
}

TEST_F(RunStudy, GivesEveryTrainingItsSeedEpochsAndName) {
    StudyRecipe study = two_families();
    study.seed = 40;
    FakeTrainer trainer(kPlant);
    run(study, trainer, {.workers = 2});
    for (const StoredJob& stored : open().jobs()) {
        const Job& job = stored.job;
        const Recipe recipe = parse_recipe(job.recipe, "job");
        const bool fold = job.role == Role::kFold;
        EXPECT_EQ(recipe.training.epochs, fold ? 2 : 3);
        EXPECT_EQ(recipe.training.seed, 40u + static_cast<unsigned>(job.index));
        EXPECT_EQ(job.seed, recipe.training.seed);
        const bool of_best = job.role == Role::kBest || job.role == Role::kBestCurve;
        EXPECT_EQ(recipe.name, fold ? job.family : fmt::format("{}-{}", job.family, of_best ? "best" : "baseline"));
    }
}

TEST_F(RunStudy, TrainsAllCandidatesOnTheSameFoldWithTheSameSeed) {
    const StudyRecipe study = two_families();
    FakeTrainer trainer(kPlant);
    run(study, trainer);
    std::map<int, std::set<std::uint64_t>> seeds;
    for (const StoredJob& stored : open().jobs())
        if (stored.job.role == Role::kFold) seeds[stored.job.index].insert(stored.job.seed);
    EXPECT_EQ(seeds.size(), 3u);
    for (const auto& [fold, of_fold] : seeds) EXPECT_EQ(of_fold.size(), 1u) << fold;
}

TEST_F(RunStudy, ReportsProgress) {
    const StudyRecipe study = two_families();
    FakeTrainer trainer(kPlant);
    std::int64_t last = -1;
    std::set<std::string> names;
    run(study, trainer, {.workers = 2, .on_progress = [&](const StudyProgress& progress) {
                             EXPECT_EQ(progress.paths.size(), 2u);
                             std::int64_t finished = 0;
                             for (const FamilyTally& tally : progress.tallies)
                                 finished += tally.folds.finished + tally.finals.finished;
                             last = std::max(last, finished);
                             names.insert(progress.last);
                         }});
    EXPECT_EQ(last, open().counts().finished);
    EXPECT_TRUE(names.contains("other fold 2"));
}

TEST_F(RunStudy, RecordsWhyATrainingFailedAndGoesOn) {
    const std::vector<std::pair<std::function<void()>, std::string>> failures = {
        {[] { throw Diverged("the training loss became nan"); }, "the training loss became nan"},
        {[] { throw wrong_usage("a batch of {} images is too much", 64); }, "a batch of 64 images is too much"}};
    const StudyRecipe study = two_families();
    for (const auto& [failure, reason] : failures) {
        std::filesystem::remove(path());
        SqliteJobStore(path(), Database::Mode::kCreate);
        FakeTrainer trainer(kPlant, [fail = failure](const Job& job) {
            if (job.index == 1 && job.role == Role::kFold && has_override(job.candidate, kElu)) fail();
        });
        run(study, trainer, {.workers = 2});
        EXPECT_EQ(trainer.most(), 1);
        SqliteJobStore store = open();
        EXPECT_EQ(store.counts().failed, 2);
        for (const StoredJob& stored : store.jobs())
            EXPECT_EQ(stored.reason, stored.status == JobStatus::kFailed ? reason : "");
        const FamilyPath path = follow_paths(store, study)[0];
        EXPECT_TRUE(path.decided);
        EXPECT_EQ(path.best.overrides, (Texts{"network.activation=relu", "training.batch_size=64"}));
        EXPECT_EQ(path.rounds[0].options[1].trial().status, TrialStatus::kFailed);
        EXPECT_EQ(path.rounds[0].options[1].trial().reason, reason);
    }
}

TEST_F(RunStudy, GoesOnWithoutAFoldThatTakesMoreMemoryThanThereIs) {
    const StudyRecipe study = two_families();
    FakeTrainer trainer(kPlant, [](const Job& job) {
        if (job.index == 1 && job.role == Role::kFold && has_override(job.candidate, kElu)) throw std::bad_alloc();
    });
    run(study, trainer, {.workers = 2});
    EXPECT_EQ(trainer.most(), kMostLosses);
    SqliteJobStore store = open();
    EXPECT_EQ(store.counts().failed, 2);
    const FamilyPath path = follow_paths(store, study)[0];
    EXPECT_EQ(path.best.overrides, (Texts{"network.activation=relu", "training.batch_size=64"}));
    EXPECT_EQ(path.rounds[0].options[1].trial().reason, given_up_reason());
}

TEST_F(RunStudy, EndsWhereAFinalTrainingTakesMoreMemoryThanThereIsAndGoesOnWhereThereIsMore) {
    const StudyRecipe study = two_families();
    bool small = true;
    FakeTrainer trainer(kPlant, [&](const Job& job) {
        if (small && job.role == Role::kBest) throw std::bad_alloc();
    });
    EXPECT_TRUE(contains(refusal_with(ExitStatus::kFailed, [&] { run(study, trainer); }),
                         "best 1: not enough memory to train it; go on with fewer --threads"));
    EXPECT_EQ(open().counts().failed, 0);
    small = false;
    run(study, trainer);
    expect_planted_end(study);
}

TEST_F(RunStudy, EndsWithAnErrorOfTheMachineAndReleasesTheClaim) {
    const StudyRecipe study = two_families();
    bool full = true;
    FakeTrainer trainer(kPlant, [&](const Job& job) {
        if (full && job.index == 1) throw failed("the disk is full");
    });
    EXPECT_EQ(refusal_with(ExitStatus::kFailed, [&] { run(study, trainer, {.workers = 2}); }), "the disk is full");
    const JobCounts counts = open().counts();
    EXPECT_EQ(counts.running, 0);
    EXPECT_EQ(counts.failed, 0);
    EXPECT_GT(counts.pending, 0);
    EXPECT_GT(counts.finished, 0);
    full = false;
    run(study, trainer, {.workers = 2});
    expect_planted_end(study);
}

TEST_F(RunStudy, ReleasesTheClaimWhateverEndsIt) {
    const StudyRecipe study = two_families();
    bool broken = true;
    FakeTrainer trainer(kPlant, [&](const Job&) {
        if (broken) throw std::runtime_error("a library's own error");
    });
    EXPECT_THROW(run(study, trainer), std::runtime_error);
    EXPECT_EQ(open().counts().running, 0);
    broken = false;
    run(study, trainer);
    expect_planted_end(study);
}

TEST_F(RunStudy, StopsWhenToldToAndGoesOn) {
    const StudyRecipe study = two_families();
    int stops = 0;
    FakeTrainer trainer(kPlant);
    for (bool done = false; !done;) {
        ASSERT_LT(stops, 100);
        // The third training of each run is told to stop in its midst.
        std::atomic<int> begun = 0;
        const TrainJob train = [&](const Job& job, const TrainerOptions& options) {
            if (++begun >= 3) {
                EXPECT_TRUE(options.stop());
                throw Error(ExitStatus::kInterrupted, "stopped");
            }
            return trainer(job);
        };
        try {
            run_study(sqlite_job_stores(path()), study, train, {.workers = 2, .stop = [&] { return begun >= 3; }});
            done = true;
        } catch (const Error& error) {
            EXPECT_EQ(error.status(), ExitStatus::kInterrupted);
            EXPECT_EQ(open().counts().running, 0);
            ++stops;
        }
    }
    EXPECT_GT(stops, 5);
    EXPECT_EQ(trainer.most(), 1);
    expect_planted_end(study);
}

TEST_F(RunStudy, DoesNothingWhereAllIsDone) {
    const StudyRecipe study = two_families();
    FakeTrainer trainer(kPlant);
    run(study, trainer);
    FakeTrainer again(kPlant);
    run(study, again, {.workers = 2});
    EXPECT_TRUE(again.trained().empty());
}

TEST_F(RunStudy, TakesOverWhatADeadProcessHadClaimed) {
    const StudyRecipe study = two_families();
    FakeTrainer trainer(kPlant);
    std::atomic<int> begun = 0;
    const TrainJob train = [&](const Job& job, const TrainerOptions&) -> JobScore {
        if (++begun > 4) throw Error(ExitStatus::kInterrupted, "stopped");
        return trainer(job);
    };
    EXPECT_THROW(run_study(sqlite_job_stores(path()), study, train, {.stop = [&] { return begun > 4; }}), Error);
    ASSERT_TRUE(open().claim(fmt::format("{}0", this_owner())));  // by a process that is no more
    EXPECT_EQ(open().counts().running, 1);
    run(study, trainer);
    EXPECT_EQ(trainer.most(), 1);
    expect_planted_end(study);
}

TEST_F(RunStudy, GoesOnWithoutAnOptionWhoseTrainingEndsItsProcessAgainAndAgain) {
    const StudyRecipe study = two_families();
    FakeTrainer trainer(kPlant);
    // Each run is stopped as soon as it comes to the training, whose claim is then left as by a process that is no
    // more.
    for (int times = 0; times < kMostLosses; ++times) {
        std::atomic<bool> lost = false;
        const TrainJob train = [&](const Job& job, const TrainerOptions&) -> JobScore {
            if (job.role != Role::kFold || job.family != "mlp" || !has_override(job.candidate, kElu))
                return trainer(job);
            lost = true;
            throw Error(ExitStatus::kInterrupted, "stopped");
        };
        EXPECT_THROW(run_study(sqlite_job_stores(path()), study, train, {.stop = [&] { return lost.load(); }}), Error);
        Database(path(), Database::Mode::kWrite)
            .execute(
                "UPDATE folds SET status = 'running', owner = 'no process' WHERE id IN (SELECT folds.id FROM folds "
                "JOIN trials ON trials.id = folds.trial WHERE family = 'mlp' AND overrides LIKE '%elu\"%' AND "
                "overrides NOT LIKE '%relu%' AND role = 'fold' AND status = 'pending' ORDER BY folds.id LIMIT 1)");
    }
    run(study, trainer);
    EXPECT_EQ(trainer.most(), 1);
    SqliteJobStore store = open();
    EXPECT_EQ(store.counts().pending + store.counts().running, 0);
    EXPECT_EQ(store.counts().failed, 1);
    const std::vector<FamilyPath> paths = follow_paths(store, study);
    EXPECT_EQ(paths[0].best.overrides, (Texts{"network.activation=relu", "training.batch_size=64"}));
    EXPECT_EQ(paths[1].best.overrides, (Texts{"training.batch_size=64", kElu}));
}

/// A clock that is moved by hand.
struct PlantedClock {
    std::atomic<std::int64_t> seconds = 1000;
    Clock clock() {
        return [this] { return std::chrono::seconds(seconds.load()); };
    }
};

TEST_F(RunStudy, LeavesATrainingThatAnotherProcessHasTakenMeanwhileBeforeItWrites) {
    const StudyRecipe study = two_families();
    FakeTrainer trainer(kPlant);
    PlantedClock clock;
    int taken = 0;
    int written = 0;
    // The third training's process sleeps with its machine; meanwhile another one takes the training and ends it.
    const TrainJob train = [&](const Job& job, const TrainerOptions& options) {
        if (trainer.trained().size() == 2 && taken == 0) {
            ++taken;
            EXPECT_FALSE(options.stop());
            Database(path(), Database::Mode::kWrite)
                .execute("UPDATE folds SET owner = 'elsewhere/1/1' WHERE status = 'running'");
            EXPECT_FALSE(options.stop());  // nobody can know yet
            clock.seconds += 3600;
            const StoredJob running = open().jobs().at(static_cast<std::size_t>(open().counts().finished));
            EXPECT_EQ(running.status, JobStatus::kRunning);
            EXPECT_TRUE(open().finish(running.id, "elsewhere/1/1", trainer(job)));
            options.stop();
            ++written;
        }
        return trainer(job);
    };
    run_study(sqlite_job_stores(path()), study, train, {.clock = clock.clock()});
    EXPECT_EQ(taken, 1);
    EXPECT_EQ(written, 0);
    EXPECT_EQ(trainer.most(), 1);
    expect_planted_end(study);
}

TEST_F(RunStudy, GoesOnWithATrainingWhoseClaimHeldWhileItsProcessWasStopped) {
    const StudyRecipe study = two_families();
    FakeTrainer trainer(kPlant);
    PlantedClock clock;
    const TrainJob train = [&](const Job& job, const TrainerOptions& options) {
        clock.seconds += 3600;
        EXPECT_FALSE(options.stop());
        return trainer(job);
    };
    run_study(sqlite_job_stores(path()), study, train, {.clock = clock.clock()});
    EXPECT_EQ(trainer.most(), 1);
    expect_planted_end(study);
}

TEST_F(RunStudy, NeedsNoMoreOfAStoreThanItPromises) {
    const StudyRecipe study = two_families();
    FakeTrainer in_file(kPlant);
    run(study, in_file, {.workers = 2});
    const auto shelf = std::make_shared<MemoryJobStore::Shelf>();
    FakeTrainer in_memory(kPlant);
    run_study([&] { return std::make_unique<MemoryJobStore>(shelf); }, study, in_memory.train(), {.workers = 2});
    EXPECT_EQ(in_memory.trained(), in_file.trained());
    MemoryJobStore store(shelf);
    const std::vector<FamilyPath> paths = follow_paths(store, study);
    EXPECT_TRUE(paths[0].decided && paths[1].decided);
    EXPECT_EQ(paths[0].best.overrides, (Texts{kElu, "training.batch_size=64"}));
}

TEST_F(RunStudy, SharesTheWorkOfSeveralThatRunIt) {
    const StudyRecipe study = two_families();
    // Nobody goes on before each of the two has begun a training.
    std::mutex mutex;
    std::condition_variable changed;
    std::set<int> begun;
    const auto meet = [&](int who) {
        std::unique_lock lock(mutex);
        begun.insert(who);
        changed.notify_all();
        EXPECT_TRUE(changed.wait_for(lock, std::chrono::seconds(60), [&] { return begun.size() == 2; }));
    };
    FakeTrainer first(kPlant, [&](const Job&) { meet(1); });
    FakeTrainer second(kPlant, [&](const Job&) { meet(2); });
    std::thread other([&] { run(study, second, {.workers = 2}); });
    run(study, first, {.workers = 2});
    other.join();
    expect_planted_end(study);
    EXPECT_EQ(first.most(), 1);
    EXPECT_EQ(second.most(), 1);
    for (const auto& [name, times] : first.trained()) EXPECT_FALSE(second.trained().contains(name)) << name;
    EXPECT_EQ(static_cast<std::int64_t>(first.trained().size() + second.trained().size()), open().counts().finished);
}

TEST_F(RunStudy, SharesTheWorkOfWorkersThatShareNoMoreThanAFolder) {
    const StudyRecipe study = two_families();
    FakeTrainer alone(kPlant);
    run(study, alone, {.workers = 2});
    FakeTrainer together(kPlant);
    {
        std::vector<std::jthread> workers;
        for (const char* name : {"a", "b", "c"})
            workers.emplace_back([&, name] {
                std::filesystem::create_directory(folder_ / name);
                run_study(folder_job_stores({folder_ / name}, folder_ / "shared"), study, together.train(),
                          {.workers = 2});
            });
    }
    EXPECT_EQ(together.trained(), alone.trained());
    for (const char* name : {"a", "b", "c"}) {
        FolderJobStore store({folder_ / name}, folder_ / "shared");
        EXPECT_EQ(store.counts().finished, open().counts().finished);
        SqliteJobStore in_file = open();
        const std::vector<FamilyPath> paths = follow_paths(store, study);
        for (std::size_t family = 0; family < paths.size(); ++family)
            EXPECT_EQ(paths[family].best, follow_paths(in_file, study)[family].best);
    }
}

TEST_F(RunStudy, EndsThoughEverythingFails) {
    const StudyRecipe study = two_families();
    FakeTrainer trainer(kPlant, [](const Job&) { throw Diverged("never learns"); });
    run(study, trainer, {.workers = 2});
    SqliteJobStore store = open();
    EXPECT_EQ(store.counts().finished, 0);
    EXPECT_EQ(store.counts().pending + store.counts().running, 0);
    const std::vector<FamilyPath> paths = follow_paths(store, study);
    EXPECT_TRUE(paths[0].decided && paths[1].decided);
    EXPECT_EQ(trainer.most(), 1);
}

TEST_F(RunStudy, OfNoTechniquesTrainsTheBaselineForTheTest) {
    const StudyRecipe study = planted_study({});
    FakeTrainer trainer(kPlant);
    run(study, trainer);
    EXPECT_EQ(trainer.trained().size(), 6u);  // baseline and best, with two seeds and to be watched
}

}  // namespace
}  // namespace inkling
