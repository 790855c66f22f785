#include "study/path.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

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

TEST(PathFollower, FindsTheSamePathStepByStepAsOneThatBeginsAnew) {
    const StudyRecipe study = planted_study({choice("activation", "network.activation", {"relu", "elu", "tanh"}),
                                             choice("batch size", "training.batch_size", {"64", "128"})},
                                            4, true);
    const Plant plant = planted_gains({{"network.activation=elu", 0.02}, {"training.batch_size=64", 0.01}});
    std::map<std::pair<std::string, int>, FoldScore> scores;
    const FindScore find = [&](const std::string& key, int fold) {
        const auto found = scores.find({key, fold});
        return found == scores.end() ? std::nullopt : std::optional(found->second);
    };
    PathFollower follower(study, study.families[0]);
    for (int trainings = 0;; ++trainings) {
        const FamilyPath path = follower.follow(find);
        const FamilyPath anew = follow_path(study, study.families[0], find);
        ASSERT_EQ(path.rounds.size(), anew.rounds.size());
        ASSERT_EQ(path.wanted.size(), anew.wanted.size());
        EXPECT_EQ(path.best, anew.best);
        EXPECT_EQ(path.decided, anew.decided);
        for (std::size_t i = 0; i < path.rounds.size(); ++i)
            for (std::size_t option = 0; option < path.rounds[i].options.size(); ++option)
                EXPECT_EQ(path.rounds[i].options[option].trial().scores, anew.rounds[i].options[option].trial().scores);
        if (path.wanted.empty()) {
            EXPECT_GT(trainings, 10);
            EXPECT_EQ(path.best.overrides,
                      (std::vector<std::string>{"network.activation=elu", "training.batch_size=64"}));
            break;
        }
        const WantedFold& wanted = path.wanted.front();
        EXPECT_EQ(wanted.key, anew.wanted.front().key);
        EXPECT_EQ(wanted.fold, anew.wanted.front().fold);
        scores[{wanted.key, wanted.fold}] = plant(wanted.candidate, wanted.fold);
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
    EXPECT_EQ(option_names(round), (Texts{"constant", "cosine"}));
    EXPECT_EQ(round.options[0].trials.size(), 3u);
    EXPECT_EQ(round.options[0].trial().candidate.learning_rate, 0.02);
    EXPECT_EQ(round.options[1].trial().candidate.learning_rate, 0.02);
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
    EXPECT_EQ(path.rounds[0].options.size(), 1u);
    EXPECT_EQ(path.rounds[0].incumbent_trial().candidate.learning_rate, 0.01);
    EXPECT_EQ(path.best.learning_rate, 0.03);
    EXPECT_EQ(runner_up_of(path.rounds[0]), "none");
}

TEST(FollowPath, ShowsTheIncumbentWhereItsOptionHasARateThatIsAsGood) {
    const Technique rates{"schedule",
                          {{.name = "constant", .set = {"schedule.kind=constant"}, .learning_rate_factors = {3, 1}}}};
    const FamilyPath path = explore(planted_study({rates}), planted_gains({})).path;
    EXPECT_EQ(path.rounds[0].options[0].trial().candidate.learning_rate, 0.01);
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
    for (const bool halving : {false, true}) {
        const FamilyPath path =
            explore(planted_study({kActivations, kBatchSizes}, 4, halving), [](const Candidate&, int) {
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

// Halving. Eight batch sizes, the earlier the better, and the incumbent, which is the worst.
const Technique kEight = choice("batch size", "training.batch_size", {"1", "2", "3", "4", "5", "6", "7", "8"});

const Plant kEarlierIsBetter = planted_gains({{"training.batch_size=1", 0.08},
                                              {"training.batch_size=2", 0.07},
                                              {"training.batch_size=3", 0.06},
                                              {"training.batch_size=4", 0.05},
                                              {"training.batch_size=5", 0.04},
                                              {"training.batch_size=6", 0.03},
                                              {"training.batch_size=7", 0.02},
                                              {"training.batch_size=8", 0.01}});

TEST(Halving, LetsTheBetterHalfGoOnAfterOneTwoAndFourFolds) {
    const Texts first = {"- 0", "1 0", "2 0", "3 0", "4 0", "5 0", "6 0", "7 0", "8 0"};
    const Texts second = {"- 1", "1 1", "2 1", "3 1", "4 1", "5 1"};
    const std::map<int, std::vector<Texts>> expected = {
        {3, {first, second, {"- 2", "1 2", "2 2", "3 2"}}},
        {4, {first, second, {"- 2", "1 2", "2 2", "3 2", "- 3", "1 3", "2 3", "3 3"}}},
        {5, {first, second, {"- 2", "1 2", "2 2", "3 2", "- 3", "1 3", "2 3", "3 3"}, {"- 4", "1 4", "2 4"}}}};
    for (const auto& [folds, steps] : expected) {
        const Exploration found = explore(planted_study({kEight}, folds, true), kEarlierIsBetter);
        ASSERT_EQ(found.steps.size(), steps.size()) << folds;
        for (std::size_t step = 0; step < steps.size(); ++step) EXPECT_EQ(shown(found.steps[step]), steps[step]);
        const RoundPath& round = found.path.rounds[0];
        EXPECT_EQ(winner_of(round), "1");
        EXPECT_EQ(runner_up_of(round), "2");
        EXPECT_EQ(status_of(round, "as before"), TrialStatus::kFinished);
        EXPECT_EQ(status_of(round, "2"), TrialStatus::kFinished);
    }
}

TEST(Halving, ShowsWhatItDroppedAndAfterHowManyFolds) {
    const RoundPath round = explore(planted_study({kEight}, 5, true), kEarlierIsBetter).path.rounds[0];
    const std::vector<std::size_t> folds = {5, 5, 5, 4, 2, 2, 1, 1, 1};
    for (std::size_t i = 0; i < round.options.size(); ++i) {
        const Trial& trial = round.options[i].trial();
        EXPECT_EQ(trial.scores.size(), folds[i]) << round.options[i].name;
        EXPECT_EQ(trial.status, folds[i] == 5 ? TrialStatus::kFinished : TrialStatus::kDropped)
            << round.options[i].name;
    }
}

TEST(Halving, KeepsTheBestOfTwoOptionsHoweverManyRatesOneHas) {
    const Technique optimizers{
        "optimizer",
        {{.name = "sgd", .set = {"optimizer.kind=sgd"}, .learning_rates = {0.1, 0.2, 0.3, 0.4, 0.5, 0.6}},
         {.name = "asgd", .set = {"optimizer.kind=asgd"}, .learning_rates = {0.1, 0.2}}}};
    // All rates of sgd come before asgd's, and the incumbent is the worst.
    const Exploration found = explore(
        planted_study({optimizers}, 3, true),
        planted_gains(
            {{"optimizer.kind=sgd", 0.1}, {"optimizer.kind=asgd", 0.02}, {"optimizer.learning_rate=0.2", 0.01}}));
    const RoundPath& round = found.path.rounds[0];
    EXPECT_EQ(winner_of(round), "sgd");
    EXPECT_EQ(runner_up_of(round), "asgd");
    EXPECT_EQ(status_of(round, "as before"), TrialStatus::kFinished);
    EXPECT_EQ(round.options[2].trials[0].status, TrialStatus::kDropped);
    EXPECT_EQ(round.options[2].trials[1].status, TrialStatus::kFinished);
    EXPECT_EQ(found.path.best.learning_rate, 0.2);
}

TEST(Halving, JudgesTheIncumbentsOptionByAllItsFoldsThoughItHasRatesThatAreDropped) {
    const Technique rates{
        "schedule",
        {{.name = "cosine", .set = {"schedule.kind=cosine"}, .learning_rate_factors = {1, 2, 3}},
         {.name = "constant", .set = {"schedule.kind=constant"}, .learning_rate_factors = {2, 3, 1}}}};
    const RoundPath round =
        explore(planted_study({rates}, 4, true),
                planted_gains({{"schedule.kind=cosine", 0.01}, {"optimizer.learning_rate=0.02", 0.004}}))
            .path.rounds[0];
    EXPECT_EQ(winner_of(round), "cosine");
    EXPECT_EQ(round.incumbent_trial().status, TrialStatus::kFinished);
    EXPECT_EQ(round.incumbent_trial().scores.size(), 4u);
}

TEST(Halving, OffScoresEveryOptionOnAllFolds) {
    const Exploration found = explore(planted_study({kEight}, 5, false), kEarlierIsBetter);
    ASSERT_EQ(found.steps.size(), 1u);
    EXPECT_EQ(found.steps[0].size(), 45u);
    for (const OptionPath& option : found.path.rounds[0].options) {
        EXPECT_EQ(option.trial().status, TrialStatus::kFinished);
        EXPECT_EQ(option.trial().scores.size(), 5u);
    }
}

TEST(Halving, FindsTheWinnerThatAllFoldsFind) {
    const std::map<std::string, double> gains = {
        {"network.activation=tanh", 0.02}, {"training.batch_size=64", 0.01}, {"network.dropout=0.2", 0.03}};
    for (const int folds : {2, 3, 4, 5, 7, 10}) {
        const Technique techniques[] = {kActivations, kBatchSizes, kDropouts};
        const auto best = [&](bool halving) {
            return explore(planted_study({std::begin(techniques), std::end(techniques)}, folds, halving),
                           planted_gains(gains))
                .path.best;
        };
        EXPECT_EQ(best(true), best(false)) << folds;
    }
}

TEST(Halving, AlwaysLeavesTheWinnerSomebodyToBeComparedWith) {
    const Technique optimizers{
        "optimizer",
        {{.name = "sgd", .set = {"optimizer.kind=sgd"}, .learning_rates = {0.1, 0.2, 0.3, 0.4}},
         {.name = "adam", .set = {"optimizer.kind=adam"}, .learning_rate_factors = {0.5, 1, 2}},
         {.name = "nadam", .set = {"optimizer.kind=nadam"}, .learning_rate_factors = {0.5, 1, 2}}}};
    for (std::uint64_t seed = 0; seed < 50; ++seed) {
        RandomStream random(seed, Purpose::kBenchmark);
        const Plant plant = [&](const Candidate&, int) { return FoldScore{.accuracy = random.uniform()}; };
        const int folds = 2 + static_cast<int>(random.below(6));
        for (const RoundPath& round : explore(planted_study({optimizers, kEight}, folds, true), plant).path.rounds) {
            const Trial& winner = round.options[round.winner].trial();
            EXPECT_EQ(winner.status, TrialStatus::kFinished);
            EXPECT_EQ(round.incumbent_trial().status, TrialStatus::kFinished);
            EXPECT_GE(winner.mean(), round.incumbent_trial().mean());
            ASSERT_TRUE(round.runner_up.has_value());
            EXPECT_NE(round.options[*round.runner_up].trial().key, winner.key);
            EXPECT_EQ(round.options[*round.runner_up].trial().scores.size(), winner.scores.size());
        }
    }
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
    EXPECT_STREQ(trial_status_name(TrialStatus::kFailed), "failed");
}

}  // namespace
}  // namespace inkling
