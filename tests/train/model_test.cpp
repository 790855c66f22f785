#include "train/model.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "core/files.h"
#include "nn/safetensors.h"
#include "refusal.h"
#include "temporary_folder.h"
#include "toy_data.h"
#include "train/evaluate.h"

namespace inkling {
namespace {

Model toy_model() {
    Model model{
        .recipe = parse_recipe(kToyRecipe, "toy.toml"),
        .split = "toy",
        .class_names = kToyClassNames,
        .normalization = {0.1f, 0.3f},
        .shares = {0.1, 0.2, 0.3, 0.4},
        .prior = {0.25, 0.25, 0.25, 0.25},
        .temperature = 0.75,
        .sets = {{0.9, 0.25}, {0.99, 0.0625}},
        .strangeness = Strangeness{.whitening = std::vector<double>(16, 0.5), .centres = {1, 2, 3, 4}, .most = 9},
        .parameters = {},
        .statistics = {}};
    Network network(model.recipe.network, kToyClasses, 1, Network::Mode::kInfer);
    initialize(network, 3);
    model.parameters = {network.parameters().begin(), network.parameters().end()};
    model.statistics = {network.statistics().begin(), network.statistics().end()};
    return model;
}

/// The model's file with one piece of its metadata replaced, or taken out where `value` is empty.
void save_changed(const std::filesystem::path& path, const std::string& key, const std::string& value) {
    save_model(path, toy_model());
    const Safetensors file(read_file(path), "model");
    SafetensorsMetadata metadata = file.metadata();
    if (value.empty())
        metadata.erase(key);
    else
        metadata[key] = value;
    const std::vector<NamedTensor> none;
    write_file(path, encode_safetensors(none, metadata));
}

std::string refusal(const std::string& key, const std::string& value) {
    const TemporaryFolder folder;
    save_changed(folder / "model.safetensors", key, value);
    return data_refusal([&] { load_model(folder / "model.safetensors"); });
}

TEST(Model, ComesBackFromItsFile) {
    const TemporaryFolder folder;
    const Model model = toy_model();
    save_model(folder / "model.safetensors", model);
    const Model loaded = load_model(folder / "model.safetensors");
    EXPECT_EQ(loaded.parameters, model.parameters);
    EXPECT_EQ(loaded.statistics, model.statistics);
    EXPECT_EQ(loaded.class_names, model.class_names);
    EXPECT_EQ(loaded.split, "toy");
    EXPECT_EQ(loaded.shares, model.shares);
    EXPECT_EQ(loaded.prior, model.prior);
    EXPECT_EQ(loaded.temperature, 0.75);
    ASSERT_EQ(loaded.sets.size(), 2u);
    EXPECT_EQ(loaded.sets[1].coverage, 0.99);
    EXPECT_EQ(loaded.sets[1].least_probability, 0.0625);
    ASSERT_TRUE(loaded.strangeness);
    EXPECT_EQ(loaded.strangeness->whitening, std::vector<double>(16, 0.5));
    EXPECT_EQ(loaded.strangeness->centres, (std::vector<double>{1, 2, 3, 4}));
    EXPECT_EQ(loaded.strangeness->most, 9);
    EXPECT_EQ(loaded.normalization.mean, 0.1f);
    EXPECT_EQ(loaded.normalization.deviation, 0.3f);
    EXPECT_EQ(to_toml(loaded.recipe), to_toml(model.recipe));
}

TEST(Model, StoresTensorsUnderPyTorchsNamesAndShapes) {
    const TemporaryFolder folder;
    save_model(folder / "model.safetensors", toy_model());
    const Safetensors file(read_file(folder / "model.safetensors"), "model");
    EXPECT_EQ(file.shape("1.weight"), (std::vector<std::size_t>{24, 784}));
    EXPECT_EQ(file.shape("2.running_mean"), (std::vector<std::size_t>{24}));
    EXPECT_EQ(file.metadata("input"), "[1,28,28]");
}

TEST(Model, RefusesMetadataThatDoNotFit) {
    EXPECT_TRUE(contains(refusal("format", "other"), "expected \"inkling model 1\""));
    EXPECT_TRUE(contains(refusal("format", "two\nlines"), "format \"two\\x0alines\", expected \"inkling model 1\""));
    EXPECT_TRUE(contains(refusal("temperature", "-1\n"), "temperature -1\\x0a, expected a number above 0"));
    EXPECT_TRUE(contains(refusal("recipe", ""), "no \"recipe\""));
    EXPECT_TRUE(contains(refusal("recipe", "[network]\nfamily = \"rnn\""), "rnn"));
    EXPECT_TRUE(contains(refusal("class_names", "[]"), "0 classes"));
    EXPECT_TRUE(contains(refusal("class_names", "[1,2]"), "did not write"));
    EXPECT_TRUE(
        contains(refusal("class_names", R"(["a","b","\u001b[2J","c"])"), R"(class "\x1b[2J", expected a name)"));
    EXPECT_TRUE(contains(refusal("normalization", "[0.1,0]"), "deviation above 0"));
    EXPECT_TRUE(contains(refusal("normalization", "0.1"), "did not write"));
    for (const char* shares : {"[0.5,0.5]", "[-0.25,0.5,0.5,0.25]", "[1e300,1,1,1]"}) {
        EXPECT_TRUE(contains(refusal("prior", shares), "prior is not 4 shares, each 0 to 1"));
        EXPECT_TRUE(contains(refusal("class_shares", shares), "class_shares is not 4 shares"));
    }
    EXPECT_TRUE(contains(refusal("prior", "\"balanced\""), "did not write"));
    for (const char* sets : {"[[1, 0.5]]", "[[0.9, 1.5]]", "[[0.9, -1]]"})
        EXPECT_TRUE(contains(refusal("conformal_sets", sets), "conformal_sets"));
    EXPECT_TRUE(contains(refusal("conformal_sets", "[0.9]"), "did not write"));
    for (const char* strangeness :
         {R"({"whitening": [1], "centres": [1, 2, 3, 4], "most": 9})",
          R"({"whitening": [1,0,0,0, 0,1,0,0, 0,0,1,0, 0,0,0,1], "centres": [1, 2, 3], "most": 9})",
          R"({"whitening": [1,0,0,0, 0,1,0,0, 0,0,1,0, 0,0,0,1], "centres": [], "most": 9})",
          R"({"whitening": [1,0,0,0, 0,1,0,0, 0,0,1,0, 0,0,0,1], "centres": [1, 2, 3, 4], "most": -1})"})
        EXPECT_TRUE(
            contains(refusal("strangeness", strangeness), "strangeness of other sizes than those of 4 classes"));
    for (const char* strangeness : {"[]", "{}", "{\"whitening\": \"x\"}", "3"})
        EXPECT_TRUE(contains(refusal("strangeness", strangeness), "did not write"));
    for (const char* temperature : {"0", "-1"})
        EXPECT_TRUE(contains(refusal("temperature", temperature), "temperature"));
}

TEST(Model, RefusesARecipeOfMoreParametersThanTheFileHasBeforeItTakesTheirMemory) {
    const std::string recipe = "[network]\nfamily = \"mlp\"\nhidden = [20000, 20000]\n";
    EXPECT_TRUE(contains(refusal("recipe", recipe), "fewer values than"));
}

TEST(Model, RefusesAFileThatIsLargerThanItsNetwork) {
    const TemporaryFolder folder;
    const auto path = folder / "model.safetensors";
    save_model(path, toy_model());
    const auto size = std::filesystem::file_size(path);
    std::filesystem::resize_file(path, std::uintmax_t{1} << 33);  // a hole, which takes no space
    const std::string refusal = data_refusal([&] { load_model(path); });
    EXPECT_TRUE(contains(refusal, fmt::format("8589934592 bytes, expected {} at most", size)));
}

TEST(Model, RefusesEveryTruncation) {
    const TemporaryFolder folder;
    const auto path = folder / "model.safetensors";
    save_model(path, toy_model());
    const auto contents = read_file(path);
    for (std::size_t size = 0; size < contents.size(); size += 1 + size / 8) {
        write_file(path, std::span(contents).first(size));
        data_refusal([&] { load_model(path); });
    }
}

TEST(Evaluate, JudgesEverySampleOnceThoughTheLastBatchIsShort) {
    const Model model = toy_model();
    const Dataset data = toy_dataset(300);
    std::vector<std::size_t> progress;
    const Evaluation evaluation = evaluate(model, data, [&](std::size_t done) { progress.push_back(done); });
    EXPECT_EQ(progress, (std::vector<std::size_t>{256, 300}));
    ASSERT_EQ(evaluation.probabilities.size(), 300u * kToyClasses);
    // The last 44 alone, from their own first batch.
    Dataset rest = data;
    rest.images.erase(rest.images.begin(), rest.images.begin() + 256 * 784);
    rest.labels.erase(rest.labels.begin(), rest.labels.begin() + 256);
    const Evaluation of_rest = evaluate(model, rest);
    for (std::size_t i = 0; i < of_rest.probabilities.size(); ++i)
        EXPECT_NEAR(of_rest.probabilities[i], evaluation.probabilities[256 * kToyClasses + i], 1e-6f);
}

Dataset shifted(const Dataset& data, int right) {
    Dataset moved = data;
    for (std::size_t i = 0; i < moved.images.size(); ++i) {
        const int column = static_cast<int>(i % 28) - right;
        moved.images[i] = column >= 0 && column < 28 ? data.images[i - static_cast<std::size_t>(right)] : 0;
    }
    return moved;
}

TEST(Evaluate, AveragesTheProbabilitiesOfModelsAndViews) {
    const Dataset data = toy_dataset(300);
    Model other = toy_model();
    for (float& parameter : other.parameters) parameter = -parameter;
    other.normalization = {0.3f, 0.2f};
    const std::vector<Model> models{toy_model(), other};
    const std::vector<float> together = evaluate(models, data).probabilities;
    const std::vector<float> first = evaluate(models[0], data).probabilities;
    const std::vector<float> second = evaluate(models[1], data).probabilities;
    const std::vector<float> viewed = evaluate(models, data, {.views = 3}).probabilities;
    std::vector<std::vector<float>> looks;
    for (const int right : {0, 1, -1})
        for (const Model& model : models) looks.push_back(evaluate(model, shifted(data, right)).probabilities);
    for (std::size_t i = 0; i < first.size(); ++i) {
        ASSERT_NEAR(together[i], (first[i] + second[i]) / 2, 1e-6);
        float sum = 0;
        for (const std::vector<float>& look : looks) sum += look[i];
        ASSERT_NEAR(viewed[i], sum / 6, 1e-4);
    }
}

TEST(Evaluate, GivesTheLossOfALabelThatIsLessLikelyThanAFloatCanTell) {
    Model model = toy_model();
    const Dataset data = toy_dataset(40);
    for (float& parameter : model.parameters) parameter *= 100;
    const LabelledLogits read = read_logits(model, data);
    const Evaluation evaluation = evaluate(model, data);
    double sum = 0;
    for (std::size_t i = 0; i < data.size(); ++i) {
        const auto logits = std::span(read.logits).subspan(i * kToyClasses, kToyClasses);
        double all = 0;
        const double most = *std::max_element(logits.begin(), logits.end());
        for (const float logit : logits) all += std::exp(logit - most);
        const double loss = most + std::log(all) - logits[data.labels[i]];
        EXPECT_NEAR(evaluation.losses[i], loss, 1e-6 * (1 + loss));
        sum += loss;
    }
    EXPECT_GT(*std::max_element(evaluation.losses.begin(), evaluation.losses.end()), 100);
    EXPECT_NEAR(evaluation.metrics.loss, sum / 40, 1e-6 * sum);
    // Of two that agree, the mean of their probabilities is either's.
    const Model twice[] = {model, model};
    EXPECT_NEAR(evaluate(twice, data).metrics.loss, evaluation.metrics.loss, 1e-9 * evaluation.metrics.loss);
}

TEST(Evaluate, RefusesClassesThatTheModelDidNotLearn) {
    Dataset more = toy_dataset(8);
    more.class_names.emplace_back("4");
    EXPECT_TRUE(contains(data_refusal([&] { evaluate(toy_model(), more); }), "5 classes"));
    Dataset renamed = toy_dataset(8);
    renamed.class_names[2] = "Z";
    EXPECT_TRUE(contains(data_refusal([&] { evaluate(toy_model(), renamed); }), "class 2 is \"Z\""));
}

}  // namespace
}  // namespace inkling
