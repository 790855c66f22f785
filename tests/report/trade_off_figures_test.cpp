#include "report/trade_off_figures.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "report/importance_figures.h"
#include "study/strategy.h"

namespace inkling {
namespace {

using nlohmann::ordered_json;

const StudyFamily kFamily{.name = "mlp",
                          .baseline = "[network]\nfamily = \"mlp\"\nhidden = [8]\n",
                          .epochs = 1,
                          .final_epochs = 1,
                          .techniques = {{"activation",
                                          {{.name = "relu", .set = {"network.activation=relu"}},
                                           {.name = "tanh", .set = {"network.activation=tanh"}}}}}};

OptionPath option(const Candidate& candidate, double mean, Cost cost, const std::string& name) {
    OptionPath made{.name = name, .trials = {}};
    made.trials.push_back({.candidate = candidate,
                           .key = recipe_key(kFamily, candidate),
                           .status = TrialStatus::kFinished,
                           .scores = {mean - 0.01, mean + 0.01, mean}});
    made.cost = cost;
    return made;
}

/// Baseline, something larger and better that is final, and something larger and worse.
StudyResults results() {
    const Candidate baseline = baseline_candidate(kFamily);
    const Candidate better{{"network.hidden=[16]"}, baseline.learning_rate};
    const Candidate worse{{"network.hidden=[32]"}, baseline.learning_rate};
    RoundPath round;
    round.name = "layers";
    round.options = {option(baseline, 0.8, {100, 10}, "as before"), option(better, 0.9, {200, 20}, "[16]"),
                     option(worse, 0.7, {300, 30}, "[32]")};
    round.incumbent = round.options[0].trial().key;
    round.decided = true;
    round.winner = 1;
    StudyResults study;
    study.recipe.folds = 3;
    study.recipe.families = {kFamily};
    study.families = {{.family = kFamily, .path = {.rounds = {round}, .best = better, .decided = true, .wanted = {}}}};
    study.families[0].fold_seconds = {{round.options[1].trial().key, 2.5}};
    return study;
}

TEST(TradeOffFigures, GiveEachConfigurationAndTheNonDominated) {
    const ordered_json figures = trade_off_figures(results());
    const ordered_json& configurations = figures["configurations"];
    ASSERT_EQ(configurations.size(), 3u);
    EXPECT_EQ(configurations[0]["name"], "baseline");
    EXPECT_EQ(configurations[0]["baseline"], true);
    EXPECT_EQ(configurations[0]["final"], false);
    EXPECT_TRUE(configurations[0]["seconds"].is_null());
    EXPECT_EQ(configurations[1]["name"], "layers: [16]");
    EXPECT_EQ(configurations[1]["final"], true);
    EXPECT_NEAR(configurations[1]["mean"], 0.9, 1e-12);
    EXPECT_EQ(configurations[1]["operations"], 200);
    EXPECT_EQ(configurations[1]["seconds"], 2.5);
    EXPECT_EQ(figures["fronts"]["operations"], ordered_json({0, 1}));
    EXPECT_EQ(figures["fronts"]["parameters"], ordered_json({0, 1}));
    EXPECT_EQ(figures["fronts"]["seconds"], ordered_json(std::vector<int>{1}));
}

TEST(TradeOffFigures, AreNoneWhereNothingIsScored) {
    StudyResults study = results();
    study.families[0].path.rounds.clear();
    EXPECT_TRUE(trade_off_figures(study).is_null());
}

TEST(ImportanceFigures, AreThoseOfCombinations) {
    StudyResults study = results();
    EXPECT_TRUE(importance_figures(study.recipe, study.families[0]).is_null());  // sequential
    study.recipe.strategy = StrategyKind::kRandom;
    EXPECT_TRUE(importance_figures(study.recipe, study.families[0]).is_null());  // too few

    RoundPath& round = study.families[0].path.rounds[0];
    round.options.clear();
    for (std::size_t i = 0; i < 12; ++i) {
        const Candidate candidate{{"network.hidden=[16]"}, 0.001 * static_cast<double>(i + 1)};
        round.options.push_back(option(candidate, i % 2 == 0 ? 0.8 : 0.9, {100, 10}, "one"));
        round.options.back().choices = {{.option = i % 2}};
    }
    const ordered_json figures = importance_figures(study.recipe, study.families[0]);
    EXPECT_EQ(figures["trials"], 12);
    ASSERT_EQ(figures["main"].size(), 1u);
    EXPECT_EQ(figures["main"][0]["techniques"], ordered_json(std::vector<std::string>{"activation"}));
    EXPECT_NEAR(figures["main"][0]["share"], 1, 1e-9);
    EXPECT_TRUE(figures["pairs"].empty());
    study.families[0].path.decided = false;
    EXPECT_TRUE(importance_figures(study.recipe, study.families[0]).is_null());
}

}  // namespace
}  // namespace inkling
