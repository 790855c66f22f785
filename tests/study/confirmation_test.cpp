#include "study/confirmation.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cmath>

#include "core/error.h"
#include "core/files.h"
#include "memory_job_store.h"
#include "nn/spec_toml.h"
#include "planted.h"
#include "study/challenger.h"
#include "study/choices.h"
#include "study/planner.h"
#include "study/study.h"

namespace inkling {
namespace {

using Texts = std::vector<std::string>;

const std::string kElu = "network.activation=elu";
const std::string kTanh = "network.activation=tanh";
const std::string kSmoothing = "training.label_smoothing=0.1";

const std::string kChallenger = R"(
[network]
family = "mlp"
hidden = [16, 16]
activation = "gelu"
dropout = 0.25

[training]
epochs = 12
label_smoothing = 0.05

[optimizer]
kind = "adam"
learning_rate = 0.02
)";

/// elu wins by what the folds say, then smoothing.
StudyRecipe confirmed_study() {
    StudyRecipe study = planted_study({choice("activation", "network.activation", {"relu", "elu", "tanh"}),
                                       choice("label smoothing", "training.label_smoothing", {"0", "0.1"})});
    study.choose = ChooseRule::kHighestMean;
    study.fresh_folds = 2;
    study.confirm = 10;
    study.confirm_seeds = 2;
    study.families[0].challenger = kChallenger;
    return study;
}

bool is_challenger(const Candidate& candidate) { return has_override(candidate, "optimizer.learning_rate=0.02"); }

/// The gains on folds of the path's choices, with a little that no fold has in common with another.
double on_folds(const Candidate& candidate, int fold) {
    const double gain = (has_override(candidate, kElu) ? 0.02 : 0) - (has_override(candidate, kTanh) ? 0.02 : 0) +
                        (has_override(candidate, kSmoothing) ? 0.01 : 0);
    return 0.7 + gain + 0.01 * fold + (has_override(candidate, kElu) && fold % 2 == 1 ? 0.002 : 0);
}

/// What a configuration scores at full length.
using AtLength = std::function<double(const Candidate& candidate)>;

/// A study on planted scores, in memory.
class PlantedRun {
  public:
    PlantedRun(const StudyRecipe& study, AtLength at_length) : study_(study), at_length_(std::move(at_length)) {}

    /// Trains all, or until `most` trainings are done.
    void run(int most = 100000) {
        std::atomic<int> begun = 0;
        const TrainJob train = [&](const Job& job, const TrainerOptions&) -> JobScore {
            if (++begun > most) throw Error(ExitStatus::kInterrupted, "stopped");
            const bool confirms = job.role == Role::kConfirm;
            EXPECT_EQ(parse_recipe(job.recipe, "a").training.epochs, job.role == Role::kFold ? 2 : 3);
            const double accuracy = job.role == Role::kFold ? on_folds(job.candidate, job.index)
                                    : confirms              ? at_length_(job.candidate) + 0.001 * job.index
                                                            : std::nan("");
            return {.accuracy = accuracy, .loss = 0, .history = {{.epoch = 1, .seconds = 1}}};
        };
        try {
            run_study(open(), study_, train, {.workers = 2, .stop = [&] { return begun > most; }});
        } catch (const Error& error) {
            EXPECT_EQ(error.status(), ExitStatus::kInterrupted);
        }
    }

    OpenJobStore open() {
        return [this] { return std::make_unique<MemoryJobStore>(shelf_); };
    }

    FamilyPath path() {
        MemoryJobStore store(shelf_);
        return follow_paths(store, study_)[0];
    }

    /// The configurations that were trained in a role.
    std::set<Texts> trained(Role role) const {
        std::set<Texts> configurations;
        for (const auto& entry : shelf_->entries)
            if (entry.stored.job.role == role) configurations.insert(entry.stored.job.candidate.overrides);
        return configurations;
    }

    int count(Role role) const {
        return static_cast<int>(std::count_if(shelf_->entries.begin(), shelf_->entries.end(), [&](const auto& entry) {
            return entry.stored.job.role == role && entry.stored.status == JobStatus::kFinished;
        }));
    }

  private:
    StudyRecipe study_;
    AtLength at_length_;
    std::shared_ptr<MemoryJobStore::Shelf> shelf_ = std::make_shared<MemoryJobStore::Shelf>();
};

Texts names_of(const Confirmation& confirmation) {
    Texts names;
    for (const ConfirmedOption& option : confirmation.options) names.push_back(option.name);
    return names;
}

TEST(Confirmation, NeedNotWaitForTheRoundsToTrainTheChallenger) {
    const StudyRecipe study = confirmed_study();
    const auto shelf = std::make_shared<MemoryJobStore::Shelf>();
    MemoryJobStore store(shelf);
    Planner(study).plan(store);
    Planner(study, 600).plan(store);
    int confirming = 0;
    for (const auto& entry : shelf->entries) {
        if (entry.stored.job.role != Role::kConfirm) continue;
        EXPECT_TRUE(is_challenger(entry.stored.job.candidate));
        EXPECT_EQ(entry.stored.job.index, 0);
        ++confirming;
    }
    EXPECT_EQ(confirming, 1);
}

TEST(Confirmation, EndsWithTheChallengerWhereThatIsBetterAtFullLength) {
    PlantedRun study(confirmed_study(),
                     [](const Candidate& candidate) { return is_challenger(candidate) ? 0.9 : 0.8; });
    study.run();
    const FamilyPath path = study.path();
    EXPECT_TRUE(path.settled());
    EXPECT_TRUE(has_override(path.best, kElu) && has_override(path.best, kSmoothing));
    ASSERT_TRUE(path.confirmation);
    EXPECT_EQ(path.confirmation->options[path.confirmation->chosen].name, "challenger");
    EXPECT_TRUE(is_challenger(path.chosen()));
    EXPECT_EQ(study.trained(Role::kBest), std::set<Texts>{path.chosen().overrides});
    EXPECT_EQ(study.trained(Role::kBestCurve), std::set<Texts>{path.chosen().overrides});
    EXPECT_EQ(study.count(Role::kConfirm), 2 * static_cast<int>(path.confirmation->options.size()));
}

TEST(Confirmation, KeepsThePathsChoiceWhereThatIsBetterAtFullLength) {
    PlantedRun study(confirmed_study(), [](const Candidate& candidate) {
        return 0.8 + (has_override(candidate, kElu) ? 0.02 : 0) + (has_override(candidate, kSmoothing) ? 0.01 : 0);
    });
    study.run();
    const FamilyPath path = study.path();
    EXPECT_EQ(path.confirmation->chosen, 0u);
    EXPECT_EQ(path.chosen(), path.best);
    EXPECT_EQ(study.trained(Role::kBest), std::set<Texts>{path.best.overrides});
}

TEST(Confirmation, TakesTheCheaperOfThoseWithinTheMargin) {
    // Its layers are wider than those of the path.
    StudyRecipe recipe = confirmed_study();
    recipe.choose = ChooseRule::kCheapest;
    recipe.margin = 0.2;
    const auto chosen = [&](double ahead) {
        PlantedRun study(recipe,
                         [&](const Candidate& candidate) { return is_challenger(candidate) ? 0.8 + ahead : 0.8; });
        study.run();
        const FamilyPath path = study.path();
        return path.confirmation->options[path.confirmation->chosen].name;
    };
    EXPECT_EQ(chosen(0.0019), "the path's choice");
    EXPECT_EQ(chosen(0.0021), "challenger");
}

TEST(Confirmation, IsOfTheListThatItPromises) {
    StudyRecipe recipe = confirmed_study();
    recipe.margin = 0;
    PlantedRun study(recipe, [](const Candidate&) { return 0.8; });
    study.run();
    const FamilyPath path = study.path();
    const Confirmation& confirmation = *path.confirmation;
    // Of the rounds, smoothing and the activations are told apart or not by the planted scores alone.
    const Texts names = names_of(confirmation);
    ASSERT_GE(names.size(), 5u);
    EXPECT_EQ((Texts{names.begin(), names.begin() + 3}), (Texts{"the path's choice", "baseline", "challenger"}));
    EXPECT_TRUE(std::find(names.begin(), names.end(), "without label smoothing") != names.end() ||
                std::find(names.begin(), names.end(), "label smoothing: 0") != names.end());
    EXPECT_NE(std::find(names.begin(), names.end(), "with the challenger's dropout"), names.end());
    std::set<std::string> keys;
    for (const ConfirmedOption& option : confirmation.options) EXPECT_TRUE(keys.insert(option.trial.key).second);
    for (const ConfirmedOption& option : confirmation.options)
        if (option.name == "with the challenger's dropout") {
            EXPECT_TRUE(has_override(option.trial.candidate, "network.dropout=0.25"));
            EXPECT_TRUE(has_override(option.trial.candidate, kElu));
        }
    for (const int most : {1, 2, 3}) {
        recipe.confirm = most;
        EXPECT_EQ(begin_confirmation(recipe, recipe.families[0], path).options.size(), static_cast<std::size_t>(most));
    }
}

TEST(Confirmation, OfAStoppedStudyIsThatOfAnUnbrokenOne) {
    const AtLength at_length = [](const Candidate& candidate) { return is_challenger(candidate) ? 0.9 : 0.8; };
    PlantedRun unbroken(confirmed_study(), at_length);
    unbroken.run();
    PlantedRun broken(confirmed_study(), at_length);
    for (int stop = 0; stop < 40; ++stop) broken.run(2);
    broken.run();
    const FamilyPath a = unbroken.path();
    const FamilyPath b = broken.path();
    EXPECT_EQ(a.chosen(), b.chosen());
    for (const Role role : {Role::kFold, Role::kConfirm, Role::kBest}) {
        EXPECT_EQ(unbroken.trained(role), broken.trained(role));
        EXPECT_EQ(unbroken.count(role), broken.count(role));
    }
    ASSERT_TRUE(a.fresh && b.fresh && a.fresh->gain && b.fresh->gain);
    EXPECT_EQ(a.fresh->gain->mean, b.fresh->gain->mean);
    EXPECT_EQ(a.fresh->gain->interval.low, b.fresh->gain->interval.low);
}

TEST(Confirmation, ThatFailsAllThroughLeavesThePathsChoice) {
    const StudyRecipe study = confirmed_study();
    const FamilyPath path = explore(study, [](const Candidate& candidate, int fold) {
                                return FoldScore{.accuracy = on_folds(candidate, fold)};
                            }).path;
    const Confirmation begun = begin_confirmation(study, study.families[0], path);
    const Confirmation failed = score_confirmation(
        study, begun, [](const auto&, int) { return FoldScore{.failed = true, .reason = "the loss is not finite"}; });
    EXPECT_TRUE(failed.decided);
    EXPECT_EQ(failed.chosen, 0u);
    EXPECT_EQ(failed.options[1].trial.reason, "the loss is not finite");
    const Confirmation waiting = score_confirmation(study, begun, [](const auto&, int) { return std::nullopt; });
    EXPECT_FALSE(waiting.decided);
    EXPECT_EQ(waiting.wanted.size(), 2 * begun.options.size());
    EXPECT_EQ(waiting.wanted.front().fold, 0);
    EXPECT_EQ(waiting.wanted.back().fold, 1);
}

TEST(FreshFolds, ScoreThePathAndWhatItIsWithoutEachChoice) {
    PlantedRun study(confirmed_study(), [](const Candidate&) { return 0.8; });
    study.run();
    const FamilyPath path = study.path();
    ASSERT_TRUE(path.fresh);
    const FreshFolds& fresh = *path.fresh;
    EXPECT_TRUE(fresh.complete);
    ASSERT_EQ(fresh.steps.size(), 3u);
    // The folds 4 and 5: those behind three to compare on and one to tune by.
    const auto mean = [&](std::size_t trial) { return fresh.trials[trial].mean(); };
    EXPECT_NEAR(mean(fresh.steps[0]), 0.745, 1e-12);
    EXPECT_NEAR(mean(fresh.steps[1]), 0.745 + 0.02 + 0.001, 1e-12);
    EXPECT_NEAR(mean(fresh.steps[2]), 0.745 + 0.03 + 0.001, 1e-12);
    ASSERT_TRUE(fresh.gains[0] && fresh.gains[1] && fresh.gain);
    EXPECT_NEAR(fresh.gains[0]->mean, 0.021, 1e-12);
    EXPECT_NEAR(fresh.gains[1]->mean, 0.01, 1e-12);
    EXPECT_NEAR(fresh.gain->mean, 0.031, 1e-12);
    EXPECT_EQ(fresh.gain->folds, 2);
    EXPECT_TRUE(std::isfinite(fresh.gain->interval.low));
    ASSERT_EQ(fresh.worths.size(), 2u);
    EXPECT_NEAR(fresh.worths[0].difference->mean, 0.021, 1e-12);
    EXPECT_NEAR(fresh.worths[1].difference->mean, 0.01, 1e-12);
    EXPECT_TRUE(has_override(fresh.trials[fresh.worths[0].trial].candidate, kSmoothing));
    EXPECT_FALSE(has_override(fresh.trials[fresh.worths[0].trial].candidate, kElu));
    // As Tukey's for the path's and these configurations, at 5%: five and four.
    const ResidualVariance residual =
        pooled(path.rounds.back().residual,
               residual_variance(std::vector{
                   std::span<const double>(fresh.trials[0].scores), std::span<const double>(fresh.trials[1].scores),
                   std::span<const double>(fresh.trials[2].scores), std::span<const double>(fresh.trials[3].scores)}));
    ASSERT_EQ(fresh.trials.size(), 4u);
    const double variance = std::max(2 * residual.variance, 0.002 * 0.002 / 2);
    const double reach = studentized_range(path.rounds.back().compared + 4, residual.degrees, 0.05) / std::sqrt(2) *
                         std::sqrt(variance * (1.0 / 2 + 1.0 / 3));
    EXPECT_NEAR(fresh.gain->interval.high - fresh.gain->mean, reach, 1e-9);
}

TEST(FreshFolds, ScoreWhatWasConfirmedAsTheFinalOne) {
    PlantedRun study(confirmed_study(),
                     [](const Candidate& candidate) { return is_challenger(candidate) ? 0.9 : 0.8; });
    study.run();
    const FamilyPath path = study.path();
    ASSERT_TRUE(path.fresh->confirmed);
    EXPECT_TRUE(is_challenger(path.fresh->trials[path.fresh->final_trial()].candidate));
    EXPECT_EQ(path.fresh->trials[path.fresh->final_trial()].scores.size(), 2u);
    EXPECT_NEAR(path.fresh->confirmed_gain.value().mean, 0, 1e-12);
    EXPECT_NEAR(path.fresh->gain.value().mean, 0.031, 1e-12);
}

TEST(FreshFolds, AndConfirmationTrainNothingWhereThereIsOneConfigurationOnly) {
    StudyRecipe study = confirmed_study();
    study.families[0].techniques.clear();
    study.families[0].challenger.clear();
    PlantedRun run(study, [](const Candidate&) { return 0.8; });
    run.run();
    EXPECT_EQ(run.count(Role::kFold) + run.count(Role::kConfirm), 0);
    EXPECT_TRUE(run.path().settled());
}

TEST(FreshFolds, ChooseNothing) {
    // Whatever they say, and without them, the path is the same.
    StudyRecipe without = confirmed_study();
    without.fresh_folds = 0;
    PlantedRun a(confirmed_study(), [](const Candidate&) { return 0.8; });
    PlantedRun b(without, [](const Candidate&) { return 0.8; });
    a.run();
    b.run();
    EXPECT_EQ(a.path().chosen(), b.path().chosen());
    EXPECT_FALSE(b.path().fresh);
    EXPECT_GT(a.count(Role::kFold), b.count(Role::kFold));
}

TEST(OtherChoices, AreThePathsButForOne) {
    StudyRecipe study = planted_study(
        {choice("activation", "network.activation", {"relu", "elu"}),
         {"optimizer",
          {{.name = "adam", .set = {"optimizer.kind=adam"}, .learning_rates = {0.01}},
           {.name = "sgd", .set = {"optimizer.kind=sgd", "optimizer.momentum=0.9"}, .learning_rates = {0.1}}}},
         {"weight decay",
          {{.name = "0", .set = {"optimizer.weight_decay=0"}}, {.name = "0.1", .set = {"optimizer.weight_decay=0.1"}}}},
         {"learning rate",
          {{.name = "times 1", .set = {}, .learning_rate_factors = {1}},
           {.name = "times 2", .set = {}, .learning_rate_factors = {2}}}}});
    study.choose = ChooseRule::kHighestMean;
    const StudyFamily& family = study.families[0];
    const FamilyPath path = explore(study, planted_gains({{kElu, 0.02},
                                                          {"optimizer.kind=sgd", 0.02},
                                                          {"optimizer.weight_decay=0.1", 0.02},
                                                          {"optimizer.learning_rate=0.2", 0.02}}))
                                .path;
    ASSERT_TRUE(has_override(path.best, "optimizer.learning_rate=0.2"));
    for (const RoundPath& round : path.rounds) EXPECT_TRUE(changes_configuration(round));
    const auto recipe = [&](std::size_t round, const OptionPath* option) {
        const std::optional<Candidate> other = with_other_choice(family, path, round, option);
        return other ? make_recipe(family, *other, 2, 0) : Recipe{};
    };
    for (std::size_t i = 0; i < path.rounds.size(); ++i)  // its own choice is no other one
        EXPECT_EQ(to_toml(recipe(i, &path.rounds[i].options[path.rounds[i].winner])),
                  to_toml(make_recipe(family, path.best, 2, 0)));
    const Recipe relu = recipe(0, nullptr);
    EXPECT_STREQ(name_of(relu.training.optimizer.kind), "sgd");
    EXPECT_EQ(relu.training.optimizer.learning_rate, 0.2f);
    EXPECT_EQ(relu.training.optimizer.weight_decay, 0.1f);
    const Recipe adam = recipe(1, nullptr);  // at the rate that stands to adam's as the final one does to sgd's
    EXPECT_STREQ(name_of(adam.training.optimizer.kind), "adam");
    EXPECT_FLOAT_EQ(adam.training.optimizer.learning_rate, 0.02f);
    EXPECT_EQ(adam.training.optimizer.weight_decay, 0.1f);
    EXPECT_EQ(recipe(2, nullptr).training.optimizer.weight_decay, 0.0f);
    EXPECT_FLOAT_EQ(recipe(3, nullptr).training.optimizer.learning_rate, 0.1f);
}

TEST(Challenger, OfTheStudyIsTheShippedRecipe) {
    for (const char* budget : {"quick", "standard", "full"}) {
        const StudyRecipe study = read_study_recipe(INKLING_RECIPES "/study.toml", budget);
        for (const StudyFamily& family : study.families) {
            const Recipe made = make_recipe(family, challenger_candidate(family), 7, 5);
            Recipe shipped = read_recipe(fmt::format("{}/{}.toml", INKLING_RECIPES, family.name));
            shipped.name = made.name;
            shipped.training.epochs = 7;
            shipped.training.seed = 5;
            EXPECT_EQ(to_toml(made), to_toml(shipped)) << family.name;
        }
    }
}

TEST(Challenger, MayBeAListOfLayersAndChangeEveryKind) {
    StudyFamily family = confirmed_study().families[0];
    for (const char* name : {"mlp3", "cnn3", "vgg6"}) {
        family.challenger = read_text(fmt::format("{}/{}.toml", INKLING_RECIPES, name));
        const Recipe made = make_recipe(family, challenger_candidate(family), 3, 0);
        EXPECT_EQ(to_toml(made.network), to_toml(parse_recipe(family.challenger, "a").network)) << name;
    }
}

}  // namespace
}  // namespace inkling
