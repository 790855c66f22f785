#include "study/study_recipe.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

#include "core/files.h"
#include "refusal.h"
#include "study/strategy.h"
#include "temporary_folder.h"

namespace inkling {
namespace {

using Texts = std::vector<std::string>;

const std::string kBaseline = "[network]\nfamily = \"mlp\"\nhidden = [8]\n";

const std::string kBudget = R"(
[budgets.quick]
epochs = { small = 2 }
final_epochs = { small = 3 }
)";

const std::string kFamily = R"(
[families.small]
baseline_recipe = '''
[network]
family = "mlp"
hidden = [8]
'''
)";

const std::string kTechnique = R"(
[[techniques]]
name = "activation"
key = "network.activation"
values = ["relu", "tanh"]
)";

StudyRecipe parse(const std::string& toml, const std::string& budget = "quick") {
    return parse_study_recipe(toml, "a.toml", "/nowhere", budget);
}

std::string refusal_of(const std::string& toml, const std::string& budget = "quick") {
    return usage_refusal([&] { parse(toml, budget); });
}

const std::string kWhole = R"(
strategy = "random"
samples = 7
seed = 5

[families.wide]
baseline_recipe = '''
[network]
family = "mlp"
hidden = [8]
[optimizer]
learning_rate = 0.01
'''

[families.cnn]
baseline_recipe = '''
[network]
family = "cnn"
filters = [2]
'''

[budgets.quick]
data_fraction = 0.12
folds = 3
final_seeds = 2
racing = false
epochs = { wide = 6, cnn = 5 }
final_epochs = { wide = 8, cnn = 7 }

[budgets.full]
epochs = { wide = 60, cnn = 50 }
final_epochs = { wide = 80, cnn = 70 }

[[techniques]]
name = "schedule"
learning_rate_factors = [0.5, 1]
options = [
    { name = "constant", set = ["schedule.kind=constant"] },
    { name = "cosine", set = ["schedule.kind=cosine"], learning_rate_factors = [3], budget = "full" },
    { name = "step", set = ["schedule.kind=step"], learning_rates = [0.1] },
]

[[techniques]]
name = "hidden layers"
families = ["wide"]
key = "network.hidden"
values = ["[8, 8]", "16"]
budget = "standard"

[[techniques]]
name = "filters"
families = ["cnn"]
options = [ { name = "4", set = ["network.filters=[4]", "network.kernel=5"] } ]

[[techniques]]
name = "slow \"and\" steady"
options = [ { name = "yes", set = ["optimizer.learning_rate=1e-4"] } ]
)";

/// kWhole, for a list of hidden layers that is one.
std::string whole() {
    std::string text = kWhole;
    text.replace(text.find("\"16\""), 4, "\"[16]\"");
    return text;
}

TEST(StudyRecipe, IsReadForOneBudget) {
    const StudyRecipe study = parse(whole());
    EXPECT_EQ(study.name, "a");
    EXPECT_EQ(study.budget, "quick");
    EXPECT_EQ(study.strategy, StrategyKind::kRandom);
    EXPECT_EQ(study.samples, 7);
    EXPECT_EQ(study.seed, 5u);
    EXPECT_EQ(study.data_fraction, 0.12);
    EXPECT_EQ(study.folds, 3);
    EXPECT_EQ(study.final_seeds, 2);
    EXPECT_FALSE(study.racing);
    ASSERT_EQ(study.families.size(), 2u);
    const StudyFamily& wide = study.families[0];
    EXPECT_EQ(wide.name, "wide");
    EXPECT_EQ(wide.epochs, 6);
    EXPECT_EQ(wide.final_epochs, 8);
    EXPECT_EQ(wide.baseline.substr(0, 10), "[network]\n");
    const std::vector<Technique> expected{
        {"schedule",
         {{.name = "constant", .set = {"schedule.kind=constant"}, .learning_rate_factors = {0.5, 1}},
          {.name = "step", .set = {"schedule.kind=step"}, .learning_rates = {0.1}}}},
        {"slow \"and\" steady", {{.name = "yes", .set = {"optimizer.learning_rate=1e-4"}}}}};
    EXPECT_EQ(wide.techniques, expected);
    EXPECT_EQ(study.families[1].name, "cnn");
    EXPECT_EQ(study.families[1].epochs, 5);
    ASSERT_EQ(study.families[1].techniques.size(), 3u);
    EXPECT_EQ(study.families[1].techniques[1].options[0].set, (Texts{"network.filters=[4]", "network.kernel=5"}));
}

TEST(StudyRecipe, LargerBudgetsHaveMoreOptionsAndTheirOwnNumbers) {
    const StudyRecipe study = parse(whole(), "full");
    EXPECT_EQ(study.data_fraction, 1);
    EXPECT_EQ(study.folds, 5);
    EXPECT_EQ(study.final_seeds, 3);
    EXPECT_TRUE(study.racing);
    const StudyFamily& wide = study.families[0];
    EXPECT_EQ(wide.epochs, 60);
    ASSERT_EQ(wide.techniques.size(), 3u);
    EXPECT_EQ(wide.techniques[0].options.size(), 3u);
    EXPECT_EQ(wide.techniques[0].options[1].learning_rate_factors, std::vector<double>{3});
    EXPECT_EQ(wide.techniques[1].options[0], (StudyOption{.name = "[8, 8]", .set = {"network.hidden=[8, 8]"}}));
}

TEST(StudyRecipe, OfPeopleConfirmsUnlessItSaysOtherwise) {
    const StudyRecipe quick = parse(whole());
    EXPECT_EQ(quick.fresh_folds, 2);
    EXPECT_EQ(quick.confirm, 6);
    EXPECT_EQ(quick.confirm_seeds, 1);
    EXPECT_EQ(quick.confirm_fraction, 0.1);
    EXPECT_EQ(quick.confirm_undecided, 2);
    const StudyRecipe full = parse(whole(), "full");
    EXPECT_EQ(full.fresh_folds, 3);
    EXPECT_EQ(full.confirm, 10);
    EXPECT_EQ(full.confirm_seeds, 3);
    const auto with = [](const std::string& keys) {
        return parse("[budgets.quick]\nepochs = { small = 2 }\nfinal_epochs = { small = 3 }\n" + keys + kFamily +
                     kTechnique);
    };
    const StudyRecipe own =
        with("fresh_folds = 4\nconfirm = 3\nconfirm_seeds = 5\nconfirm_fraction = 0.25\nconfirm_undecided = 0\n");
    EXPECT_EQ(own.fresh_folds, 4);
    EXPECT_EQ(own.confirm, 3);
    EXPECT_EQ(own.confirm_seeds, 5);
    EXPECT_EQ(own.confirm_fraction, 0.25);
    EXPECT_EQ(own.confirm_undecided, 0);
    EXPECT_EQ(parse(to_toml(own)), own);
    EXPECT_TRUE(contains(usage_refusal([&] { with("confirm_fraction = 0\n"); }), "confirm_fraction is 0, expected"));
}

TEST(StudyRecipe, SaysThatNothingIsConfirmedWhereNothingIs) {
    StudyRecipe study = parse(whole());
    study.fresh_folds = 0;
    study.confirm = 0;
    EXPECT_EQ(parse_study_recipe(to_toml(study), "b.toml", "/elsewhere", "quick"), study);
}

TEST(StudyRecipe, HasAChallengerThatCanBeHadOverTheBaseline) {
    const std::string challenger = "challenger_recipe = \"[network]\\nfamily = \\\"mlp\\\"\\nhidden = [16]\\n\"\n";
    const StudyRecipe study = parse(kBudget + kFamily + challenger + kTechnique);
    EXPECT_EQ(study.families[0].challenger, "[network]\nfamily = \"mlp\"\nhidden = [16]\n");
    EXPECT_EQ(parse(to_toml(study)), study);
    EXPECT_EQ(
        refusal_of(kBudget + kFamily + "challenger_recipe = \"[network]\\nfamily = \\\"mlp\\\"\\n\"\n" + kTechnique),
        "a.toml:12: families.small.challenger_recipe cannot be had over the baseline: it says nothing of "
        "network.hidden, which the baseline does; write what it shall be");
    EXPECT_TRUE(contains(refusal_of(kBudget + kFamily + "challenger = \"x\"\n" + challenger + kTechnique),
                         "families.small.challenger and challenger_recipe are both there"));
}

TEST(StudyRecipe, ComesBackFromItsText) {
    for (const char* budget : {"quick", "full"}) {
        const StudyRecipe study = parse(whole(), budget);
        const std::string text = to_toml(study);
        EXPECT_EQ(parse_study_recipe(text, "b.toml", "/elsewhere", budget), study);
        EXPECT_EQ(to_toml(parse_study_recipe(text, "b.toml", "/elsewhere", budget)), text);
    }
}

TEST(StudyRecipe, TextHoldsWhatATimeLeaves) {
    StudyRecipe study = parse(whole());
    study.time = 5400;
    study.curves = false;
    study.families[1].rounds = 1;
    study.fresh_folds = 1;
    study.confirm = 3;
    study.confirm_seeds = 4;
    EXPECT_EQ(parse_study_recipe(to_toml(study), "b.toml", "/elsewhere", "quick"), study);
    EXPECT_TRUE(contains(to_toml(study), "time = \"1h30m\""));
    // Who reads it elsewhere does not get back what there was no time for.
    study.fresh_folds = 0;
    study.confirm = 0;
    study.confirm_seeds = 1;
    EXPECT_EQ(parse(to_toml(study)), study);
}

TEST(StudyRecipe, TextHoldsAnyBaselineAndNoTechniques) {
    StudyRecipe study = parse(kBudget + kFamily + "[[techniques]]\nname = \"t\"\noptions = []\n");
    EXPECT_TRUE(study.families[0].techniques.empty());
    for (const char* end : {"# '''", "# it's'", "# \"\"\" \\n\t\r\n", ""}) {
        study.families[0].baseline = kBaseline + end;
        EXPECT_EQ(parse(to_toml(study)).families[0].baseline, study.families[0].baseline);
    }
    study.name = "a \"name\" \\ of its own";
    EXPECT_EQ(parse(to_toml(study)), study);
}

TEST(StudyRecipe, TextKeepsEachFamilysOrderAndWritesSharedTechniquesOnce) {
    StudyRecipe study = parse(whole());
    const std::string text = to_toml(study);
    std::size_t count = 0;
    for (std::size_t at = 0; (at = text.find("[[techniques]]", at)) != std::string::npos; ++at) ++count;
    EXPECT_EQ(count, 3u);
    std::reverse(study.families[1].techniques.begin(), study.families[1].techniques.end());
    EXPECT_EQ(parse(to_toml(study)), study);
}

TEST(StudyRecipe, BaselinesLieBesideIt) {
    const TemporaryFolder folder;
    write_file(folder / "base.toml", kBaseline);
    const std::string families = "[families.small]\nbaseline = \"base.toml\"\n";
    write_file(folder / "s.toml", kBudget + families + kTechnique);
    const StudyRecipe study = read_study_recipe(folder / "s.toml", "quick");
    EXPECT_EQ(study.name, "s");
    EXPECT_EQ(study.families.at(0).baseline, kBaseline);

    std::string windows = "\xef\xbb\xbf";
    for (const char character : kBaseline) windows += character == '\n' ? "\r\n" : std::string(1, character);
    write_file(folder / "windows.toml", windows);
    write_file(folder / "w.toml", kBudget + "[families.small]\nbaseline = \"windows.toml\"\n" + kTechnique);
    EXPECT_EQ(read_study_recipe(folder / "w.toml", "quick").families.at(0).baseline, kBaseline);
    const std::string absolute = "[families.small]\nbaseline = \"" + (folder / "base.toml").string() + "\"\n";
    EXPECT_EQ(parse(kBudget + absolute + kTechnique).families.at(0).baseline, kBaseline);

    const std::string missing = refusal_of(kBudget + "[families.small]\nbaseline = \"none.toml\"\n" + kTechnique);
    EXPECT_TRUE(contains(missing, "a.toml:6: families.small.baseline cannot be read: "));
    EXPECT_TRUE(contains(missing, "/nowhere/none.toml"));
    EXPECT_TRUE(contains(usage_refusal([&] { read_study_recipe(folder / "other.toml", "quick"); }), "other.toml"));
}

TEST(StudyRecipe, ErrorsOfABaselineNameItsFileAndLine) {
    const TemporaryFolder folder;
    write_file(folder / "base.toml", "[network]\nfamily = \"mlp\"\nhiden = [8]\n");
    write_file(folder / "s.toml", kBudget + "[families.small]\nbaseline = \"base.toml\"\n" + kTechnique);
    EXPECT_EQ(usage_refusal([&] { read_study_recipe(folder / "s.toml", "quick"); }),
              (folder / "base.toml").string() + ":3: unknown key network.hiden; did you mean hidden?");
    EXPECT_EQ(refusal_of("[families.small]\nbaseline_recipe = '''\n[network]\nhiden = 1\n'''\n" + kBudget),
              "a.toml:2: baseline_recipe:1: network.family is missing: one of mlp, cnn, or a list of layers under "
              "network.layers");
}

TEST(StudyRecipe, ErrorsOfAnOptionNameItsLineAndFamily) {
    const std::string text = kBudget + kFamily + R"([[techniques]]
name = "activation"
options = [
    { name = "relu", set = ["network.activation=relu"] },
    { name = "soft", set = ["network.activation=softmax"], budget = "full" },
]
)";
    EXPECT_TRUE(contains(refusal_of(text),
                         "a.toml:16: techniques[0].options[1].set cannot be had in small (option \"soft\"): --set "
                         "network.activation=softmax: network.activation is \"softmax\", expected one of relu"));
    const std::string late =
        "[[techniques]]\nname = \"t\"\nkey = \"schedule.warmup_epochs\"\nvalues = [\"1\", \"9\"]\n";
    EXPECT_TRUE(contains(refusal_of(kBudget + kFamily + late),
                         "techniques[0].values cannot be had in small (option "
                         "\"9\"): --set schedule.warmup_epochs=9: "));
}

TEST(StudyRecipe, RefusesWhatIsLackingUnknownOrTwice) {
    const std::string good = kBudget + kFamily + kTechnique;
    const auto option = [&](const std::string& text) {
        return refusal_of(kBudget + kFamily + "[[techniques]]\nname = \"t\"\noptions = [\n" + text + "]\n");
    };
    EXPECT_NO_THROW(parse(good));
    EXPECT_EQ(refusal_of(good, "fast"), "no budget is called \"fast\"; there are quick, standard, full");
    EXPECT_TRUE(contains(refusal_of(good, "full"), "budgets.full is missing"));
    EXPECT_TRUE(contains(refusal_of(kFamily + kTechnique), "budgets is missing: a section like [budgets.quick]"));
    EXPECT_TRUE(contains(refusal_of(kBudget + kTechnique), "families is missing: a section like [families.mlp]"));
    EXPECT_EQ(refusal_of(kBudget + kFamily), "a.toml: techniques is missing");
    EXPECT_TRUE(contains(refusal_of("sed = 1\n" + good), "a.toml:1: unknown key sed; did you mean seed?"));
    EXPECT_TRUE(contains(refusal_of("strategy = \"gird\"\n" + good), "did you mean grid?"));
    EXPECT_TRUE(contains(refusal_of("[budgets.fast]\n" + good), "unknown key budgets.fast"));
    EXPECT_TRUE(contains(refusal_of("[budgets.full]\nfolds = 1\n" + good), "budgets.full.folds is 1, expected"));
    EXPECT_TRUE(contains(refusal_of("[budgets.full]\nepochs = { smal = 1 }\n" + good),
                         "unknown key budgets.full.epochs.smal; did you mean small?"));
    EXPECT_TRUE(contains(refusal_of("[budgets.full]\nepochs = {}\n" + good), "budgets.full.epochs.small is missing"));
    EXPECT_TRUE(contains(refusal_of("[families.\"a/b\"]\n" + good), "is no name for a family"));
    EXPECT_TRUE(contains(refusal_of("[families.b]\n" + good), "a.toml:1: families.b.baseline is missing: the file of"));
    EXPECT_TRUE(contains(refusal_of("[families.b]\nbaseline = \"x\"\nbaseline_recipe = \"y\"\n" + good), "both there"));
    EXPECT_TRUE(contains(refusal_of(good + "families = [\"smal\"]\n"), "expected some of small; did you mean small?"));
    EXPECT_TRUE(contains(refusal_of(good + "options = []\n"), "both there"));
    EXPECT_TRUE(contains(refusal_of(good + kTechnique), "name is \"activation\", which small has already"));
    EXPECT_TRUE(
        contains(refusal_of(kBudget + kFamily + "[[techniques]]\nname = \"t\"\n"), "options is missing: a list"));
    EXPECT_TRUE(contains(refusal_of(kBudget + kFamily + "[[techniques]]\nname = \"t\"\nkey = \"a.b\"\n"),
                         "techniques[0].values is missing"));
    EXPECT_TRUE(contains(option("{ set = [] }"), "techniques[0].options[0].name is missing"));
    EXPECT_TRUE(contains(option("{ name = \"\" }"), "name is empty"));
    EXPECT_TRUE(contains(option("{ name = \"a\" }, { name = \"a\" }"), "has a second option \"a\""));
    EXPECT_TRUE(contains(option("{ name = \"a\", set = [1] }"), "set[0] is 1, expected text in quotes"));
    EXPECT_TRUE(contains(option("{ name = \"a\", set = [\"training.seed=1\"] }"), "which is the study's own"));
    EXPECT_TRUE(contains(option("{ name = \"a\", learning_rates = [1], learning_rate_factors = [1] }"), "both there"));
    EXPECT_TRUE(contains(option("{ name = \"a\", set = [\"optimizer.learning_rate=1\"], learning_rates = [1] }"),
                         "which learning_rates or learning_rate_factors set too"));
    EXPECT_TRUE(contains(option("{ name = \"a\", learning_rates = [0] }"), "learning_rates[0] is 0, expected"));
    EXPECT_TRUE(contains(option("{ name = \"a\", learning_rate_factors = [1e6] }"), "cannot be had in small"));
    EXPECT_TRUE(contains(option("{ name = \"a\", budget = \"ful\" }"), "did you mean full?"));
    EXPECT_TRUE(contains(option("{ name = \"a\", factors = [1] }"), "unknown key"));
}

TEST(StudyRecipe, RefusesAGridThatIsTooLargeBeforeAnythingIsTrained) {
    EXPECT_TRUE(contains(refusal_of("strategy = \"grid\"\nsamples = 1\n" + kBudget + kFamily + kTechnique),
                         "the grid of small has more than the 1 combinations"));
}

TEST(StudyRecipe, NamesBudgetsAndStrategies) {
    EXPECT_EQ(budget_names(), (Texts{"quick", "standard", "full"}));
    EXPECT_STREQ(strategy_name(StrategyKind::kSequential), "sequential");
    EXPECT_STREQ(strategy_name(StrategyKind::kGrid), "grid");
}

std::size_t option_count(const StudyFamily& family, const std::string& technique) {
    for (const Technique& other : family.techniques)
        if (other.name == technique) return other.options.size();
    return 0;
}

TEST(TheStudy, TriesWhatItPromisesInEveryBudget) {
    const std::filesystem::path path = std::filesystem::path(INKLING_RECIPES) / "study.toml";
    std::size_t options_before = 0;
    for (const std::string& budget : budget_names()) {
        const StudyRecipe study = read_study_recipe(path, budget);
        EXPECT_EQ(study.name, "study");
        EXPECT_EQ(parse_study_recipe(to_toml(study), "study.toml", "/nowhere", budget), study);
        ASSERT_EQ(study.families.size(), 2u);
        std::size_t options = 0;
        for (const StudyFamily& family : study.families) {
            for (const char* technique : {"learning-rate schedule", "activation", "optimizer", "batch norm",
                                          "regularisation", "dropout", "learning rate", "batch size"})
                EXPECT_GE(option_count(family, technique), 2u) << budget << ", " << family.name << ", " << technique;
            for (const Technique& technique : family.techniques) options += technique.options.size();
        }
        EXPECT_EQ(study.families[0].name, "mlp");
        EXPECT_GE(option_count(study.families[0], "hidden layers"), 3u);
        EXPECT_EQ(study.families[1].name, "cnn");
        EXPECT_GE(option_count(study.families[1], "convolutional layers"), 3u);
        EXPECT_GT(options, options_before);
        options_before = options;
    }
}

/// Layers of a kind in every network that a family's options lead to from the baseline.
template <class Layer>
std::size_t fewest_layers(const StudyFamily& family) {
    std::size_t fewest = SIZE_MAX;
    for (const Technique& technique : family.techniques)
        for (const StudyOption& option : technique.options)
            for (const Candidate& candidate : option_candidates(family, option, baseline_candidate(family))) {
                const NetworkSpec network = make_recipe(family, candidate, 1, 0).network;
                fewest = std::min(fewest, static_cast<std::size_t>(std::count_if(
                                              network.layers.begin(), network.layers.end(), [](const LayerSpec& layer) {
                                                  return std::holds_alternative<Layer>(layer.kind);
                                              })));
            }
    return fewest;
}

TEST(TheStudy, HasSchedulesInFractionsOfTheTrainingOnly) {
    const StudyRecipe study = read_study_recipe(std::filesystem::path(INKLING_RECIPES) / "study.toml", "full");
    for (const StudyFamily& family : study.families)
        for (const Technique& technique : family.techniques)
            for (const StudyOption& option : technique.options)
                for (const std::string& setting : option.set)
                    EXPECT_FALSE(contains(setting, "schedule.") &&
                                 (contains(setting, "_epochs=") || contains(setting, "patience=") ||
                                  (contains(setting, "gamma=") && option.name == "exponential")))
                        << setting;
}

TEST(TheStudy, KeepsToThreeHiddenLayersAndTwoConvolutions) {
    const StudyRecipe study = read_study_recipe(std::filesystem::path(INKLING_RECIPES) / "study.toml", "full");
    // The output layer joins them when the data say how many classes there are.
    EXPECT_GE(fewest_layers<DenseSpec>(study.families.at(0)), 3u);
    EXPECT_GE(fewest_layers<Conv2dSpec>(study.families.at(1)), 2u);
}

TEST(TheStudy, HasTheFullListsFromStandardOn) {
    const StudyRecipe study = read_study_recipe(std::filesystem::path(INKLING_RECIPES) / "study.toml", "standard");
    const std::vector<std::pair<std::string, Texts>> promised{
        {"learning-rate schedule", {"constant", "step", "exponential", "cosine", "one_cycle", "reduce_on_plateau"}},
        {"activation", {"relu", "leaky_relu", "elu", "gelu", "silu", "tanh"}},
        {"optimizer", {"sgd", "adam", "adamw", "rmsprop", "nadam", "adagrad", "asgd"}}};
    for (const StudyFamily& family : study.families)
        for (const auto& [technique, values] : promised) {
            const auto found = std::find_if(family.techniques.begin(), family.techniques.end(),
                                            [&name = technique](const Technique& other) { return other.name == name; });
            ASSERT_NE(found, family.techniques.end()) << technique;
            for (const std::string& value : values)
                EXPECT_TRUE(std::any_of(found->options.begin(), found->options.end(), [&](const StudyOption& option) {
                    return option.set.front().ends_with("=" + value);
                })) << value;
        }
}

TEST(StudyRecipe, SaysWhatToWriteForHalving) {
    const std::string recipe = R"([budgets.quick]
halving = true
epochs = { mlp = 1 }
final_epochs = { mlp = 1 }
[families.mlp]
baseline = "baseline-mlp.toml"
)";
    EXPECT_TRUE(contains(
        usage_refusal([&] { parse_study_recipe("techniques = []\n" + recipe, "a.toml", INKLING_RECIPES, "quick"); }),
        "budgets.quick.halving is no more; write racing = true or false in its place"));
}

TEST(StudyRecipe, ReadsWhatARoundTakes) {
    const std::string recipe = R"(techniques = []
choose = "highest mean"
margin = 0.5
folds_by = "writer"
[budgets.quick]
racing = false
epochs = { mlp = 1 }
final_epochs = { mlp = 1 }
[families.mlp]
baseline = "baseline-mlp.toml"
)";
    const StudyRecipe study = parse_study_recipe(recipe, "a.toml", INKLING_RECIPES, "quick");
    EXPECT_EQ(study.choose, ChooseRule::kHighestMean);
    EXPECT_EQ(study.margin, 0.5);
    EXPECT_EQ(study.folds_by, FoldsBy::kWriter);
    EXPECT_FALSE(study.racing);
    EXPECT_EQ(parse_study_recipe(to_toml(study), "a.toml", INKLING_RECIPES, "quick"), study);
}

TEST(StudyRecipe, ReadsWhatIsPreferred) {
    const std::string rest = R"(techniques = []
[budgets.quick]
epochs = { mlp = 1 }
final_epochs = { mlp = 1 }
[families.mlp]
baseline = "baseline-mlp.toml"
)";
    const auto parse = [](const std::string& text) {
        return parse_study_recipe(text, "a.toml", INKLING_RECIPES, "quick");
    };
    EXPECT_EQ(parse(rest).prefer, Preference::kAccurate);
    EXPECT_TRUE(contains(to_toml(parse(rest)), "\nprefer = \"accurate\"\nprefer_margin = 1\n"));
    EXPECT_EQ(parse(to_toml(parse(rest))), parse(rest));
    const StudyRecipe study = parse("prefer = \"small\"\nprefer_margin = 0.5\n" + rest);
    EXPECT_EQ(study.prefer, Preference::kSmall);
    EXPECT_EQ(study.prefer_margin, 0.5);
    EXPECT_EQ(parse(to_toml(study)), study);
    EXPECT_TRUE(contains(usage_refusal([&] { parse("prefer = \"tiny\"\n" + rest); }), "accurate, small, fast"));
}

std::string ranged_recipe(const std::string& technique) {
    return R"(strategy = "tpe"
batch = 4
[budgets.quick]
epochs = { mlp = 1 }
final_epochs = { mlp = 1 }
[families.mlp]
baseline = "baseline-mlp.toml"
[[techniques]]
name = "ranged"
)" + technique;
}

StudyRecipe parse_ranged(const std::string& technique) {
    return parse_study_recipe(ranged_recipe(technique), "a.toml", INKLING_RECIPES, "quick");
}

TEST(StudyRecipe, ReadsRanges) {
    const StudyRecipe study =
        parse_ranged("key = \"training.batch_size\"\nrange = [16, 512]\nscale = \"log\"\nwhole = true\n");
    EXPECT_EQ(study.strategy, StrategyKind::kTpe);
    EXPECT_EQ(study.batch, 4);
    const std::optional<ValueRange>& range = study.families[0].techniques.at(0).range;
    EXPECT_EQ(range,
              (ValueRange{.key = "training.batch_size", .low = 16, .high = 512, .logarithmic = true, .whole = true}));
    EXPECT_EQ(parse_study_recipe(to_toml(study), "a.toml", INKLING_RECIPES, "quick"), study);
    // Of a larger budget.
    EXPECT_TRUE(parse_ranged("key = \"network.dropout\"\nrange = [0, 0.5]\nbudget = \"full\"\n")
                    .families[0]
                    .techniques.empty());
}

TEST(StudyRecipe, RefusesRangesThatCannotBeHad) {
    const auto refusal = [](const std::string& technique) { return usage_refusal([&] { parse_ranged(technique); }); };
    EXPECT_TRUE(contains(refusal("range = [1, 2]\n"), "key"));
    EXPECT_TRUE(contains(refusal("key = \"network.dropout\"\nrange = [0.5, 0.1]\n"),
                         "range has no lower and higher end, expected two numbers"));
    EXPECT_TRUE(contains(refusal("key = \"network.dropout\"\nrange = [0, 0.1]\nscale = \"log\"\n"),
                         "range begins at 0 or less"));
    EXPECT_TRUE(contains(refusal("key = \"training.batch_size\"\nrange = [1.5, 8]\nwhole = true\n"),
                         "range has an end that is not whole"));
    EXPECT_TRUE(contains(refusal("key = \"network.dropout\"\nrange = [0, 2]\n"),
                         "range cannot be had in mlp (option \"network.dropout 2\")"));
    EXPECT_TRUE(contains(refusal("key = \"network.dropout\"\nrange = [0, 0.5]\nvalues = [\"0.2\"]\n"),
                         "range and values are both there; take one of them away"));
    EXPECT_TRUE(contains(refusal("key = \"training.seed\"\nrange = [0, 5]\nwhole = true\n"), "the study's own"));
}

TEST(RecipesReadme, DescribesEveryKeyOfAStudy) {
    const std::string readme = read_text(std::filesystem::path(INKLING_RECIPES) / "README.md");
    for (const char* key : {"name",
                            "strategy",
                            "choose",
                            "folds_by",
                            "margin",
                            "samples",
                            "batch",
                            "prefer",
                            "prefer_margin",
                            "range",
                            "scale",
                            "whole",
                            "seed",
                            "data_fraction",
                            "folds",
                            "final_seeds",
                            "racing",
                            "fresh_folds",
                            "confirm",
                            "confirm_seeds",
                            "confirm_fraction",
                            "confirm_undecided",
                            "challenger",
                            "challenger_recipe",
                            "epochs",
                            "final_epochs",
                            "baseline",
                            "baseline_recipe",
                            "families",
                            "learning_rate_factors",
                            "learning_rates",
                            "options",
                            "set",
                            "budget",
                            "key",
                            "values"})
        EXPECT_NE(readme.find(fmt::format("`{}`", key), readme.find("# Studies")), std::string::npos) << key;
    const std::size_t begin = readme.find("```toml\n", readme.find("# Studies")) + 8;
    const std::string example = readme.substr(begin, readme.find("```\n", begin) - begin);
    const StudyRecipe study = parse_study_recipe(example, "README.md", INKLING_RECIPES, "quick");
    EXPECT_EQ(study.families.size(), 2u);
}

}  // namespace
}  // namespace inkling
