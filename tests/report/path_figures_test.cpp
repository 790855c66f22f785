#include "report/path_figures.h"

#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "study/statistics.h"

namespace inkling {
namespace {

using nlohmann::ordered_json;

constexpr double kRatio = 0.5;

OptionPath option(const std::string& name, std::vector<double> scores, TrialStatus status = TrialStatus::kFinished) {
    return {.name = name,
            .trials = {{.candidate = {{}, 0.1}, .key = name, .status = status, .scores = std::move(scores)}}};
}

/// One technique: the second option wins over the first, which was best before; one was dropped, one failed.
FamilyPath decided_path() {
    RoundPath round{.name = "optimizer",
                    .options = {option("adam", {0.80, 0.82, 0.81}), option("adamw", {0.84, 0.85, 0.86}),
                                option("asgd", {0.3}, TrialStatus::kDropped), option("sgd", {}, TrialStatus::kFailed)},
                    .incumbent = "adam",
                    .decided = true,
                    .winner = 1,
                    .runner_up = 0};
    round.options[3].trials[0].reason = "the loss is not finite";
    const auto beside = [](double mean, double low, double high, int folds, Verdict verdict) {
        return Comparison{.difference = {.mean = mean, .interval = {low, high}, .folds = folds}, .verdict = verdict};
    };
    round.options[0].beside_chosen = beside(-0.04, -0.06, -0.02, 3, Verdict::kBetter);
    round.options[2].beside_chosen = beside(-0.54, -INFINITY, INFINITY, 1, Verdict::kUndecided);
    return {.rounds = {round}, .best = {}, .decided = true, .wanted = {}};
}

TEST(PathFigures, GiveEachOptionsScore) {
    const ordered_json options = path_figures(decided_path(), kRatio)["rounds"][0]["options"];
    ASSERT_EQ(options.size(), 4u);
    const std::vector<double> adamw = {0.84, 0.85, 0.86};
    const Interval interval = mean_interval(adamw, 0.95, kRatio);
    EXPECT_TRUE(options[1]["chosen"]);
    EXPECT_DOUBLE_EQ(options[1]["mean"], 0.85);
    EXPECT_NEAR(options[1]["deviation"], 0.01, 1e-12);
    EXPECT_EQ(options[1]["interval"], ordered_json({interval.low, interval.high}));
    EXPECT_TRUE(options[0]["before"]);
    EXPECT_FALSE(options[0]["chosen"]);
}

TEST(PathFigures, CompareWithTheChosenOptionFoldByFold) {
    const ordered_json round = path_figures(decided_path(), kRatio)["rounds"][0];
    EXPECT_EQ(round["chosen"], "adamw");
    EXPECT_EQ(round["runner_up"], "adam");
    const ordered_json lead = {{"mean", 0.04}, {"interval", {0.02, 0.06}}, {"folds", 3}, {"verdict", "better"}};
    EXPECT_EQ(round["lead"], lead);
    EXPECT_EQ(round["gain"], lead);
    const ordered_json difference = {
        {"mean", -0.04}, {"interval", {-0.06, -0.02}}, {"folds", 3}, {"verdict", "better"}};
    EXPECT_EQ(round["options"][0]["difference_from_chosen"], difference);
    EXPECT_TRUE(round["options"][1]["difference_from_chosen"].is_null());
}

TEST(PathFigures, ShowDroppedAndFailedOptionsAsSuch) {
    const ordered_json options = path_figures(decided_path(), kRatio)["rounds"][0]["options"];
    EXPECT_EQ(options[2]["status"], "dropped");
    EXPECT_DOUBLE_EQ(options[2]["mean"], 0.3);
    EXPECT_TRUE(options[2]["interval"].is_null());
    EXPECT_EQ(options[2]["difference_from_chosen"]["mean"], -0.54);
    EXPECT_EQ(options[2]["difference_from_chosen"]["folds"], 1);
    EXPECT_EQ(options[2]["difference_from_chosen"]["verdict"], "undecided");
    EXPECT_TRUE(options[2]["difference_from_chosen"]["interval"].is_null());
    EXPECT_EQ(options[3]["status"], "failed");
    EXPECT_EQ(options[3]["reason"], "the loss is not finite");
    EXPECT_TRUE(options[3]["mean"].is_null());
    EXPECT_TRUE(options[3]["difference_from_chosen"].is_null());
}

TEST(PathFigures, SayWhyALearningRateFailedWhereAnotherStandsForTheOption) {
    FamilyPath path = decided_path();
    path.rounds[0].options[1].trials.push_back({.candidate = {{}, 0.5},
                                                .key = "adamw at 0.5",
                                                .status = TrialStatus::kFailed,
                                                .reason = "the loss is not finite"});
    const ordered_json option = path_figures(path, kRatio)["rounds"][0]["options"][1];
    EXPECT_EQ(option["status"], "finished");
    EXPECT_EQ(option["reason"], "");
    ASSERT_EQ(option["rates"].size(), 2u);
    EXPECT_EQ(option["rates"][0]["reason"], "");
    EXPECT_EQ(option["rates"][1]["status"], "failed");
    EXPECT_EQ(option["rates"][1]["reason"], "the loss is not finite");
}

TEST(PathFigures, LeadFromTheBaselineStepByStep) {
    const ordered_json steps = path_figures(decided_path(), kRatio)["steps"];
    ASSERT_EQ(steps.size(), 2u);
    EXPECT_EQ(steps[0]["option"], "baseline");
    EXPECT_DOUBLE_EQ(steps[0]["mean"], 0.81);
    EXPECT_EQ(steps[1]["technique"], "optimizer");
    EXPECT_EQ(steps[1]["option"], "adamw");
    EXPECT_DOUBLE_EQ(steps[1]["mean"], 0.85);
}

}  // namespace
}  // namespace inkling
