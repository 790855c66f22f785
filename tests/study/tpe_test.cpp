#include "study/tpe.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "planted.h"
#include "refusal.h"

namespace inkling {
namespace {

Technique range(const std::string& name, ValueRange values) { return {.name = name, .options = {}, .range = values}; }

const Technique kRates =
    range("learning rate", {.key = "optimizer.learning_rate", .low = 1e-4, .high = 1, .logarithmic = true});
const Technique kBatches =
    range("batch size", {.key = "training.batch_size", .low = 16, .high = 512, .logarithmic = true, .whole = true});
const Technique kSmoothing = range("smoothing", {.key = "training.label_smoothing", .low = 0, .high = 0.5});
const Technique kActivations = choice("activation", "network.activation", {"relu", "tanh", "gelu", "elu"});

StudyRecipe ranged_study(StrategyKind strategy, std::uint64_t seed, int samples = 64) {
    StudyRecipe study = planted_study({kRates, kBatches, kSmoothing, kActivations}, 2);
    study.strategy = strategy;
    study.samples = samples;
    study.seed = seed;
    study.choose = ChooseRule::kHighestMean;
    return study;
}

double value_of(const Candidate& candidate, const std::string& key, double usual) {
    for (const std::string& text : candidate.overrides)
        if (text.starts_with(key + "=")) return std::stod(text.substr(key.size() + 1));
    return usual;
}

/// Highest at a rate of 0.01, batches of 64, smoothing of 0.1 and gelu.
double smooth(const Candidate& candidate) {
    const double rate = std::log10(value_of(candidate, "optimizer.learning_rate", 0.01) / 0.01);
    const double batch = std::log2(value_of(candidate, "training.batch_size", 256) / 64);
    const double smoothing = value_of(candidate, "training.label_smoothing", 0) - 0.1;
    return 0.8 - 0.05 * rate * rate - 0.005 * batch * batch - 0.5 * smoothing * smoothing +
           (has_override(candidate, "network.activation=gelu") ? 0.03 : 0);
}

const Plant kSmooth = [](const Candidate& candidate, int) { return FoldScore{.accuracy = smooth(candidate)}; };

TEST(Tpe, BeatsRandomAtAsManyTrainings) {
    int better = 0;
    double random_sum = 0;
    double tpe_sum = 0;
    constexpr int kSeeds = 20;
    for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
        const Exploration random = explore(ranged_study(StrategyKind::kRandom, seed), kSmooth);
        const Exploration tpe = explore(ranged_study(StrategyKind::kTpe, seed), kSmooth);
        const auto trainings = [](const Exploration& exploration) {
            std::size_t count = 0;
            for (const auto& step : exploration.steps) count += step.size();
            return count;
        };
        EXPECT_EQ(trainings(random), trainings(tpe));
        better += smooth(tpe.path.best) > smooth(random.path.best) ? 1 : 0;
        random_sum += smooth(random.path.best);
        tpe_sum += smooth(tpe.path.best);
    }
    // By chance, 15 or more of 20 in one case of fifty.
    EXPECT_GE(better, 15);
    EXPECT_GT(tpe_sum, random_sum);
}

TEST(Tpe, ProposesBatchesUntilAllSamplesAreTried) {
    const Exploration found = explore(ranged_study(StrategyKind::kTpe, 1, 20), kSmooth);
    ASSERT_EQ(found.path.rounds.size(), 3u);
    std::set<std::vector<Choice>> tried;
    for (const RoundPath& round : found.path.rounds)
        for (const OptionPath& option : round.options)
            if (!option.choices.empty()) tried.insert(option.choices);
    EXPECT_EQ(tried.size(), 20u);
    EXPECT_EQ(found.path.rounds[0].name, "combinations 1 to 8");
    EXPECT_EQ(found.path.rounds[2].name, "combinations 17 to 20");
}

TEST(Tpe, FillsItsBatchesWhereOptionsAreFewToo) {
    // 256 combinations, of which the most promising one alone would be proposed again and again.
    StudyRecipe study =
        planted_study({kActivations, choice("batch size", "training.batch_size", {"32", "64", "128", "512"}),
                       choice("smoothing", "training.label_smoothing", {"0", "0.05", "0.1", "0.2"}),
                       choice("weight decay", "optimizer.weight_decay", {"0", "1e-4", "1e-3", "1e-2"})},
                      2);
    study.strategy = StrategyKind::kTpe;
    study.samples = 40;
    const Exploration found =
        explore(study, planted_gains({{"network.activation=gelu", 0.04}, {"training.batch_size=64", 0.02}}));
    std::set<std::vector<Choice>> tried;
    for (const RoundPath& round : found.path.rounds) {
        std::size_t proposed = 0;
        for (const OptionPath& option : round.options)
            if (!option.choices.empty() && tried.insert(option.choices).second) ++proposed;
        EXPECT_EQ(proposed, 8u) << round.name;
    }
    EXPECT_TRUE(has_override(found.path.best, "network.activation=gelu"));
    EXPECT_TRUE(has_override(found.path.best, "training.batch_size=64"));
}

TEST(Tpe, IsAFunctionOfRecipeAndScores) {
    const Exploration once = explore(ranged_study(StrategyKind::kTpe, 4), kSmooth);
    const Exploration again = explore(ranged_study(StrategyKind::kTpe, 4), kSmooth);
    EXPECT_EQ(once.path.best, again.path.best);
    ASSERT_EQ(once.steps.size(), again.steps.size());
    for (std::size_t i = 0; i < once.steps.size(); ++i) {
        ASSERT_EQ(once.steps[i].size(), again.steps[i].size());
        for (std::size_t j = 0; j < once.steps[i].size(); ++j) EXPECT_EQ(once.steps[i][j].key, again.steps[i][j].key);
    }
    EXPECT_NE(explore(ranged_study(StrategyKind::kTpe, 5), kSmooth).path.best, once.path.best);
}

TEST(Tpe, StaysAwayFromWhatFails) {
    const Plant plant = [](const Candidate& candidate, int) {
        if (value_of(candidate, "optimizer.learning_rate", 0.01) > 0.05)
            return FoldScore{.failed = true, .reason = "diverged"};
        return FoldScore{.accuracy = smooth(candidate)};
    };
    const Exploration found = explore(ranged_study(StrategyKind::kTpe, 2), plant);
    const auto failures = [](const RoundPath& round) {
        return std::count_if(round.options.begin(), round.options.end(),
                             [](const OptionPath& option) { return option.trial().status == TrialStatus::kFailed; });
    };
    const std::vector<RoundPath>& rounds = found.path.rounds;  // the first two are drawn at random
    EXPECT_LT(2 * (failures(rounds[6]) + failures(rounds[7])), failures(rounds[0]) + failures(rounds[1]));
    EXPECT_LE(value_of(found.path.best, "optimizer.learning_rate", 1), 0.05);
}

TEST(Tpe, EndsWhereEveryCombinationWasTried) {
    StudyRecipe study = planted_study({kActivations}, 2);
    study.strategy = StrategyKind::kTpe;
    study.samples = 40;
    const Exploration found = explore(study, planted_gains({{"network.activation=gelu", 0.1}}));
    EXPECT_TRUE(found.path.decided);
    EXPECT_TRUE(has_override(found.path.best, "network.activation=gelu"));
}

TEST(DrawCombination, FillsARangeEvenlyByItsScale) {
    const StudyFamily family = ranged_study(StrategyKind::kRandom, 0).families[0];
    RandomStream random(3, Purpose::kBenchmark);
    int low_rates = 0;
    int low_smoothing = 0;
    std::set<double> batches;
    constexpr int kDraws = 2000;
    for (int i = 0; i < kDraws; ++i) {
        const std::vector<Choice> drawn = draw_combination(family, random);
        low_rates += drawn[0].value < 0.01 ? 1 : 0;
        low_smoothing += drawn[2].value < 0.25 ? 1 : 0;
        batches.insert(drawn[1].value);
        EXPECT_EQ(drawn[1].value, std::round(drawn[1].value));
    }
    EXPECT_NEAR(low_rates, kDraws / 2, 90);
    EXPECT_NEAR(low_smoothing, kDraws / 2, 90);
    EXPECT_GE(*batches.begin(), 16);
    EXPECT_LE(*batches.rbegin(), 512);
}

TEST(Ranges, AreRefusedWhereEachValueIsToBeTried) {
    for (const StrategyKind strategy : {StrategyKind::kGrid, StrategyKind::kSequential}) {
        const StudyRecipe study = ranged_study(strategy, 0);
        EXPECT_EQ(
            usage_refusal([&] { make_round(study, study.families[0], 0, baseline_candidate(study.families[0])); }),
            fmt::format("\"learning rate\" of mlp is a range, which strategy {} cannot try value by value; write "
                        "values, or take strategy random or tpe",
                        strategy_name(strategy)));
    }
}

}  // namespace
}  // namespace inkling
