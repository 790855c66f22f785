#include "study/path.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <set>

#include "core/random.h"
#include "planted.h"
#include "refusal.h"

namespace inkling {
namespace {

using Texts = std::vector<std::string>;

const Technique kActivations = choice("activation", "network.activation", {"relu", "elu", "tanh"});
const Technique kBatchSizes = choice("batch size", "training.batch_size", {"32", "64", "512"});
const Technique kDropouts = choice("dropout", "network.dropout", {"0.1", "0.2"});

FoldScore failure(const std::string& reason) { return {.failed = true, .reason = reason}; }

/// `plant`, but a candidate with that override fails on every fold from `fold` on.
Plant failing(Plant plant, const std::string& text, int from_fold = 0) {
    return [plant = std::move(plant), text, from_fold](const Candidate& candidate, int fold) {
        return has_override(candidate, text) && fold >= from_fold ? failure(fmt::format("diverged with {}", text))
                                                                  : plant(candidate, fold);
    };
}

Texts option_names(const RoundPath& round) {
    Texts names;
    for (const OptionPath& option : round.options) names.push_back(option.name);
    return names;
}

std::string winner_of(const RoundPath& round) { return round.options[round.winner].name; }

std::string runner_up_of(const RoundPath& round) {
    return round.runner_up ? round.options[*round.runner_up].name : "none";
}

TrialStatus status_of(const RoundPath& round, const std::string& option) {
    for (const OptionPath& path : round.options)
        if (path.name == option) return path.trial().status;
    ADD_FAILURE() << "no option " << option;
    return TrialStatus::kRunning;
}

/// "elu 0, elu 1": the last value of each wanted candidate's overrides and the fold; "-" for the baseline.
Texts shown(const std::vector<WantedFold>& step) {
    Texts texts;
    for (const WantedFold& wanted : step) {
        const Texts& overrides = wanted.candidate.overrides;
        const std::string value = overrides.empty() ? "-" : overrides.back().substr(overrides.back().find('=') + 1);
        texts.push_back(fmt::format("{} {}", value, wanted.fold));
    }
    return texts;
}

TEST(FollowPath, FollowsPlantedWinnersRoundByRound) {
    const StudyRecipe study = planted_study({kActivations, kBatchSizes, kDropouts});
    const Exploration found = explore(study, planted_gains({{"network.activation=elu", 0.02},
                                                            {"network.activation=tanh", -0.01},
                                                            {"training.batch_size=32", 0.01},
                                                            {"training.batch_size=64", 0.03},
                                                            {"network.dropout=0.1", -0.02},
                                                            {"network.dropout=0.2", -0.01}}));
    const FamilyPath& path = found.path;
    EXPECT_TRUE(path.decided);
    ASSERT_EQ(path.rounds.size(), 3u);
    const RoundPath& activation = path.rounds[0];
    EXPECT_EQ(activation.name, "activation");
    EXPECT_EQ(option_names(activation), (Texts{"relu", "elu", "tanh"}));
    EXPECT_EQ(activation.incumbent_trial().candidate.overrides, Texts{"network.activation=relu"});
    EXPECT_EQ(winner_of(activation), "elu");
    EXPECT_EQ(runner_up_of(activation), "relu");

    const RoundPath& batch_size = path.rounds[1];
    EXPECT_EQ(option_names(batch_size), (Texts{"as before", "32", "64", "512"}));
    EXPECT_EQ(batch_size.incumbent, activation.options[1].trial().key);
    EXPECT_EQ(winner_of(batch_size), "64");
    EXPECT_EQ(runner_up_of(batch_size), "32");

    const RoundPath& dropout = path.rounds[2];
    EXPECT_EQ(option_names(dropout), (Texts{"as before", "0.1", "0.2"}));
    EXPECT_EQ(winner_of(dropout), "as before");
    EXPECT_EQ(runner_up_of(dropout), "0.2");
    EXPECT_EQ(path.best, (Candidate{{"network.activation=elu", "training.batch_size=64"}, 0.01}));
    EXPECT_EQ(dropout.options[0].trial().candidate, path.best);
    for (const RoundPath& round : path.rounds)
        for (const OptionPath& option : round.options) {
            EXPECT_EQ(option.trial().status, TrialStatus::kFinished) << option.name;
            EXPECT_EQ(option.trial().scores.size(), 3u) << option.name;
        }
    EXPECT_DOUBLE_EQ(batch_size.options[2].trial().mean() - batch_size.options[0].trial().mean(), 31457 * 0x1p-20);
}

TEST(FollowPath, IsAFunctionOfTheScoresAlone) {
    // However many of the wanted folds are there: the path says what is lacking, and no round is decided without them.
    const StudyRecipe study = planted_study({kActivations});
    const StudyFamily& family = study.families[0];
    const Plant plant = planted_gains({{"network.activation=elu", 0.02}});
    const std::vector<WantedFold> all = explore(study, plant).steps.at(0);
    ASSERT_EQ(all.size(), 9u);
    for (std::size_t there = 0; there < all.size(); ++there) {
        const FindScore find = [&](const std::string& key, int fold) -> std::optional<FoldScore> {
            for (std::size_t i = all.size() - there; i < all.size(); ++i)
                if (all[i].key == key && all[i].fold == fold) return plant(all[i].candidate, fold);
            return std::nullopt;
        };
        const FamilyPath path = follow_path(study, family, find);
        EXPECT_EQ(path.wanted.size(), all.size() - there);
        EXPECT_FALSE(path.decided);
        EXPECT_FALSE(path.rounds.at(0).decided);
        EXPECT_EQ(path.best, baseline_candidate(family));
    }
}

TEST(FollowPath, KeepsTheIncumbentAtAnEqualMean) {
    const Exploration found = explore(
        planted_study({choice("activation", "network.activation", {"elu", "relu"}), kBatchSizes}), planted_gains({}));
    EXPECT_EQ(winner_of(found.path.rounds[0]), "relu");
    EXPECT_EQ(runner_up_of(found.path.rounds[0]), "elu");
    EXPECT_EQ(winner_of(found.path.rounds[1]), "as before");
}

TEST(FollowPath, TakesTheEarlierOfEqualOptions) {
    const Exploration found = explore(planted_study({kBatchSizes}), planted_gains({{"training.batch_size=32", 0.01},
                                                                                   {"training.batch_size=64", 0.02},
                                                                                   {"training.batch_size=512", 0.02}}));
    EXPECT_EQ(winner_of(found.path.rounds[0]), "64");
    EXPECT_EQ(runner_up_of(found.path.rounds[0]), "512");
}

TEST(FollowPath, LetsTheBestLearningRateStandForItsOption) {
    const Technique schedules{
        "schedule",
        {{.name = "constant", .set = {"schedule.kind=constant"}, .learning_rate_factors = {0.5, 1, 2}},
         {.name = "cosine", .set = {"schedule.kind=cosine"}, .learning_rate_factors = {0.5, 1, 2}}}};
    // At the incumbent's rate cosine loses to constant; at its own best one it wins.
    const Plant plant = [](const Candidate& candidate, int fold) {
        const bool cosine = has_override(candidate, "schedule.kind=cosine");
        const double at_rate = candidate.learning_rate > 0.015 ? (cosine ? 0.03 : 0.01) : cosine ? -0.01 : 0;
        return FoldScore{.accuracy = 0.5 + at_rate + 0.01 * fold};
    };
    const FamilyPath path = explore(planted_study({schedules, kActivations}), plant).path;
    const RoundPath& round = path.rounds[0];
    EXPECT_EQ(option_names(round), (Texts{"as before", "constant", "cosine"}));
    EXPECT_EQ(round.options[1].listed, 3u);
    EXPECT_EQ(round.options[1].trial().candidate.learning_rate, 0.02);
    EXPECT_EQ(round.options[2].trial().candidate.learning_rate, 0.02);
    EXPECT_EQ(winner_of(round), "cosine");
    EXPECT_EQ(runner_up_of(round), "constant");
    EXPECT_EQ(path.best,
              (Candidate{{"schedule.kind=cosine", "optimizer.learning_rate=0.02", "network.activation=relu"}, 0.02}));
}

TEST(FollowPath, LetsABetterRateOfTheIncumbentsOptionReplaceIt) {
    const Technique rates{"schedule",
                          {{.name = "constant", .set = {"schedule.kind=constant"}, .learning_rate_factors = {1, 3}}}};
    const FamilyPath path =
        explore(planted_study({rates}), planted_gains({{"optimizer.learning_rate=0.03", 0.02}})).path;
    EXPECT_EQ(option_names(path.rounds[0]), (Texts{"as before", "constant"}));
    EXPECT_EQ(path.rounds[0].incumbent_trial().candidate.learning_rate, 0.01);
    EXPECT_EQ(path.best.learning_rate, 0.03);
    EXPECT_EQ(runner_up_of(path.rounds[0]), "as before");
}

TEST(FollowPath, KeepsTheIncumbentWhereItsOptionHasARateThatIsAsGood) {
    const Technique rates{"schedule",
                          {{.name = "constant", .set = {"schedule.kind=constant"}, .learning_rate_factors = {3, 1}}}};
    const FamilyPath path = explore(planted_study({rates}), planted_gains({})).path;
    EXPECT_EQ(winner_of(path.rounds[0]), "as before");
    EXPECT_EQ(path.best.learning_rate, 0.01);
}

TEST(FollowPath, AsksOnceForTheSameRecipe) {
    // The baseline by three names in the first round, and by one more in the second.
    const Technique same{"same",
                         {{.name = "as it is", .set = {}},
                          {.name = "relu", .set = {"network.activation=relu"}},
                          {.name = "adam", .set = {"optimizer.kind=adam"}},
                          {.name = "tanh", .set = {"network.activation=tanh"}}}};
    const Exploration found = explore(planted_study({same, kActivations}), planted_gains({}));
    ASSERT_EQ(found.steps.size(), 2u);
    EXPECT_EQ(shown(found.steps[0]), (Texts{"- 0", "tanh 0", "- 1", "tanh 1", "- 2", "tanh 2"}));
    EXPECT_EQ(shown(found.steps[1]), (Texts{"elu 0", "elu 1", "elu 2"}));
    EXPECT_EQ(winner_of(found.path.rounds[0]), "as it is");
    EXPECT_EQ(runner_up_of(found.path.rounds[0]), "tanh");  // not the winner by another name
    EXPECT_EQ(found.path.rounds[1].options[2].trial().scores.size(), 3u);
}

TEST(FollowPath, AsksForNoFoldTwice) {
    const Exploration found = explore(planted_study({kActivations, kBatchSizes, kActivations, kDropouts}, 5, true),
                                      planted_gains({{"network.activation=elu", 0.02}, {"network.dropout=0.1", 0.01}}));
    std::set<std::pair<std::string, int>> asked;
    for (const auto& step : found.steps)
        for (const WantedFold& wanted : step) EXPECT_TRUE(asked.emplace(wanted.key, wanted.fold).second);
    EXPECT_EQ(found.path.best.overrides, (Texts{"network.activation=elu", "network.dropout=0.1"}));
}

TEST(FollowPath, GoesOnWithoutAnOptionThatFails) {
    const Plant plant = failing(planted_gains({{"network.activation=elu", 0.09}, {"network.activation=tanh", 0.01}}),
                                "network.activation=elu", 1);
    const FamilyPath path = explore(planted_study({kActivations, kBatchSizes}), plant).path;
    const RoundPath& round = path.rounds[0];
    EXPECT_EQ(winner_of(round), "tanh");
    EXPECT_EQ(runner_up_of(round), "relu");
    const Trial& elu = round.options[1].trial();
    EXPECT_EQ(elu.status, TrialStatus::kFailed);
    EXPECT_EQ(elu.reason, "diverged with network.activation=elu");
    EXPECT_EQ(elu.scores.size(), 1u);
    EXPECT_TRUE(path.decided);
}

TEST(FollowPath, AsksForNoMoreFoldsOfWhatFailed) {
    const Plant plant = failing(planted_gains({}), "network.activation=elu");
    const Exploration found = explore(planted_study({kActivations}, 4, true), plant);
    for (std::size_t step = 1; step < found.steps.size(); ++step)
        for (const WantedFold& wanted : found.steps[step])
            EXPECT_FALSE(has_override(wanted.candidate, "network.activation=elu"));
    // Nor of what failed on a later fold while an earlier one is not there yet.
    const StudyRecipe study = planted_study({kActivations});
    const std::string elu = explore(study, plant).path.rounds[0].options[1].trial().key;
    const FindScore find = [&](const std::string& key, int fold) -> std::optional<FoldScore> {
        if (key == elu && fold == 2) return failure("late");
        return std::nullopt;
    };
    EXPECT_EQ(shown(follow_path(study, study.families[0], find).wanted),
              (Texts{"relu 0", "tanh 0", "relu 1", "tanh 1", "relu 2", "tanh 2"}));
}

TEST(FollowPath, LetsAnotherRateStandForAnOptionOfWhichOneFails) {
    const Technique rates{"optimizer",
                          {{.name = "adam", .set = {"optimizer.kind=adam"}},
                           {.name = "sgd", .set = {"optimizer.kind=sgd"}, .learning_rates = {0.1, 0.5, 2}}}};
    const Plant gains = planted_gains({{"optimizer.kind=sgd", 0.01}, {"optimizer.learning_rate=2", 0.05}});
    const FamilyPath one = explore(planted_study({rates}), failing(gains, "optimizer.learning_rate=2", 2)).path;
    EXPECT_EQ(winner_of(one.rounds[0]), "sgd");
    EXPECT_EQ(one.best.learning_rate, 0.1);
    EXPECT_EQ(one.rounds[0].options[1].trials[2].status, TrialStatus::kFailed);

    const FamilyPath all = explore(planted_study({rates, kDropouts}), failing(gains, "optimizer.kind=sgd")).path;
    EXPECT_EQ(winner_of(all.rounds[0]), "adam");
    EXPECT_EQ(status_of(all.rounds[0], "sgd"), TrialStatus::kFailed);
    EXPECT_EQ(runner_up_of(all.rounds[0]), "none");
    EXPECT_TRUE(all.decided);
}

TEST(FollowPath, ReplacesAnIncumbentThatFails) {
    // The worst of the others is still better than none.
    const Plant plant = [](const Candidate& candidate, int fold) {
        if (!has_override(candidate, "training.batch_size=64") && !has_override(candidate, "training.batch_size=512"))
            return failure("no memory");
        return FoldScore{.accuracy = has_override(candidate, "training.batch_size=64") ? 0.1 : 0.05 + 0.01 * fold};
    };
    const FamilyPath path = explore(planted_study({kActivations, kBatchSizes, kDropouts}), plant).path;
    EXPECT_EQ(winner_of(path.rounds[0]), "relu");  // nothing could be trained
    EXPECT_EQ(status_of(path.rounds[0], "elu"), TrialStatus::kFailed);
    EXPECT_EQ(winner_of(path.rounds[1]), "64");
    EXPECT_EQ(runner_up_of(path.rounds[1]), "512");
    EXPECT_EQ(status_of(path.rounds[1], "as before"), TrialStatus::kFailed);
    EXPECT_EQ(path.best.overrides, (Texts{"network.activation=relu", "training.batch_size=64"}));
}

TEST(FollowPath, EndsWithTheBaselineWhereEverythingFails) {
    for (const bool racing : {false, true}) {
        const FamilyPath path =
            explore(planted_study({kActivations, kBatchSizes}, 4, racing), [](const Candidate&, int) {
                return failure("never");
            }).path;
        EXPECT_TRUE(path.decided);
        EXPECT_EQ(path.rounds[0].options[path.rounds[0].winner].name, "relu");
        EXPECT_EQ(winner_of(path.rounds[1]), "as before");
        for (const RoundPath& round : path.rounds) {
            EXPECT_EQ(runner_up_of(round), "none");
            for (const OptionPath& option : round.options) EXPECT_EQ(option.trial().status, TrialStatus::kFailed);
        }
    }
}

TEST(FollowPath, ShowsAnOptionThatCannotBeHadAsFailed) {
    const Technique mixed{
        "mixed",
        {{.name = "filters", .set = {"network.filters=[8]"}}, {.name = "elu", .set = {"network.activation=elu"}}}};
    const Exploration found = explore(planted_study({mixed}), planted_gains({{"network.activation=elu", 0.01}}));
    EXPECT_EQ(found.steps.size(), 1u);
    const RoundPath& round = found.path.rounds[0];
    EXPECT_EQ(option_names(round), (Texts{"as before", "filters", "elu"}));
    EXPECT_EQ(status_of(round, "filters"), TrialStatus::kFailed);
    EXPECT_TRUE(contains(round.options[1].trial().reason, "network.filters is not for the family mlp"));
    EXPECT_EQ(winner_of(round), "elu");
}

TEST(FollowPath, IsDecidedAtOnceWithoutTechniques) {
    const Exploration found = explore(planted_study({}), planted_gains({}));
    EXPECT_TRUE(found.path.decided);
    EXPECT_TRUE(found.steps.empty());
    EXPECT_EQ(found.path.best, (Candidate{{}, 0.01}));
}

TEST(FollowPath, TriesRandomAndGridCombinationsInOneRound) {
    for (const StrategyKind kind : {StrategyKind::kGrid, StrategyKind::kRandom}) {
        StudyRecipe study = planted_study({kActivations, kBatchSizes});
        study.strategy = kind;
        if (kind == StrategyKind::kRandom) study.samples = 8;  // of nine
        const Exploration found =
            explore(study, planted_gains({{"network.activation=tanh", 0.02}, {"training.batch_size=512", 0.01}}));
        ASSERT_EQ(found.path.rounds.size(), 1u);
        EXPECT_EQ(found.steps.size(), 1u);
        const RoundPath& round = found.path.rounds[0];
        EXPECT_EQ(option_names(round).front(), "as before");  // batches of 256
        EXPECT_EQ(round.options.size(), kind == StrategyKind::kGrid ? 10u : 9u);
        double highest = 0;
        for (const OptionPath& option : round.options) highest = std::max(highest, option.trial().mean());
        EXPECT_EQ(round.options[round.winner].trial().mean(), highest);
        if (kind == StrategyKind::kGrid) {
            EXPECT_EQ(winner_of(round), "tanh, 512, learning rate 0.01");
            EXPECT_EQ(found.path.best.overrides, (Texts{"network.activation=tanh", "training.batch_size=512"}));
        }
    }
}

// Racing. Eight batch sizes, the earlier the better, and the incumbent, which is the worst.
const Technique kEight = choice("batch size", "training.batch_size", {"1", "2", "3", "4", "5", "6", "7", "8"});

const std::map<std::string, double> kEarlierIsBetter = {
    {"training.batch_size=1", 0.08}, {"training.batch_size=2", 0.07}, {"training.batch_size=3", 0.06},
    {"training.batch_size=4", 0.05}, {"training.batch_size=5", 0.04}, {"training.batch_size=6", 0.03},
    {"training.batch_size=7", 0.02}, {"training.batch_size=8", 0.01}};

/// `plant` with normal noise of each configuration on each fold.
Plant noisy(Plant plant, double deviation, std::uint64_t seed = 0) {
    return [plant = std::move(plant), deviation, seed](const Candidate& candidate, int fold) {
        const std::size_t name = std::hash<std::string>{}(fmt::format("{}", fmt::join(candidate.overrides, " ")));
        RandomStream random(seed + name, Purpose::kBenchmark, static_cast<std::uint32_t>(fold));
        FoldScore score = plant(candidate, fold);
        score.accuracy += deviation * random.normal();
        return score;
    };
}

TEST(Racing, DropsNoOptionBeforeAllHaveThreeFolds) {
    const Exploration found = explore(planted_study({kEight}, 5, true), noisy(planted_gains(kEarlierIsBetter), 0.002));
    ASSERT_EQ(found.steps.size(), 3u);
    EXPECT_EQ(found.steps[0].size(), 27u);
    const RoundPath& round = found.path.rounds[0];
    EXPECT_EQ(winner_of(round), "1");
    EXPECT_EQ(status_of(round, "as before"), TrialStatus::kFinished);
    EXPECT_EQ(status_of(round, "8"), TrialStatus::kDropped);
    for (const OptionPath& option : round.options) {
        EXPECT_GE(option.trial().scores.size(), 3u) << option.name;
        EXPECT_EQ(option.trial().status == TrialStatus::kFinished, option.trial().scores.size() == 5) << option.name;
    }
}

TEST(Racing, ComparesWhatItDroppedOnTheFoldsThatBothHave) {
    const RoundPath round =
        explore(planted_study({kEight}, 5, true), noisy(planted_gains(kEarlierIsBetter), 0.002)).path.rounds[0];
    const OptionPath& last = round.options.back();
    ASSERT_TRUE(last.beside_chosen);
    EXPECT_EQ(last.beside_chosen->difference.folds, 3);
    double mean = 0;
    for (std::size_t fold = 0; fold < 3; ++fold)
        mean += (last.trial().scores[fold] - round.options[round.winner].trial().scores[fold]) / 3;
    EXPECT_NEAR(last.beside_chosen->difference.mean, mean, 1e-12);
    EXPECT_EQ(last.beside_chosen->verdict, Verdict::kBetter);
    EXPECT_FALSE(round.options[round.winner].beside_chosen);
}

TEST(Racing, KeepsOptionsThatChanceAloneTellsApart) {
    const Exploration found = explore(planted_study({kActivations}, 5, true), noisy(planted_gains({}), 0.01));
    for (const OptionPath& option : found.path.rounds[0].options)
        EXPECT_EQ(option.trial().status, TrialStatus::kFinished) << option.name;
}

TEST(Racing, OffScoresEveryOptionOnAllFolds) {
    const Exploration found = explore(planted_study({kEight}, 5, false), planted_gains(kEarlierIsBetter));
    ASSERT_EQ(found.steps.size(), 1u);
    EXPECT_EQ(found.steps[0].size(), 45u);
    for (const OptionPath& option : found.path.rounds[0].options) {
        EXPECT_EQ(option.trial().status, TrialStatus::kFinished);
        EXPECT_EQ(option.trial().scores.size(), 5u);
    }
}

TEST(Racing, FindsTheWinnerThatAllFoldsFind) {
    const std::map<std::string, double> gains = {
        {"network.activation=tanh", 0.02}, {"training.batch_size=64", 0.01}, {"network.dropout=0.2", 0.03}};
    for (const int folds : {2, 3, 4, 5, 7, 10}) {
        const Technique techniques[] = {kActivations, kBatchSizes, kDropouts};
        const auto best = [&](bool racing) {
            return explore(planted_study({std::begin(techniques), std::end(techniques)}, folds, racing),
                           planted_gains(gains))
                .path.best;
        };
        EXPECT_EQ(best(true), best(false)) << folds;
    }
}

// Learning rates.
const Technique kRates{"optimizer",
                       {{.name = "adam", .set = {"optimizer.kind=adam"}},
                        {.name = "sgd", .set = {"optimizer.kind=sgd"}, .learning_rates = {0.1, 0.2, 0.4}}}};

/// Scores that are highest at the rate `best`, and fall to both sides.
Plant peaked(double best) {
    return [best](const Candidate& candidate, int fold) {
        return FoldScore{.accuracy = 0.5 + 0.01 * fold - 0.01 * std::abs(std::log2(candidate.learning_rate / best))};
    };
}

std::vector<double> rates_of(const OptionPath& option) {
    std::vector<double> rates;
    for (const Trial& trial : option.trials) rates.push_back(trial.candidate.learning_rate);
    return rates;
}

TEST(Tuning, TriesAsManyRatesOfEveryOption) {
    const Exploration found = explore(planted_study({kRates}), peaked(0.2));
    const RoundPath& round = found.path.rounds[0];
    ASSERT_EQ(round.options.size(), 3u);  // with what was best before
    EXPECT_EQ(round.options[1].listed, 3u);
    EXPECT_EQ(round.options[2].listed, 3u);
    EXPECT_EQ(rates_of(round.options[2]), (std::vector<double>{0.1, 0.2, 0.4}));
    EXPECT_EQ(round.options[2].trial().candidate.learning_rate, 0.2);
}

TEST(Tuning, ComparesOnlyTheBestRateOnOtherFolds) {
    const StudyRecipe study = planted_study({kRates});
    const Exploration found = explore(study, peaked(0.2));
    const OptionPath& sgd = found.path.rounds[0].options[2];
    for (const Trial& trial : sgd.trials) {
        EXPECT_TRUE(trial.tuning);
        EXPECT_EQ(trial.scores.size(), trial.candidate.learning_rate == 0.2 ? 3u : 0u);
    }
    for (const WantedFold& wanted : found.steps[0]) EXPECT_LE(wanted.fold, tuning_fold(study));
}

TEST(Tuning, IsJudgedByTheTuningFoldAlone) {
    // On the folds that options are compared on, the highest rate would win.
    const Plant plant = [](const Candidate& candidate, int fold) {
        const double sign = fold == 3 ? -1 : 1;
        return FoldScore{.accuracy = 0.5 + sign * 0.01 * std::log2(candidate.learning_rate)};
    };
    const OptionPath sgd = explore(planted_study({kRates}), plant).path.rounds[0].options.back();
    EXPECT_LT(sgd.trial().candidate.learning_rate, 0.1);
}

TEST(Tuning, GoesBeyondTheLastRateUntilTheBestLiesInside) {
    const OptionPath sgd = explore(planted_study({kRates}), peaked(0.8)).path.rounds[0].options.back();
    EXPECT_EQ(rates_of(sgd), (std::vector<double>{0.1, 0.2, 0.4, 0.8, 1.6}));
    EXPECT_EQ(sgd.trial().candidate.learning_rate, 0.8);
    const OptionPath low = explore(planted_study({kRates}), peaked(0.05)).path.rounds[0].options.back();
    EXPECT_EQ(rates_of(low), (std::vector<double>{0.1, 0.2, 0.4, 0.05, 0.025}));
}

TEST(Tuning, EndsAfterThreeStepsOrWhereAStepFails) {
    const OptionPath sgd = explore(planted_study({kRates}), peaked(50)).path.rounds[0].options.back();
    EXPECT_EQ(rates_of(sgd), (std::vector<double>{0.1, 0.2, 0.4, 0.8, 1.6, 3.2}));
    EXPECT_EQ(sgd.trial().candidate.learning_rate, 3.2);
    const OptionPath failed = explore(planted_study({kRates}), failing(peaked(50), "optimizer.learning_rate=0.8"))
                                  .path.rounds[0]
                                  .options.back();
    EXPECT_EQ(rates_of(failed), (std::vector<double>{0.1, 0.2, 0.4, 0.8}));
    EXPECT_EQ(failed.trial().candidate.learning_rate, 0.4);
}

// Choosing.
TEST(Choosing, TakesTheCheapestOfThoseWithinTheMargin) {
    const Technique layers = choice("layers", "network.hidden", {"[16, 8, 8]", "[8, 8, 4]", "[32, 8, 8]"});
    StudyRecipe study = planted_study({layers}, 5);
    const Plant near = noisy(planted_gains({{"network.hidden=[32, 8, 8]", 0.001}}), 0.0003);
    EXPECT_EQ(winner_of(explore(study, near).path.rounds[0]), "[8, 8, 4]");
    study.choose = ChooseRule::kHighestMean;
    EXPECT_EQ(winner_of(explore(study, near).path.rounds[0]), "[32, 8, 8]");
    study.choose = ChooseRule::kCheapest;
    study.margin = 0;
    EXPECT_EQ(winner_of(explore(study, near).path.rounds[0]), "[32, 8, 8]");
}

TEST(Choosing, DoesNotWalkDownhillAmongWhatIsUndecided) {
    // Nothing is decided where chance is so large; the cheaper network is more than the margin below.
    const Technique layers = choice("layers", "network.hidden", {"[8, 8, 4]"});
    const Plant far = [](const Candidate& candidate, int fold) {
        const double chance = (fold % 2 == 0 ? 0.02 : -0.02) * (candidate.overrides.empty() ? 1 : -1);
        return FoldScore{.accuracy = (candidate.overrides.empty() ? 0.5 : 0.49) + chance};
    };
    const RoundPath round = explore(planted_study({layers}, 4), far).path.rounds[0];
    EXPECT_EQ(winner_of(round), "as before");
    EXPECT_EQ(round.options[1].beside_chosen->verdict, Verdict::kUndecided);
}

TEST(Choosing, KeepsTheIncumbentOfEqualCostWithinTheMargin) {
    const Plant near = noisy(planted_gains({{"network.activation=elu", 0.001}}), 0.0001);
    EXPECT_EQ(winner_of(explore(planted_study({kActivations}), near).path.rounds[0]), "relu");
    const Plant far = noisy(planted_gains({{"network.activation=elu", 0.01}}), 0.0001);
    EXPECT_EQ(winner_of(explore(planted_study({kActivations}), far).path.rounds[0]), "elu");
}

TEST(Verdicts, HaveNames) {
    EXPECT_STREQ(verdict_name(Verdict::kBetter), "better");
    EXPECT_STREQ(verdict_name(Verdict::kEquivalent), "equivalent");
    EXPECT_STREQ(verdict_name(Verdict::kUndecided), "undecided");
}

TEST(RecipeKey, TellsConfigurationsAndFamiliesApartButNotTheirNames) {
    const StudyFamily family = planted_study({}).families[0];
    const std::string baseline = recipe_key(family, baseline_candidate(family));
    EXPECT_EQ(recipe_key(family, {{"network.activation=relu"}, 0.01}), baseline);
    EXPECT_NE(recipe_key(family, {{"network.activation=elu"}, 0.01}), baseline);
    StudyFamily other = family;
    other.name = "another";
    EXPECT_NE(recipe_key(other, baseline_candidate(family)), baseline);
    StudyFamily longer = family;
    longer.epochs = 9;
    EXPECT_NE(recipe_key(longer, baseline_candidate(family)), baseline);
    EXPECT_EQ(baseline.size(), 64u);
}

TEST(TrialStatus, HasNames) {
    EXPECT_STREQ(trial_status_name(TrialStatus::kRunning), "running");
    EXPECT_STREQ(trial_status_name(TrialStatus::kFinished), "finished");
    EXPECT_STREQ(trial_status_name(TrialStatus::kDropped), "dropped");
    EXPECT_STREQ(trial_status_name(TrialStatus::kSuperseded), "superseded");
    EXPECT_STREQ(trial_status_name(TrialStatus::kFailed), "failed");
}

}  // namespace
}  // namespace inkling
