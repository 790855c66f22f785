#include "study/factor_table.h"

#include <gtest/gtest.h>

#include <set>

#include "planted.h"

namespace inkling {
namespace {

const Technique kActivations = choice("activation", "network.activation", {"relu", "elu", "tanh"});
const Technique kOptimizers{"optimizer",
                            {{.name = "sgd", .set = {"optimizer.kind=sgd"}, .learning_rates = {0.1, 0.4}},
                             {.name = "adam", .set = {"optimizer.kind=adam"}, .learning_rates = {0.001, 0.004}}}};

TEST(FactorTable, HasAFactorForEachTechniqueAndOneForLearningRatesBesideTheOptionsOwn) {
    StudyRecipe study = planted_study({kActivations, kOptimizers});
    study.strategy = StrategyKind::kGrid;
    const FamilyPath path = explore(study, planted_gains({{"network.activation=elu", 0.1}})).path;
    const FactorTable table = factor_table(study.families[0], path);
    ASSERT_EQ(table.factors.size(), 3u);
    EXPECT_EQ(table.factors[0].name, "activation");
    EXPECT_EQ(table.factors[0].levels, 3u);
    EXPECT_EQ(table.factors[2].name, "learning rate");
    EXPECT_EQ(table.factors[2].levels, 2u);  // twice, or half, whichever optimizer
    EXPECT_TRUE(table.factors[2].ordered);
    ASSERT_EQ(table.trials.size(), 12u);
    std::set<std::vector<std::size_t>> distinct;
    for (const FactorTrial& trial : table.trials) {
        distinct.insert(trial.levels);
        EXPECT_NEAR(trial.score, trial.levels[0] == 1 ? 0.61 : 0.51, 1e-5);
    }
    EXPECT_EQ(distinct.size(), 12u);
}

TEST(FactorTable, CutsARangeIntoPartsOfAboutAsManyTrials) {
    const Technique smoothing{.name = "smoothing",
                              .options = {},
                              .range = ValueRange{.key = "training.label_smoothing", .low = 0, .high = 0.5}};
    StudyRecipe study = planted_study({smoothing, kActivations});
    study.strategy = StrategyKind::kRandom;
    study.samples = 64;
    const FactorTable table = factor_table(study.families[0], explore(study, planted_gains({})).path);
    EXPECT_EQ(table.factors[0].levels, 16u);
    EXPECT_TRUE(table.factors[0].ordered);
    std::vector<int> counts(16, 0);
    for (const FactorTrial& trial : table.trials) ++counts[trial.levels[0]];
    for (const int count : counts) EXPECT_EQ(count, 4);
}

TEST(FactorTable, LeavesOutWhatFailed) {
    StudyRecipe study = planted_study({kActivations, kOptimizers});
    study.strategy = StrategyKind::kGrid;
    const Plant plant = [](const Candidate& candidate, int) {
        if (has_override(candidate, "network.activation=tanh")) return FoldScore{.failed = true, .reason = "diverged"};
        return FoldScore{.accuracy = 0.5};
    };
    const FactorTable table = factor_table(study.families[0], explore(study, plant).path);
    EXPECT_EQ(table.trials.size(), 8u);
    EXPECT_EQ(table.factors[0].levels, 2u);
}

}  // namespace
}  // namespace inkling
