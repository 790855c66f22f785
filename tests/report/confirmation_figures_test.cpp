#include "report/confirmation_figures.h"

#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

namespace inkling {
namespace {

using nlohmann::ordered_json;

Trial finished(const std::string& key, std::vector<double> scores) {
    return {.candidate = {{"training.batch_size=" + key}, 0.1},
            .key = key,
            .status = TrialStatus::kFinished,
            .scores = std::move(scores)};
}

/// One technique whose second option was chosen; the challenger was confirmed in place of what it led to.
FamilyPath found_path() {
    const RoundPath round{.name = "batch size",
                          .options = {{.name = "64", .trials = {finished("64", {0.80, 0.82})}},
                                      {.name = "32", .trials = {finished("32", {0.84, 0.85})}}},
                          .incumbent = "64",
                          .decided = true,
                          .winner = 1};
    FamilyPath path{.rounds = {round}, .best = {{"training.batch_size=32"}, 0.1}, .decided = true, .wanted = {}};
    path.fresh = FreshFolds{
        .trials = {finished("64", {0.80, 0.80}), finished("32", {0.82, 0.83}), finished("16", {0.9, 0.9})},
        .steps = {0, 1},
        .confirmed = 2,
        .gains = {Difference{.mean = 0.025, .interval = {-0.01, 0.06}, .folds = 2}},
        .gain = Difference{.mean = 0.1, .interval = {-INFINITY, INFINITY}, .folds = 2},
        .worths = {{.round = 0, .trial = 0, .difference = Difference{.mean = 0.025, .interval = {-0.01, 0.06}}}},
        .complete = true};
    path.confirmation =
        Confirmation{.options = {{.name = "the path's choice", .cost = {2000, 100}, .trial = finished("32", {0.8})},
                                 {.name = "challenger", .cost = {4000, 200}, .trial = finished("16", {0.9})}},
                     .decided = true,
                     .chosen = 1};
    return path;
}

TEST(FreshFigures, HaveEachStepWithItsGainBesideTheScoreThatChose) {
    const ordered_json fresh = fresh_figures(found_path());
    EXPECT_EQ(fresh["complete"], true);
    EXPECT_DOUBLE_EQ(fresh["baseline"], 0.8);
    EXPECT_DOUBLE_EQ(fresh["baseline_chosen_by"], 0.81);
    ASSERT_EQ(fresh["steps"].size(), 1u);
    const ordered_json& step = fresh["steps"][0];
    EXPECT_EQ(step["option"], "32");
    EXPECT_EQ(step["changed"], true);
    EXPECT_DOUBLE_EQ(step["mean"], 0.825);
    EXPECT_DOUBLE_EQ(step["chosen_by"], 0.845);
    EXPECT_EQ(step["gain"], ordered_json({{"mean", 0.025}, {"interval", {-0.01, 0.06}}}));
    EXPECT_DOUBLE_EQ(fresh["confirmed"], 0.9);
    EXPECT_EQ(fresh["gain"], ordered_json({{"mean", 0.1}, {"interval", nullptr}}));
}

TEST(FreshFigures, HaveWhatEachChoiceIsWorth) {
    const ordered_json worths = fresh_figures(found_path())["worths"];
    ASSERT_EQ(worths.size(), 1u);
    EXPECT_EQ(worths[0]["technique"], "batch size");
    EXPECT_EQ(worths[0]["option"], "32");
    EXPECT_EQ(worths[0]["before"], "64");
    EXPECT_EQ(worths[0]["difference"]["mean"], 0.025);
}

TEST(FreshFigures, AreNullWhereThereAreNone) {
    FamilyPath path = found_path();
    path.fresh.reset();
    path.confirmation.reset();
    EXPECT_TRUE(fresh_figures(path).is_null());
    EXPECT_TRUE(confirmation_figures({.family = {}, .path = path}).is_null());
    // Lacking scores are.
    path = found_path();
    path.fresh->trials[1] = {.candidate = {}, .key = "32"};
    path.fresh->gains = {std::nullopt};
    const ordered_json step = fresh_figures(path)["steps"][0];
    EXPECT_TRUE(step["mean"].is_null() && step["gain"].is_null());
}

TEST(ConfirmationFigures, SayWhatWasConfirmed) {
    const FamilyResults family{.family = {},
                               .path = found_path(),
                               .full_length = {{.seconds = 12, .images = 50, .interval = {0.7, 0.88}}, {}}};
    const ordered_json json = confirmation_figures(family);
    EXPECT_EQ(json["decided"], true);
    EXPECT_EQ(json["images"], 50);
    ASSERT_EQ(json["options"].size(), 2u);
    EXPECT_EQ(json["options"][0]["name"], "the path's choice");
    EXPECT_EQ(json["options"][0]["chosen"], false);
    EXPECT_EQ(json["options"][0]["interval"], ordered_json({0.7, 0.88}));
    EXPECT_EQ(json["options"][0]["seconds"], 12);
    EXPECT_EQ(json["options"][1]["chosen"], true);
    EXPECT_EQ(json["options"][1]["operations"], 4000);
    EXPECT_TRUE(json["options"][1]["interval"].is_null());
    EXPECT_TRUE(json["options"][1]["seconds"].is_null());
}

}  // namespace
}  // namespace inkling
