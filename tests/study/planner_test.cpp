#include "study/planner.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <cmath>
#include <memory>

#include "core/random.h"
#include "memory_job_store.h"
#include "planted.h"
#include "planted_studies.h"
#include "soak.h"
#include "study/owner.h"
#include "study/sqlite_job_store.h"
#include "temporary_folder.h"

namespace inkling {
namespace {

using Texts = std::vector<std::string>;

std::string shown(const std::optional<Difference>& difference) {
    if (!difference) return "none";
    const auto& [mean, interval, folds] = *difference;
    return fmt::format("{} {} {} {}", mean, interval.low, interval.high, folds);
}

std::string shown(const std::vector<WantedFold>& wanted) {
    Texts texts;
    for (const WantedFold& fold : wanted) texts.push_back(fmt::format("{} {}", fold.key, fold.fold));
    return fmt::format("{}", fmt::join(texts, ", "));
}

std::string shown(const Trial& trial) {
    return fmt::format("{} {} {} {} {}", trial.key, trial_status_name(trial.status), fmt::join(trial.scores, " "),
                       trial.reason, trial.tuning.value_or(-1));
}

Texts shown(const RoundPath& round) {
    Texts texts{fmt::format("{} {} {} {} {} {} {} {}", round.name, round.incumbent, round.decided, round.winner,
                            round.runner_up.value_or(999), round.compared, round.residual.variance,
                            round.residual.degrees)};
    for (const OptionPath& option : round.options) {
        texts.push_back(fmt::format("{} {} {} {}", option.name, option.best, option.listed, option.tuned));
        if (option.beside_chosen)
            texts.push_back(shown(option.beside_chosen->difference) + verdict_name(option.beside_chosen->verdict));
        for (const Trial& trial : option.trials) texts.push_back(shown(trial));
    }
    return texts;
}

/// All that a path says, to the last digit.
Texts shown(const FamilyPath& path) {
    Texts texts{fmt::format("{} {} {}", fmt::join(path.best.overrides, " "), path.decided, path.settled()),
                shown(path.wanted)};
    const auto add = [&](const Texts& more) { texts.insert(texts.end(), more.begin(), more.end()); };
    for (const RoundPath& round : path.rounds) add(shown(round));
    if (path.confirmation) {
        add({fmt::format("{} {}", path.confirmation->decided, path.confirmation->chosen),
             shown(path.confirmation->wanted)});
        for (const ConfirmedOption& option : path.confirmation->options) add({option.name, shown(option.trial)});
    }
    if (path.fresh) {
        add({fmt::format("{}", path.fresh->complete), shown(path.fresh->gain), shown(path.fresh->confirmed_gain)});
        for (const Trial& trial : path.fresh->trials) add({shown(trial)});
        for (const auto& gain : path.fresh->gains) add({shown(gain)});
        for (const ChoiceWorth& worth : path.fresh->worths) add({shown(worth.difference)});
    }
    return texts;
}

/// Two families, one of which takes its techniques the other way round.
StudyRecipe study_of(StrategyKind strategy) {
    const Technique activations = choice("activation", "network.activation", {"relu", "elu", "tanh"});
    const Technique schedules{
        "schedule",
        {{.name = "constant", .set = {"schedule.kind=constant"}, .learning_rate_factors = {0.5, 1}},
         {.name = "cosine", .set = {"schedule.kind=cosine"}, .learning_rate_factors = {1, 2}}}};
    const Technique dropouts{"dropout", {}, ValueRange{.key = "network.dropout", .low = 0, .high = 0.5}};
    const bool ranges = strategy == StrategyKind::kRandom || strategy == StrategyKind::kTpe;
    StudyRecipe study = planted_study({activations, schedules}, 5, true);
    if (ranges) study.families[0].techniques.push_back(dropouts);
    study.strategy = strategy;
    study.samples = strategy == StrategyKind::kGrid ? 12 : 9;
    study.batch = 3;
    study.final_seeds = 1;
    study.confirm = 3;
    study.confirm_seeds = 2;
    study.fresh_folds = 1;
    study.families.push_back(study.families[0]);
    study.families[1].name = "other";
    std::swap(study.families[1].techniques[0], study.families[1].techniques[1]);
    return study;
}

/// Goes through a study of planted scores, of which some trainings fail, by several planners as of several processes.
/// Some trainings run at a time and end in any order. After each plan, one that begins anew must find the same, and
/// nothing more to train.
class ManyPlanners {
  public:
    ManyPlanners(const StudyRecipe& study, std::vector<std::unique_ptr<JobStore>> stores, std::uint64_t seed)
        : study_(study),
          stores_(std::move(stores)),
          scores_({.common = 0.25, .gains = 0.006}, seed),
          random_(seed, Purpose::kBenchmark) {
        for (std::size_t i = 0; i < stores_.size(); ++i) planners_.push_back(std::make_unique<Planner>(study_));
    }

    /// Returns how many trainings ended.
    int run() {
        int ended = 0;
        for (;;) {
            plan();
            if (testing::Test::HasFailure()) return ended;
            claim();
            if (running_.empty()) return ended;
            // Several at once, now and then.
            do {
                end(random_.below(static_cast<std::uint32_t>(running_.size())));
                ++ended;
            } while (!running_.empty() && random_.uniform() < 0.3);
        }
    }

  private:
    void plan() {
        const std::size_t who = random_.below(static_cast<std::uint32_t>(planners_.size()));
        const Plan plan = planners_[who]->plan(*stores_[who]);
        const JobCounts before = stores_[who]->counts();
        Planner anew(study_);
        const Plan expected = anew.plan(*stores_[who]);
        for (std::size_t i = 0; i < plan.paths.size(); ++i) EXPECT_EQ(shown(plan.paths[i]), shown(expected.paths[i]));
        EXPECT_EQ(stores_[who]->counts().pending, before.pending);
    }

    void claim() {
        while (running_.size() < 6) {
            const std::optional<StoredJob> job = stores_[0]->claim(claim_);
            if (!job) return;
            running_.push_back(*job);
        }
    }

    void end(std::size_t which) {
        const StoredJob stored = running_[which];
        running_.erase(running_.begin() + static_cast<std::ptrdiff_t>(which));
        const int index = stored.job.index + (stored.job.role == Role::kConfirm ? 50 : 0);
        const bool fails = scores_.draw(stored.job.key, 500) > 1.2 && stored.job.index >= 1;
        if (fails && stored.job.role == Role::kFold)
            stores_[0]->fail(stored.id, claim_, "diverged");
        else
            stores_[0]->finish(stored.id, claim_, {.accuracy = scores_.score(stored.job.key, index).accuracy});
    }

    StudyRecipe study_;
    std::vector<std::unique_ptr<JobStore>> stores_;
    PlantedScores scores_;
    RandomStream random_;
    std::vector<std::unique_ptr<Planner>> planners_;
    std::vector<StoredJob> running_;
    std::string claim_ = new_claim();
};

TEST(Planner, FindsStepByStepWhatOneThatBeginsAnewFinds) {
    for (const auto strategy :
         {StrategyKind::kSequential, StrategyKind::kRandom, StrategyKind::kGrid, StrategyKind::kTpe})
        for (int seed = 1; seed <= soaked(1); ++seed) {
            SCOPED_TRACE(fmt::format("{} {}", strategy_name(strategy), seed));
            const auto shelf = std::make_shared<MemoryJobStore::Shelf>();
            std::vector<std::unique_ptr<JobStore>> stores;
            stores.push_back(std::make_unique<MemoryJobStore>(shelf));
            EXPECT_GT(ManyPlanners(study_of(strategy), std::move(stores), static_cast<std::uint64_t>(seed)).run(), 60);
        }
}

TEST(Planner, SeesWhatOthersHaveStored) {
    const TemporaryFolder folder;
    std::vector<std::unique_ptr<JobStore>> stores;
    for (int i = 0; i < 3; ++i)
        stores.push_back(std::make_unique<SqliteJobStore>(folder / "study.sqlite", Database::Mode::kCreate));
    EXPECT_GT(ManyPlanners(study_of(StrategyKind::kSequential), std::move(stores), 7).run(), 60);
}

}  // namespace
}  // namespace inkling
