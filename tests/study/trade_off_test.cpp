#include "study/trade_off.h"

#include <gtest/gtest.h>

#include <cmath>

#include "planted.h"

namespace inkling {
namespace {

using Places = std::vector<std::size_t>;

TEST(NonDominated, AreThoseThatNoOtherBeatsInBoth) {
    const std::vector<Trade> trades = {{0.80, 10}, {0.85, 20}, {0.84, 30}, {0.90, 40}, {0.79, 5}};
    EXPECT_EQ(non_dominated(trades), (Places{4, 0, 1, 3}));
}

TEST(NonDominated, AreOfEqualCostTheMostAccurateAndOfEqualOnesTheFirst) {
    EXPECT_EQ(non_dominated(std::vector<Trade>{{0.8, 10}, {0.9, 10}, {0.9, 10}}), Places{1});
    EXPECT_EQ(non_dominated(std::vector<Trade>{{0.9, 20}, {0.9, 10}}), Places{1});
    EXPECT_EQ(non_dominated({}), Places{});
}

/// By name, with parameters and operations.
ScoredConfiguration scored(const std::string& name, std::vector<double> scores, std::uint64_t parameters,
                           std::uint64_t operations) {
    return {.name = name,
            .candidate = {{name}, 0.1},
            .key = name,
            .scores = std::move(scores),
            .cost = {.operations = operations, .parameters = parameters}};
}

/// Scores of five folds about a mean, with little chance.
std::vector<double> about(double mean, double chance = 1e-4) {
    return {mean - chance, mean + chance, mean, mean + chance, mean - chance};
}

const std::vector<ScoredConfiguration> kScored = {
    scored("large", about(0.900), 1000, 1000), scored("few operations", about(0.895), 900, 100),
    scored("few parameters", about(0.891), 100, 900), scored("poor", about(0.88), 10, 10),
    scored("few parameters, worse", about(0.8905), 100, 900)};

RoundPath sure_round() {
    RoundPath round;
    round.decided = true;
    round.residual = {.variance = 1e-8, .degrees = 40};
    round.compared = 5;
    return round;
}

std::string preferred_name(Preference prefer, double margin = 1) {
    StudyRecipe study = planted_study({}, 5);
    study.prefer = prefer;
    study.prefer_margin = margin;
    return kScored[preferred(study, kScored, sure_round())].name;
}

TEST(Preferred, IsTheCheapestOfThoseWithinTheMargin) {
    EXPECT_EQ(preferred_name(Preference::kAccurate), "large");
    EXPECT_EQ(preferred_name(Preference::kSmall), "few parameters");
    EXPECT_EQ(preferred_name(Preference::kFast), "few operations");
    EXPECT_EQ(preferred_name(Preference::kSmall, 0.1), "large");
    EXPECT_EQ(preferred_name(Preference::kSmall, 0.6), "few operations");
    EXPECT_EQ(preferred_name(Preference::kFast, 3), "poor");
}

TEST(Preferred, MayBeOneThatIsNotShownToBeWorse) {
    StudyRecipe study = planted_study({}, 5);
    study.prefer = Preference::kSmall;
    study.prefer_margin = 0;
    RoundPath unsure = sure_round();
    unsure.residual.variance = 0.005 * 0.005;
    EXPECT_EQ(kScored[preferred(study, kScored, unsure)].name, "few parameters");
}

const Technique kLayers = choice("layers", "network.hidden", {"[8, 8, 4]", "[32, 8, 8]"});
const Technique kActivations = choice("activation", "network.activation", {"relu", "elu"});

TEST(ScoredConfigurations, AreThereOnceByTheNameThatBroughtThem) {
    const Plant plant = planted_gains({{"network.hidden=[32, 8, 8]", 0.02}, {"network.activation=elu", 0.01}});
    const FamilyPath path = explore(planted_study({kLayers, kActivations}), plant).path;
    std::vector<std::string> names;
    for (const ScoredConfiguration& one : scored_configurations(path)) names.push_back(one.name);
    EXPECT_EQ(names,
              (std::vector<std::string>{"baseline", "layers: [8, 8, 4]", "layers: [32, 8, 8]", "activation: elu"}));
    EXPECT_NEAR(scored_configurations(path).back().mean(), 0.54, 1e-5);
    EXPECT_GT(scored_configurations(path)[2].cost, scored_configurations(path)[1].cost);
}

TEST(ScoredConfigurations, LeaveOutWhatLacksAFold) {
    const Technique dropouts = choice("dropout", "network.dropout", {"0.1", "0.5"});
    const Plant plant = [](const Candidate& candidate, int fold) {
        if (has_override(candidate, "network.dropout=0.1")) return FoldScore{.failed = true, .reason = "diverged"};
        const double chance = 1e-4 * std::sin(3 * fold + (candidate.overrides.empty() ? 1 : 0));
        return FoldScore{.accuracy = (has_override(candidate, "network.dropout=0.5") ? 0.2 : 0.5) + chance};
    };
    const FamilyPath path = explore(planted_study({dropouts}, 5, true), plant).path;
    ASSERT_EQ(path.rounds[0].options.back().trial().status, TrialStatus::kDropped);
    const std::vector<ScoredConfiguration> found = scored_configurations(path);
    ASSERT_EQ(found.size(), 1u);
    EXPECT_EQ(found[0].name, "baseline");
}

TEST(FollowPath, EndsWithWhatIsPreferred) {
    const Plant plant = planted_gains({{"network.hidden=[32, 8, 8]", 0.02}, {"network.hidden=[8, 8, 4]", 0.012}});
    StudyRecipe study = planted_study({kLayers}, 5);
    const auto best = [&] { return explore(study, plant).path.best.overrides; };
    EXPECT_EQ(best(), std::vector<std::string>{"network.hidden=[32, 8, 8]"});
    study.prefer = Preference::kSmall;
    EXPECT_EQ(best(), std::vector<std::string>{"network.hidden=[8, 8, 4]"});
    study.prefer_margin = 0.5;
    EXPECT_EQ(best(), std::vector<std::string>{"network.hidden=[32, 8, 8]"});
}

}  // namespace
}  // namespace inkling
