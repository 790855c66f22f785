#include "study/strategy.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "refusal.h"

namespace inkling {
namespace {

using Texts = std::vector<std::string>;

const std::string kBaseline = R"(
[network]
family = "mlp"
hidden = [8, 8, 8]
activation = "leaky_relu"
alpha = 0.2

[training]
epochs = 99
seed = 77

[optimizer]
kind = "adam"
betas = [0.8, 0.9]
learning_rate = 0.003
)";

StudyFamily family_of(std::vector<Technique> techniques) {
    return {.name = "mlp", .baseline = kBaseline, .epochs = 4, .final_epochs = 6, .techniques = std::move(techniques)};
}

StudyRecipe study_of(std::vector<Technique> techniques, StrategyKind strategy, int samples = 60) {
    StudyRecipe study;
    study.strategy = strategy;
    study.samples = samples;
    study.families = {family_of(std::move(techniques))};
    return study;
}

std::vector<Candidate> candidates_of(const StudyOption& option, const Candidate& incumbent) {
    return option_candidates(family_of({}), option, incumbent);
}

const Technique kSchedules{"schedule",
                           {{.name = "constant", .set = {"schedule.kind=constant"}},
                            {.name = "cosine", .set = {"schedule.kind=cosine"}, .learning_rate_factors = {1, 2}}}};
const Technique kOptimizers{
    "optimizer",
    {{.name = "sgd", .set = {"optimizer.kind=sgd", "optimizer.momentum=0.9"}, .learning_rates = {0.1, 0.3}},
     {.name = "adam", .set = {"optimizer.kind=adam"}}}};

TEST(Compose, KeepsEachKeyOnceTheLaterValueWinning) {
    EXPECT_EQ(compose({"a.x=1", "a.y=2", "b.x=3"}, {"a.x=4", "c.z=5"}), (Texts{"a.y=2", "b.x=3", "a.x=4", "c.z=5"}));
    EXPECT_EQ(compose({}, {"a.x=1", "a.x=2"}), Texts{"a.x=2"});
    EXPECT_EQ(compose({"a.x=1"}, {" a.x = [1, 2] "}), Texts{"a.x=[1, 2]"});
}

TEST(Compose, BeginsASectionAnewWithItsKindButKeepsTheLearningRate) {
    EXPECT_EQ(compose({"optimizer.kind=sgd", "optimizer.momentum=0.9", "optimizer.learning_rate=0.1", "a.momentum=1"},
                      {"optimizer.beta=1", "optimizer.kind=adam"}),
              (Texts{"optimizer.learning_rate=0.1", "a.momentum=1", "optimizer.beta=1", "optimizer.kind=adam"}));
    for (const char* key : {"network.family=cnn", "network.layers=[]"})
        EXPECT_EQ(compose({"network.hidden=[8]", "network.dropout=0.1", "training.epochs=2"}, {key}),
                  (Texts{"training.epochs=2", key}));
}

TEST(Compose, TakesAnActivationsSlopeAwayWithIt) {
    EXPECT_EQ(
        compose({"network.activation=elu", "network.alpha=0.5", "network.dropout=0.1"}, {"network.activation=relu"}),
        (Texts{"network.dropout=0.1", "network.activation=relu"}));
}

TEST(BaselineCandidate, HasTheBaselinesLearningRate) {
    EXPECT_EQ(baseline_candidate(family_of({})), (Candidate{{}, 0.003}));
}

TEST(OptionCandidates, StandAtTheIncumbentsLearningRateWhereNoneIsGiven) {
    const StudyOption option{.name = "elu", .set = {"network.activation=elu"}};
    EXPECT_EQ(candidates_of(option, {{}, 0.003}), (std::vector<Candidate>{{{"network.activation=elu"}, 0.003}}));
    EXPECT_EQ(candidates_of(option, {{"optimizer.learning_rate=0.1"}, 0.1}),
              (std::vector<Candidate>{{{"optimizer.learning_rate=0.1", "network.activation=elu"}, 0.1}}));
}

TEST(OptionCandidates, KeepTheIncumbentsLearningRateOverAnotherOptimizersDefault) {
    const std::string baseline = "[network]\nfamily = \"mlp\"\n[optimizer]\nkind = \"adam\"\n";
    const StudyFamily family{.name = "mlp", .baseline = baseline, .epochs = 4, .final_epochs = 4};
    const StudyOption option{.name = "nadam", .set = {"optimizer.kind=nadam"}};
    const Candidate incumbent = baseline_candidate(family);
    EXPECT_EQ(incumbent.learning_rate, 0.001);
    EXPECT_EQ(option_candidates(family, option, incumbent).at(0).learning_rate, 0.001);
}

TEST(OptionCandidates, MultiplyTheIncumbentsLearningRateWithoutSpecksOfRounding) {
    const StudyOption option{.name = "rate", .set = {}, .learning_rate_factors = {0.5, 1, 3}};
    EXPECT_EQ(candidates_of(option, {{}, 0.003}), (std::vector<Candidate>{{{"optimizer.learning_rate=0.0015"}, 0.0015},
                                                                          {{}, 0.003},
                                                                          {{"optimizer.learning_rate=0.009"}, 0.009}}));
}

TEST(OptionCandidates, StandAtLearningRatesOfTheirOwn) {
    EXPECT_EQ(candidates_of(kOptimizers.options[0], {{"optimizer.learning_rate=0.02"}, 0.02}),
              (std::vector<Candidate>{
                  {{"optimizer.kind=sgd", "optimizer.momentum=0.9", "optimizer.learning_rate=0.1"}, 0.1},
                  {{"optimizer.kind=sgd", "optimizer.momentum=0.9", "optimizer.learning_rate=0.3"}, 0.3}}));
}

TEST(OptionCandidates, LeaveALearningRateThatTheOptionSets) {
    const StudyOption option{.name = "slow", .set = {"optimizer.learning_rate=1e-5"}};
    EXPECT_EQ(candidates_of(option, {{}, 0.003}), (std::vector<Candidate>{{{"optimizer.learning_rate=1e-5"}, 1e-5}}));
}

TEST(MakeRecipe, SetsEpochsAndSeedAndTheFamilysName) {
    const Recipe recipe = make_recipe(family_of({}), {{"network.dropout=0.5"}, 0.003}, 4, 9);
    EXPECT_EQ(recipe.name, "mlp");
    EXPECT_EQ(recipe.training.epochs, 4);
    EXPECT_EQ(recipe.training.seed, 9u);
    EXPECT_TRUE(contains(to_toml(recipe), "{ type = \"dropout\", p = 0.5 }"));
    EXPECT_EQ(make_recipe(family_of({}), {{"training.epochs=2"}, 0.003}, 4, 9).training.epochs, 2);
}

TEST(MakeRecipe, DropsWhatOnlyTheBaselinesKindKnows) {
    const Recipe recipe = make_recipe(family_of({}), {{"optimizer.kind=sgd", "network.activation=relu"}, 0.003}, 4, 0);
    EXPECT_STREQ(name_of(recipe.training.optimizer.kind), "sgd");
    EXPECT_FLOAT_EQ(recipe.training.optimizer.learning_rate, 0.003f);
}

TEST(Sequential, TakesARoundForEachTechniqueOverTheIncumbent) {
    const StudyRecipe study = study_of({kSchedules, kOptimizers}, StrategyKind::kSequential);
    const StudyFamily& family = study.families[0];
    EXPECT_EQ(round_count(study, family), 2u);
    const Round round = make_round(study, family, 1, {{"schedule.kind=cosine"}, 0.003});
    EXPECT_EQ(round.name, "optimizer");
    ASSERT_EQ(round.options.size(), 2u);
    EXPECT_EQ(round.options[0].name, "sgd");
    EXPECT_EQ(round.options[0].candidates.size(), 2u);
    EXPECT_EQ(
        round.options[0].candidates[1].overrides,
        (Texts{"schedule.kind=cosine", "optimizer.kind=sgd", "optimizer.momentum=0.9", "optimizer.learning_rate=0.3"}));
    EXPECT_EQ(round.options[1].name, "adam");
    // As many rates, from its own by the other's ratio.
    ASSERT_EQ(round.options[1].candidates.size(), 2u);
    EXPECT_EQ(round.options[1].candidates[0].learning_rate, 0.003);
    EXPECT_EQ(round.options[1].candidates[1].learning_rate, 0.009);
}

TEST(Sequential, GivesAllOptionsAsManyRatesByTurnsAboveAndBelow) {
    const Technique rates{"rates",
                          {{.name = "three", .set = {}, .learning_rates = {0.1, 0.2, 0.4}},
                           {.name = "two", .set = {}, .learning_rates = {0.1, 0.4}},
                           {.name = "one", .set = {}, .learning_rates = {0.8}}}};
    const StudyRecipe study = study_of({rates}, StrategyKind::kSequential);
    const Round round = make_round(study, study.families[0], 0, baseline_candidate(study.families[0]));
    const auto rates_of = [&](std::size_t option) {
        std::vector<double> found;
        for (const Candidate& candidate : round.options[option].candidates) found.push_back(candidate.learning_rate);
        return found;
    };
    EXPECT_EQ(rates_of(0), (std::vector<double>{0.1, 0.2, 0.4}));
    EXPECT_EQ(rates_of(1), (std::vector<double>{0.1, 0.4, 1.6}));
    EXPECT_EQ(rates_of(2), (std::vector<double>{0.8, 1.6, 0.4}));
}

TEST(Sequential, AnOptionLikeTheIncumbentMakesItsVeryRecipe) {
    const StudyRecipe study = study_of({kSchedules}, StrategyKind::kSequential);
    const StudyFamily& family = study.families[0];
    const Candidate baseline = baseline_candidate(family);
    const Candidate constant = make_round(study, family, 0, baseline).options[0].candidates[0];
    EXPECT_NE(constant, baseline);
    EXPECT_EQ(to_toml(make_recipe(family, constant, 4, 1)), to_toml(make_recipe(family, baseline, 4, 1)));
}

TEST(Sequential, SaysWhyAnOptionCannotBeHad) {
    const Technique bad{"bad", {{.name = "cnn", .set = {"network.filters=[8]"}}, {.name = "good", .set = {}}}};
    const StudyRecipe study = study_of({bad}, StrategyKind::kSequential);
    const Round round = make_round(study, study.families[0], 0, baseline_candidate(study.families[0]));
    EXPECT_TRUE(round.options[0].candidates.empty());
    EXPECT_TRUE(contains(round.options[0].refusal, "network.filters is not for the family mlp"));
    EXPECT_EQ(round.options[1].candidates.size(), 1u);
    EXPECT_EQ(round.options[1].refusal, "");
}

TEST(Grid, TriesEveryCombination) {
    const StudyRecipe study = study_of({kSchedules, kOptimizers}, StrategyKind::kGrid);
    const StudyFamily& family = study.families[0];
    EXPECT_EQ(round_count(study, family), 1u);
    const Round round = make_round(study, family, 0, baseline_candidate(family));
    Texts names;
    for (const RoundOption& option : round.options) {
        names.push_back(option.name);
        EXPECT_EQ(option.candidates.size(), 1u) << option.name;
    }
    // cosine at twice the rate and at once the rate come to the same with sgd, whose rates are its own.
    EXPECT_EQ(names, (Texts{"constant, sgd, learning rate 0.1", "constant, sgd, learning rate 0.3",
                            "constant, adam, learning rate 0.003", "cosine, sgd, learning rate 0.1",
                            "cosine, sgd, learning rate 0.3", "cosine, adam, learning rate 0.003",
                            "cosine, adam, learning rate 0.006"}));
    EXPECT_EQ(round.options.back().candidates[0].overrides,
              (Texts{"schedule.kind=cosine", "optimizer.kind=adam", "optimizer.learning_rate=0.006"}));
}

TEST(Grid, RefusesMoreCombinationsThanSamples) {
    const StudyRecipe study = study_of({kSchedules, kOptimizers}, StrategyKind::kGrid, 8);
    EXPECT_EQ(
        usage_refusal([&] { make_round(study, study.families[0], 0, baseline_candidate(study.families[0])); }),
        "the grid of mlp has more than the 8 combinations that samples allows; raise samples, or take options away");
}

TEST(Random, DrawsDistinctCombinationsByTheSeed) {
    const Technique batch_sizes{"batch size",
                                {{.name = "64", .set = {"training.batch_size=64"}},
                                 {.name = "128", .set = {"training.batch_size=128"}},
                                 {.name = "256", .set = {"training.batch_size=256"}}}};
    StudyRecipe study = study_of({kSchedules, kOptimizers, batch_sizes}, StrategyKind::kRandom, 10);
    const Candidate baseline = baseline_candidate(study.families[0]);
    const auto names_of = [&] {
        Texts names;
        for (const RoundOption& option : make_round(study, study.families[0], 0, baseline).options)
            names.push_back(option.name);
        return names;
    };
    EXPECT_EQ(round_count(study, study.families[0]), 1u);
    const Texts names = names_of();
    EXPECT_EQ(names.size(), 10u);
    EXPECT_EQ(std::set<std::string>(names.begin(), names.end()).size(), 10u);
    EXPECT_EQ(names_of(), names);
    study.seed = 1;
    EXPECT_NE(names_of(), names);
}

TEST(Random, TakesAllWhereThereAreNoMoreThanItWants) {
    const StudyRecipe random = study_of({kSchedules, kOptimizers}, StrategyKind::kRandom, 500);
    const Round round = make_round(random, random.families[0], 0, baseline_candidate(random.families[0]));
    EXPECT_EQ(round.options.size(), 7u);
}

TEST(Random, EndsWhereDistinctCombinationsAreFewerThanItWants) {
    const StudyRecipe random = study_of({kSchedules, kOptimizers}, StrategyKind::kRandom, 8);
    const Round round = make_round(random, random.families[0], 0, baseline_candidate(random.families[0]));
    EXPECT_EQ(round.options.size(), 7u);
}

}  // namespace
}  // namespace inkling
