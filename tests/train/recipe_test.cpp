#include "train/recipe.h"

#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <sstream>

#include "core/error.h"
#include "core/files.h"
#include "core/random.h"
#include "documented.h"
#include "nn/network.h"
#include "nn/processor.h"
#include "refusal.h"
#include "soak.h"

namespace inkling {
namespace {

constexpr const char* kNetwork = "[network]\nfamily = \"mlp\"\nhidden = [16]\n";
const std::vector<std::string> kRecipes{"mlp", "cnn", "cnn3", "vgg6", "mlp3"};

/// A recipe of a small network and `sections`, which begin at line 4.
Recipe parse(const std::string& sections, std::vector<std::string> overrides = {}) {
    return parse_recipe(kNetwork + sections, "a.toml", overrides);
}

std::string error_of(const std::string& sections, std::vector<std::string> overrides = {}) {
    return usage_refusal([&] { parse(sections, std::move(overrides)); });
}

std::filesystem::path recipe_path(const std::string& name) {
    return std::filesystem::path(INKLING_RECIPES) / (name + ".toml");
}

std::vector<std::string> descriptions(const NetworkSpec& spec) {
    std::vector<std::string> lines;
    for (const LayerSummary& summary : summarize(spec, 47)) lines.push_back(summary.description);
    return lines;
}

TEST(Recipe, OptimizersHavePyTorchsDefaults) {
    const auto section = [](const std::string& kind) {
        const std::string toml = to_toml(parse("[optimizer]\nkind = \"" + kind + "\"\n"));
        const std::size_t begin = toml.find("learning_rate");
        return toml.substr(begin, toml.find("\n\n", begin) - begin);
    };
    EXPECT_EQ(
        section("sgd"),
        "learning_rate = 0.001\nweight_decay = 0\nlayer_decay = 1\nmomentum = 0\ndampening = 0\nnesterov = false");
    EXPECT_EQ(
        section("adam"),
        "learning_rate = 0.001\nweight_decay = 0\nlayer_decay = 1\nbetas = [0.9, 0.999]\neps = 1e-08\namsgrad = false");
    EXPECT_EQ(section("adamw"),
              "learning_rate = 0.001\nweight_decay = 0.01\nlayer_decay = 1\nbetas = [0.9, 0.999]\neps = 1e-08\namsgrad "
              "= false");
    EXPECT_EQ(section("nadam"),
              "learning_rate = 0.002\nweight_decay = 0\nlayer_decay = 1\nbetas = [0.9, 0.999]\neps = "
              "1e-08\nmomentum_decay = 0.004");
    EXPECT_EQ(section("rmsprop"),
              "learning_rate = 0.01\nweight_decay = 0\nlayer_decay = 1\nmomentum = 0\neps = 1e-08\nalpha = "
              "0.99\ncentered = false");
    EXPECT_EQ(section("adagrad"),
              "learning_rate = 0.01\nweight_decay = 0\nlayer_decay = 1\neps = 1e-10\nlr_decay = "
              "0\ninitial_accumulator_value = 0");
    EXPECT_EQ(section("asgd"),
              "learning_rate = 0.01\nweight_decay = 0\nlayer_decay = 1\nalpha = 0.75\nlambd = 0.0001\nt0 = 1000000");
    EXPECT_EQ(section("lion"), "learning_rate = 0.0001\nweight_decay = 0\nlayer_decay = 1\nbetas = [0.9, 0.99]");
    EXPECT_EQ(section("adadelta"), "learning_rate = 1\nweight_decay = 0\nlayer_decay = 1\neps = 1e-06\nrho = 0.9");
    EXPECT_EQ(section("radam"),
              "learning_rate = 0.001\nweight_decay = 0\nlayer_decay = 1\nbetas = [0.9, 0.999]\neps = 1e-08");
    EXPECT_STREQ(name_of(parse("").training.optimizer.kind), "adamw");
}

TEST(Recipe, SchedulesHaveTheirDefaults) {
    const auto schedule = [](const std::string& kind) {
        return parse("[schedule]\nkind = \"" + kind + "\"\n").training.schedule.kind;
    };
    EXPECT_EQ(std::get<schedule::Exponential>(schedule("exponential")).gamma, 0.9f);
    EXPECT_EQ(std::get<schedule::Step>(schedule("step")).gamma, 0.1f);
    EXPECT_STREQ(name_of(parse("").training.schedule.kind), "constant");
}

TEST(Recipe, ReadsEverySection) {
    const TrainingSpec training = parse(R"(
[training]
epochs = 20
batch_size = 64
label_smoothing = 0.1
validation_fraction = 0.2
clip_grad_norm = 1.5
synthetic_fill = 0.5
sync_batch_norm = false
seed = 7
precision = "auto"
prior = "balanced"
prior_by = "class_weights"
[optimizer]
kind = "sgd"
learning_rate = 0.1
momentum = 0.9
nesterov = true
[schedule]
kind = "multistep"
milestones = [10, 15]
gamma = 0.2
warmup_epochs = 0.5
[regularization]
l1 = 1e-5
l2 = 1e-4
biases_and_norms = true
[early_stopping]
patience = 3
min_delta = 0.01
)")
                                      .training;
    EXPECT_EQ(training.epochs, 20);
    EXPECT_EQ(training.batch_size, 64);
    EXPECT_EQ(training.label_smoothing, 0.1f);
    EXPECT_EQ(training.validation_fraction, 0.2);
    EXPECT_EQ(training.clip_grad_norm, 1.5f);
    EXPECT_EQ(training.synthetic_fill, 0.5);
    EXPECT_FALSE(training.sync_batch_norm);
    EXPECT_EQ(training.seed, 7u);
    EXPECT_EQ(training.precision, PrecisionChoice::kAuto);
    EXPECT_EQ(training.prior.kind, PriorKind::kBalanced);
    EXPECT_EQ(training.prior.by, PriorBy::kClassWeights);
    const auto& sgd = std::get<optimizer::Sgd>(training.optimizer.kind);
    EXPECT_EQ(sgd.momentum, 0.9f);
    EXPECT_TRUE(sgd.nesterov);
    EXPECT_EQ(std::get<schedule::Multistep>(training.schedule.kind).milestones, (std::vector<int>{10, 15}));
    EXPECT_EQ(training.schedule.warmup_epochs, 0.5f);
    EXPECT_EQ(training.regularization.l1, 1e-5f);
    EXPECT_TRUE(training.regularization.biases_and_norms);
    EXPECT_EQ(training.early_stopping.patience, 3);
}

TEST(Recipe, PriorIsAWordOrANumberForEachClass) {
    EXPECT_EQ(parse("").training.prior.kind, PriorKind::kAsIs);
    const PriorSpec list = parse("[training]\nprior = [1, 2.5]\n").training.prior;
    EXPECT_EQ(list.kind, PriorKind::kList);
    EXPECT_EQ(list.shares, (std::vector<double>{1, 2.5}));
    EXPECT_EQ(parse_prior("balanced", "--prior").kind, PriorKind::kBalanced);
    EXPECT_EQ(parse_prior("[0.1, 3]", "--prior").shares, (std::vector<double>{0.1, 3}));
    for (const char* prior : {"\"as_is\"", "\"balanced\"", "[1, 2.5]", "[0.1, 1e-07]"}) {
        const Recipe recipe = parse(std::string("[training]\nprior = ") + prior + "\n");
        const Recipe again = parse_recipe(to_toml(recipe), "a.toml");
        EXPECT_EQ(again.training.prior.shares, recipe.training.prior.shares);
        EXPECT_EQ(to_toml(again), to_toml(recipe));
    }
    EXPECT_EQ(error_of("[training]\nprior = \"fair\"\n"),
              "a.toml:5: training.prior is \"fair\", expected one of as_is, balanced");
    EXPECT_EQ(error_of("[training]\nprior = [1, 0]\n"),
              "a.toml:5: training.prior[1] is 0, expected a number, more than 0 to 1000000000");
    EXPECT_EQ(error_of("[training]\nprior_by = \"class_weights\"\n"), "a.toml:5: training.prior_by is not for as_is");
}

Recipe automatic(const char* recipe, const std::vector<std::string>& overrides = {}) {
    std::vector<std::string> all = overrides;
    all.emplace_back("training.precision=auto");
    return read_recipe(std::string(INKLING_RECIPES "/") + recipe, all);
}

TEST(Recipe, TeachersAreAListOrOne) {
    const auto distillation = [](const std::string& keys) {
        return parse("[distillation]\n" + keys).training.distillation;
    };
    EXPECT_FALSE(distillation("").active());
    EXPECT_EQ(distillation("teachers = \"runs/a\"").teachers, std::vector<std::string>{"runs/a"});
    const DistillationSpec spec =
        distillation("teachers = [\"runs/a\", \"b \\\"c\\\"\"]\nweight = 0.25\ntemperature = 2\n");
    EXPECT_EQ(spec.teachers, (std::vector<std::string>{"runs/a", "b \"c\""}));
    EXPECT_EQ(spec.weight, 0.25f);
    EXPECT_EQ(spec.temperature, 2);
    EXPECT_TRUE(spec.active());
    EXPECT_FALSE(distillation("teachers = [\"runs/a\"]\nweight = 0\n").active());
    EXPECT_TRUE(contains(error_of("", {"distillation.teachers=[\"\"]"}), "names nothing"));
    EXPECT_TRUE(contains(error_of("", {"distillation.temperature=0"}), "expected a number, more than 0 to 100"));
}

TEST(RecipeToml, NamesTeachersWhereThereAreAny) {
    EXPECT_EQ(to_toml(parse("")).find("distillation"), std::string::npos);
    const std::string written = to_toml(parse("[distillation]\nteachers = [\"a\", \"b\"]\ntemperature = 2\n"));
    EXPECT_TRUE(contains(written, "[distillation]\nteachers = [\"a\", \"b\"]\nweight = 0.5\ntemperature = 2\n"));
    EXPECT_EQ(to_toml(parse_recipe(written, "b.toml")), written);
}

TEST(Recipe, AutomaticPrecisionIsBf16OnlyWhereTheProcessorHasIt) {
    EXPECT_EQ(parse("").training.precision, PrecisionChoice::kFp32);
    const Recipe recipe = automatic("mlp3.toml");
    const bool natively = runs_natively(Precision::kBfloat16);
    EXPECT_EQ(settled_precision(recipe, 47) == PrecisionChoice::kBf16, natively);
    EXPECT_EQ(network_precision(recipe, 47) == Precision::kBfloat16, natively);
    EXPECT_EQ(network_precision(automatic("vgg6.toml"), 47), Precision::kFloat32);
}

TEST(Recipe, AutomaticPrecisionIsBf16UnlessWinogradDoesHalfOfTheMultiplyAdds) {
    const auto chosen = [](const Recipe& recipe) {
        return settled_precision(recipe, 47, PrecisionChoice::kAuto) == PrecisionChoice::kBf16 ? "bf16" : "fp32";
    };
    EXPECT_STREQ(chosen(automatic("mlp3.toml")), "bf16");
    EXPECT_STREQ(chosen(automatic("cnn3.toml")), "fp32");
    EXPECT_STREQ(chosen(automatic("vgg6.toml")), "fp32");
    EXPECT_STREQ(chosen(automatic("cnn3.toml", {"network.kernel=5"})), "bf16");
    EXPECT_STREQ(chosen(automatic("cnn3.toml", {"network.filters=[32]"})), "bf16") << "dense, behind one of the input";
    EXPECT_STREQ(chosen(automatic("cnn3.toml", {"network.dense=[8000]"})), "bf16") << "dense in the main";
}

TEST(Recipe, AutomaticPrecisionIsWhatOneBeganWith) {
    using enum PrecisionChoice;
    for (const char* recipe : {"mlp3.toml", "vgg6.toml"})
        for (const PrecisionChoice automatic_there : {kFp32, kBf16})
            EXPECT_EQ(settled_precision(automatic(recipe), 47, automatic_there), automatic_there);
    Recipe recipe = automatic("vgg6.toml");
    for (const PrecisionChoice said : {kFp32, kBf16}) {
        recipe.training.precision = said;
        for (const PrecisionChoice automatic_there : {kFp32, kBf16, kAuto})
            EXPECT_EQ(settled_precision(recipe, 47, automatic_there), said);
    }
}

TEST(Recipe, UnknownKeysAndSectionsGetTheirLineAndTheNearestName) {
    EXPECT_EQ(error_of("[training]\nepoch = 3\n"), "a.toml:5: unknown key training.epoch; did you mean epochs?");
    EXPECT_EQ(error_of("[optimiser]\n"), "a.toml:4: unknown key optimiser; did you mean optimizer?");
    EXPECT_EQ(error_of("", {"training.epoch=3"}),
              "--set training.epoch=3: unknown key training.epoch; did you mean epochs?");
    EXPECT_EQ(usage_refusal([] { parse_recipe("[training]\n", "a.toml"); }), "a.toml: network is missing");
}

TEST(Recipe, ValuesOutOfRangeAreRefused) {
    EXPECT_EQ(error_of("[training]\nbatch_size = 65537\n"),
              "a.toml:5: training.batch_size is 65537, expected a whole number, 1 to 65536");
    EXPECT_EQ(error_of("[optimizer]\nbetas = [0.9, 1.0]\n"),
              "a.toml:5: optimizer.betas[1] is 1, expected a number, 0 to less than 1");
    EXPECT_EQ(error_of("[optimizer]\nbetas = [0.9]\n"),
              "a.toml:5: optimizer.betas has another length, expected a list of 2");
    EXPECT_EQ(error_of("[optimizer]\nlearning_rate = 0\n"),
              "a.toml:5: optimizer.learning_rate is 0, expected a number, more than 0 to 100");
    EXPECT_EQ(error_of("[training]\nseed = -1\n"),
              "a.toml:5: training.seed is -1, expected a whole number, 0 to 9007199254740992");
}

TEST(Recipe, KeysOfOtherKindsAreRefused) {
    EXPECT_EQ(error_of("[optimizer]\nkind = \"sgd\"\nbetas = [0.9, 0.99]\n"),
              "a.toml:6: optimizer.betas is not for sgd, only for adam, adamw, nadam, lion, radam, muon, lamb");
    EXPECT_EQ(error_of("[schedule]\nkind = \"cosine\"\ngamma = 0.5\n"),
              "a.toml:6: schedule.gamma is not for cosine, only for step, multistep, exponential");
    EXPECT_EQ(error_of("[optimizer]\nkind = \"sgd\"\n", {"optimizer.eps=1e-6"}),
              "--set optimizer.eps=1e-6: optimizer.eps is not for sgd, only for adam, adamw, nadam, rmsprop, adagrad, "
              "adadelta, radam, muon, lamb");
}

TEST(Recipe, OverridingAKindDropsTheFilesKeysOfOtherKindsAndKeepsTheRest) {
    const std::string sections = "[optimizer]\nkind = \"adamw\"\nlearning_rate = 0.5\nbetas = [0.5, 0.5]\n";
    const OptimizerSpec optimizer =
        parse(sections, {"optimizer.kind=sgd", "optimizer.momentum=0.9"}).training.optimizer;
    EXPECT_EQ(optimizer.learning_rate, 0.5f);
    EXPECT_EQ(std::get<optimizer::Sgd>(optimizer.kind).momentum, 0.9f);
    EXPECT_EQ(error_of(sections, {"optimizer.kind=sgd", "optimizer.amsgrad=true"}),
              "--set optimizer.amsgrad=true: optimizer.amsgrad is not for sgd, only for adam, adamw");
}

TEST(Recipe, ValuesThatContradictEachOtherAreRefused) {
    EXPECT_EQ(error_of("[optimizer]\nkind = \"sgd\"\nnesterov = true\n"),
              "a.toml:6: optimizer.nesterov needs a momentum above 0 and no dampening");
    EXPECT_EQ(error_of("[schedule]\nkind = \"multistep\"\nmilestones = [3, 3]\n"),
              "a.toml:6: schedule.milestones must rise, but 3 follows 3");
    EXPECT_EQ(error_of("[schedule]\nwarmup_epochs = 9\n"),
              "a.toml:5: schedule.warmup_epochs is 9, more than the 8 of training.epochs");
    EXPECT_EQ(error_of("[schedule]\nkind = \"cosine\"\nmin_learning_rate = 1\n"),
              "a.toml:6: schedule.min_learning_rate is 1, more than the 0.001 of optimizer.learning_rate");
    EXPECT_EQ(error_of("[training]\nvalidation_fraction = 0\n[early_stopping]\npatience = 2\n"),
              "a.toml:7: early_stopping.patience needs a validation_fraction above 0 in [training]");
}

TEST(Recipe, HasAScheduleInFractionsOrInEpochs) {
    const std::string step = "[schedule]\nkind = \"step\"\n";
    const auto written = [](const std::string& sections, const std::vector<std::string>& overrides) {
        const std::string text = to_toml(parse(sections, overrides));
        const std::size_t begin = text.find("[schedule]\n") + 11;
        return text.substr(begin, text.find("\n\n", begin) - begin);
    };
    const std::string fraction =
        "kind = \"step\"\nwarmup_epochs = 0\nwarmup_start_factor = 0.01\nstep_fraction = 0.25\ngamma = 0.1";
    EXPECT_EQ(written(step + "step_fraction = 0.25\n", {}), fraction);
    EXPECT_EQ(error_of(step + "step_fraction = 0.25\nstep_epochs = 2\n"),
              "a.toml:6: schedule.step_fraction and step_epochs are both there; take one of them away");
    EXPECT_EQ(error_of("[schedule]\nwarmup_epochs = 1\nwarmup_share = 0.1\n"),
              "a.toml:6: schedule.warmup_share and warmup_epochs are both there; take one of them away");
    // What --set says takes the place of what the file says.
    EXPECT_EQ(written(step + "step_epochs = 3\n", {"schedule.step_fraction=0.25"}), fraction);
    const std::string epochs =
        "kind = \"step\"\nwarmup_epochs = 0\nwarmup_start_factor = 0.01\nstep_epochs = 3\ngamma = 0.1";
    EXPECT_EQ(written(step + "step_fraction = 0.25\n", {"schedule.step_epochs=3"}), epochs);
}

TEST(Recipe, RefusesAWarmupThatLeavesOneCycleNoStep) {
    const std::string cycle = "[training]\nepochs = 2\n[schedule]\nkind = \"one_cycle\"\n";
    EXPECT_TRUE(
        contains(error_of(cycle + "warmup_epochs = 2\n"), "warmup_epochs is 2, which leaves one_cycle no step"));
    EXPECT_TRUE(contains(error_of(cycle + "warmup_share = 1\n"), "warmup_share is 1, which leaves one_cycle no step"));
    parse(cycle + "warmup_epochs = 1\n");
}

TEST(Recipe, ScalesTheLearningRateToTheBatchWhereItSaysWhichItIsFor) {
    const auto rate = [](const std::string& optimizer, const std::vector<std::string>& overrides = {}) {
        const TrainingSpec training = parse("[optimizer]\nlearning_rate = 0.5\n" + optimizer, overrides).training;
        return scaled_learning_rate(training, training.batch_size);
    };
    EXPECT_EQ(rate("", {"training.batch_size=1024"}), 0.5f);
    EXPECT_EQ(rate("base_batch_size = 256\n"), 0.5f);
    EXPECT_EQ(rate("base_batch_size = 256\n", {"training.batch_size=1024"}), 2.0f);
    EXPECT_EQ(rate("base_batch_size = 256\n", {"training.batch_size=64"}), 0.125f);
    EXPECT_EQ(rate("base_batch_size = 256\nbatch_size_power = 0.5\n", {"training.batch_size=1024"}), 1.0f);
    EXPECT_EQ(rate("batch_size_power = 0.5\n", {"optimizer.base_batch_size=1024"}), 0.25f);
    EXPECT_EQ(rate("base_batch_size = 256\nbatch_size_power = 0.5\n", {"optimizer.base_batch_size=0"}), 0.5f);
    EXPECT_EQ(error_of("[optimizer]\nbatch_size_power = 0.5\n"),
              "a.toml:5: optimizer.batch_size_power means nothing without a base_batch_size");
    EXPECT_EQ(error_of("[optimizer]\nbase_batch_size = 256\nbatch_size_power = 0\n"),
              "a.toml:6: optimizer.batch_size_power is 0, expected a number, more than 0 to 1");
    EXPECT_EQ(error_of("[optimizer]\nbase_batch_size = 65537\n"),
              "a.toml:5: optimizer.base_batch_size is 65537, expected a whole number, 0 to 65536");
    const std::string cosine =
        "[optimizer]\nbase_batch_size = 256\n[schedule]\nkind = \"cosine\"\nmin_learning_rate = 0.002\n";
    EXPECT_EQ(parse(cosine, {"training.batch_size=512"}).training.optimizer.learning_rate, 0.001f);
    EXPECT_EQ(error_of(cosine, {"training.batch_size=128"}),
              "a.toml:8: schedule.min_learning_rate is 0.002, more than the 0.0005 of optimizer.learning_rate for this "
              "training.batch_size");
}

TEST(RecipeToml, SaysTheRateThatIsScaledToTheBatchAndElseNothingOfIt) {
    const std::string section = "[training]\nbatch_size = 1024\n[optimizer]\nlearning_rate = 0.5\n";
    EXPECT_FALSE(contains(to_toml(parse(section)), "batch_size_power"));
    const std::string written = to_toml(parse(section + "base_batch_size = 256\nbatch_size_power = 0.5\n"));
    EXPECT_TRUE(contains(written,
                         "\nbase_batch_size = 256\nbatch_size_power = 0.5\n"
                         "# of a batch of 1024, the learning rate is 1\n"));
    EXPECT_EQ(to_toml(parse_recipe(written, "a.toml")), written);
}

TEST(Recipe, IsNamedByItsFileUnlessItSaysOtherwise) {
    EXPECT_EQ(parse("").name, "a");
    EXPECT_EQ(parse_recipe("name = \"b \\\"c\\\"\"\n" + std::string(kNetwork), "a.toml").name, "b \"c\"");
    EXPECT_THROW(parse_recipe("name = \"../b\"\n" + std::string(kNetwork), "a.toml"), Error);
}

TEST(Recipe, ThatCannotBeReadIsWrongUsage) {
    EXPECT_NE(usage_refusal([] { read_recipe("/nowhere/lost.toml"); }).find("/nowhere/lost.toml"), std::string::npos);
}

template <class Spec>
bool takes(const ConfigKey<Spec>& key, double number) {
    return std::holds_alternative<float Spec::*>(key.member) && key.range.contains(number);
}

/// Each optimizer and each schedule, with 0.00037 for every number that may be that.
std::vector<std::string> sections_of_every_kind() {
    std::vector<std::string> sections;
    const auto append = [&]<class Kind>(const std::string& section, const Kind&) {
        std::string text = fmt::format("[{}]\nkind = \"{}\"\n", section, Kind::kName);
        for (const auto& key : keys_of<Kind>())
            if (takes(key, 0.00037) && key.in_place_of == nullptr) text += fmt::format("{} = 0.00037\n", key.name);
        sections.push_back(text);
        for (const auto& key : keys_of<Kind>())
            if (key.in_place_of != nullptr)
                sections.push_back(fmt::format("[{}]\nkind = \"{}\"\n{} = 0.00037\n", section, Kind::kName, key.name));
    };
    for_each_kind<OptimizerKind>([&](const auto& kind) { append("optimizer", kind); });
    for_each_kind<ScheduleKind>([&](const auto& kind) { append("schedule", kind); });
    return sections;
}

TEST(RecipeToml, ReadsBackEveryKindExactly) {
    for (const std::string& sections : sections_of_every_kind()) {
        const Recipe recipe = parse(sections, {"training.seed=9007199254740992", "training.label_smoothing=0.1"});
        const std::string written = to_toml(recipe);
        const Recipe again = parse_recipe(written, "other.toml");
        EXPECT_EQ(to_toml(again), written);
        EXPECT_EQ(again.name, "a");
        EXPECT_EQ(again.training.seed, 9007199254740992u);
    }
}

TEST(RecipeToml, EscapesTheName) {
    Recipe recipe = parse("");
    recipe.name = "quote \" backslash \\ newline \n";
    EXPECT_EQ(parse_recipe(to_toml(recipe), "a.toml").name, recipe.name);
}

TEST(Recipes, ReadBackWhatTheyBecome) {
    for (const std::string& name : kRecipes) {
        const Recipe recipe = read_recipe(recipe_path(name));
        EXPECT_EQ(recipe.name, name);
        const std::string written = to_toml(recipe);
        EXPECT_EQ(to_toml(parse_recipe(written, "a.toml")), written);
        EXPECT_EQ(descriptions(parse_recipe(written, "a.toml").network), descriptions(recipe.network));
    }
}

TEST(Recipes, OfReferenceNetworksHaveTheirLayers) {
    EXPECT_EQ(descriptions(read_recipe(recipe_path("cnn3")).network),
              (std::vector<std::string>{"conv2d 32 filters, 3x3, padding 1", "batch_norm", "relu", "max_pool2d 2x2",
                                        "conv2d 64 filters, 3x3, padding 1", "batch_norm", "relu", "max_pool2d 2x2",
                                        "conv2d 128 filters, 3x3, padding 1", "batch_norm", "relu", "max_pool2d 2x2",
                                        "flatten", "dense 256 units", "relu", "dropout 0.3", "dense 47 units"}));
    const std::vector<std::string> vgg6 = descriptions(read_recipe(recipe_path("vgg6")).network);
    EXPECT_EQ(vgg6.size(), 28u);
    EXPECT_EQ(vgg6[3], "conv2d 32 filters, 3x3, padding 1, no bias");
    EXPECT_EQ((std::vector<std::string>(vgg6.begin() + 20, vgg6.end())),
              (std::vector<std::string>{"max_pool2d 2x2", "dropout 0.25", "flatten", "dense 256 units, no bias",
                                        "batch_norm", "relu", "dropout 0.4", "dense 47 units"}));
    const std::vector<std::string> mlp3 = descriptions(read_recipe(recipe_path("mlp3")).network);
    EXPECT_EQ((std::vector<std::string>(mlp3.begin(), mlp3.begin() + 6)),
              (std::vector<std::string>{"flatten", "dense 512 units", "batch_norm", "relu", "dropout 0.2",
                                        "dense 256 units"}));
}

TEST(Recipes, ReadmeListsEveryKeyAndItsExampleIsRead) {
    const std::string readme = read_text(std::filesystem::path(INKLING_RECIPES) / "README.md");
    for (const std::string& sections : sections_of_every_kind()) {
        std::istringstream lines(to_toml(parse(sections)));
        for (std::string line; std::getline(lines, line);) {
            const std::size_t end = line.find(" = ");
            if (end == std::string::npos || line.front() == ' ') continue;
            EXPECT_NE(readme.find(fmt::format("`{}`", line.substr(0, end))), std::string::npos) << line;
        }
    }
    for (const char* key : {"teachers", "weight", "temperature"}) documented_row("distillation", key);
    for (const char* key : {"base_batch_size", "batch_size_power"}) documented_row("optimizer", key);
    const std::size_t begin = readme.find("```toml\n") + 8;
    const Recipe example = parse_recipe(readme.substr(begin, readme.find("```\n", begin) - begin), "README.md");
    EXPECT_EQ(example.network.layers.size(), 6u);
}

/// Some bytes or lines changed, taken away, doubled or swapped for pieces of other recipes.
std::string mutate(std::string text, const std::string& donor, RandomStream& random) {
    const auto below = [&](std::size_t bound) { return random.below(static_cast<std::uint32_t>(bound)); };
    static constexpr std::string_view kTokens[] = {"[",
                                                   "]",
                                                   "{",
                                                   "}",
                                                   "=",
                                                   ".",
                                                   "\"",
                                                   "\n",
                                                   "-1",
                                                   "nan",
                                                   "inf",
                                                   "0",
                                                   "1e99",
                                                   "true",
                                                   "'''",
                                                   "[[",
                                                   "#",
                                                   ",",
                                                   "9223372036854775807",
                                                   "network.layers",
                                                   "\\u0000",
                                                   "\xff",
                                                   "a.b.c"};
    for (std::uint32_t changes = 1 + below(4); changes > 0; --changes) {
        const std::size_t at = below(text.size());
        const std::size_t length = std::min<std::size_t>(below(24), text.size() - at);
        switch (below(5)) {
            case 0:
                text[at] = static_cast<char>(below(256));
                break;
            case 1:
                text.erase(at, length);
                break;
            case 2:
                text.insert(at, text.substr(at, length));
                break;
            case 3:
                text.insert(at, kTokens[below(std::size(kTokens))]);
                break;
            default:
                text.replace(at, length, donor.substr(below(donor.size()), below(80)));
        }
        if (text.empty()) text = "=";
    }
    return text;
}

TEST(Recipe, MutatedRecipesAreReadOrRefusedInOneLine) {
    std::vector<std::string> seeds;
    for (const std::string& name : kRecipes) {
        seeds.push_back(read_text(recipe_path(name)));
        seeds.push_back(to_toml(read_recipe(recipe_path(name))));
    }
    RandomStream random(1, Purpose::kSplit);
    int read = 0;
    int refused = 0;
    for (std::size_t i = 0; i < static_cast<std::size_t>(soaked(5000)); ++i) {
        const std::string text = mutate(seeds[i % seeds.size()], seeds[random.below(10)], random);
        try {
            const std::string written = to_toml(parse_recipe(text, "a.toml"));
            ASSERT_EQ(to_toml(parse_recipe(written, "a.toml")), written) << text;
            ++read;
        } catch (const Error& error) {
            ASSERT_EQ(error.status(), ExitStatus::kUsage);
            ASSERT_EQ(std::string_view(error.what()).find('\n'), std::string_view::npos) << error.what();
            ASSERT_LT(std::string_view(error.what()).size(), 600u) << error.what();
            ++refused;
        }
    }
    EXPECT_GT(read, 200);
    EXPECT_GT(refused, 2000);
}

TEST(Recipe, MutatedOverridesAreReadOrRefusedInOneLine) {
    const std::vector<std::string> seeds{"optimizer.kind=sgd", "training.epochs=4", "optimizer.betas=[0.9, 0.99]",
                                         "network.layers=[{type = \"flatten\"}]", "network.family=cnn"};
    RandomStream random(2, Purpose::kSplit);
    for (std::size_t i = 0; i < static_cast<std::size_t>(soaked(2000)); ++i) {
        const std::string text = mutate(seeds[i % seeds.size()], seeds[random.below(5)], random);
        try {
            parse("[optimizer]\nbetas = [0.5, 0.5]\n", {text});
        } catch (const Error& error) {
            ASSERT_EQ(error.status(), ExitStatus::kUsage);
            ASSERT_EQ(std::string_view(error.what()).find('\n'), std::string_view::npos) << error.what();
        }
    }
}

TEST(Recipe, IsNotNamedByBytesThatAreNoText) {
    const Recipe recipe = parse_recipe("[network]\nfamily = \"mlp\"\n", "alt\xfc.toml");
    EXPECT_EQ(recipe.name, "recipe");
    EXPECT_EQ(parse_recipe(to_toml(recipe), "again").name, "recipe");
}

TEST(RecipeKeys, AreThoseThatRecipesKnow) {
    std::map<std::string, std::set<std::string>> sections;
    for (const std::string& key : recipe_keys()) {
        const std::size_t dot = key.find('.');
        EXPECT_TRUE(sections[key.substr(0, dot)].insert(key.substr(dot + 1)).second) << key << " is there twice";
    }
    EXPECT_EQ(sections.size(), 9u);
    for (const auto& [section, names] : sections)
        EXPECT_TRUE(contains(error_of("", {section + ".qqqqqqqqqq=1"}),
                             fmt::format("known here are {}", fmt::join(names, ", "))));
}

}  // namespace
}  // namespace inkling
