#include "train/teachers.h"

#include <gtest/gtest.h>

#include <cmath>

#include "data/batches.h"
#include "data/folds.h"
#include "fixtures.h"
#include "refusal.h"
#include "temporary_folder.h"
#include "toy_data.h"
#include "train/evaluate.h"
#include "train/prior.h"
#include "train/trainer.h"

namespace inkling {
namespace {

using Shares = std::vector<double>;

const Shares kEven(kToyClasses, 0.25);
const Shares kPlanted{0.1, 0.2, 0.3, 0.4};

/// A network that takes every image for class c with the c-th of `probabilities`.
Model planted_model(const Shares& probabilities, const Shares& prior) {
    Model model{
        .recipe = parse_recipe("[network]\nfamily = \"mlp\"\nhidden = [2]\n", "planted.toml"),
        .split = "toy",
        .class_names = {kToyClassNames.begin(), kToyClassNames.begin() + static_cast<int>(probabilities.size())},
        .normalization = {.mean = 0.25f, .deviation = 0.5f},
        .shares = prior,
        .prior = prior,
        .parameters = {},
        .statistics = {}};
    const ParameterLayout layout = parameter_layout(model.recipe.network, model.classes());
    model.parameters.resize(layout.parameter_count);
    model.statistics.resize(layout.statistics_count, 1);
    for (const TensorInfo& info : layout.parameters)
        if (info.is_output && info.kind == TensorKind::kBias)
            for (std::size_t c = 0; c < probabilities.size(); ++c)
                model.parameters[info.offset + c] = static_cast<float>(std::log(probabilities[c]));
    return model;
}

class Distillation : public testing::Test {
  protected:
    std::string path(const std::string& name) const { return (folder_ / name).string(); }

    std::string saved(const std::string& name, const Model& model) const {
        save_model(folder_ / name, model);
        return path(name);
    }

    /// A recipe that learns from the file, with other keys set.
    static Recipe taught(const std::string& teacher, const std::vector<std::string>& more = {}) {
        std::vector<std::string> overrides{"distillation.teachers=[\"" + teacher + "\"]", "network.dropout=0"};
        overrides.insert(overrides.end(), more.begin(), more.end());
        return parse_recipe(kToyRecipe, "toy.toml", overrides);
    }

    TrainingResult train_toy(const Recipe& recipe, const TrainerOptions& options = {}) const {
        return train(recipe, data_, stratified_holdout(data_, 0.2, 0), options);
    }

    TemporaryFolder folder_;
    Dataset data_ = toy_dataset(200);
};

double mean_probability(const Model& model, const Dataset& data, std::size_t label) {
    const Evaluation evaluation = evaluate(model, data);
    double sum = 0;
    for (std::size_t i = 0; i < data.size(); ++i) sum += evaluation.probabilities[i * kToyClasses + label];
    return sum / static_cast<double>(data.size());
}

TEST_F(Distillation, TeachesTheTeachersProbabilitiesAtAnyTemperature) {
    const std::string teacher = saved("planted.safetensors", planted_model(kPlanted, kEven));
    for (const char* temperature : {"1", "3"}) {
        const Model student = train_toy(taught(teacher, {"distillation.weight=1", "training.epochs=12",
                                                         std::string("distillation.temperature=") + temperature}))
                                  .model;
        for (std::size_t c = 0; c < kToyClasses; ++c)
            EXPECT_NEAR(mean_probability(student, data_, c), kPlanted[c], 0.03) << temperature;
    }
}

TEST_F(Distillation, TakesTheTeacherAtTheStudentsPrior) {
    // What is taken for class c as often as it is frequent knows nothing of images.
    const std::string teacher = saved("ignorant.safetensors", planted_model(kPlanted, kPlanted));
    const Model student = train_toy(taught(teacher, {"distillation.weight=1", "training.epochs=12"})).model;
    for (std::size_t c = 0; c < kToyClasses; ++c) EXPECT_NEAR(mean_probability(student, data_, c), 0.25, 0.03);
}

TEST_F(Distillation, ByHalfLeavesTheLabelsTheirPart) {
    const std::string teacher = saved("planted.safetensors", planted_model(kPlanted, kEven));
    const Model student = train_toy(taught(teacher, {"distillation.temperature=1", "training.epochs=12"})).model;
    const Evaluation evaluation = evaluate(student, data_);
    double right = 0;
    for (std::size_t i = 0; i < data_.size(); ++i) {
        const std::size_t label = data_.labels[i];
        right += evaluation.probabilities[i * kToyClasses + label] - (0.5 + kPlanted[label] / 2);
    }
    EXPECT_NEAR(right / static_cast<double>(data_.size()), 0, 0.05);
}

TEST_F(Distillation, AsksTheMeanOfTeachersAboutImagesAsTheyLearnedToSeeThem) {
    const Recipe recipe = parse_recipe(kToyRecipe, "toy.toml");
    std::vector<Model> models;
    for (const char* seed : {"training.seed=1", "training.seed=2"}) {
        const std::vector<std::string> overrides{seed};
        models.push_back(train_toy(parse_recipe(kToyRecipe, "toy.toml", overrides)).model);
    }
    const Evaluation expected = evaluate(models, data_);
    const Normalization other{.mean = 0.7f, .deviation = 0.2f};
    const int count = static_cast<int>(data_.size());
    std::vector<std::uint32_t> samples(data_.size());
    for (std::uint32_t i = 0; i < samples.size(); ++i) samples[i] = i;
    Batches batches(data_, samples, count, other);
    std::vector<float> images(data_.images.size());
    std::vector<std::int32_t> labels(data_.size());
    batches.load(0, images, labels);
    Teachers teachers(models, models[0].prior, 1, other, count);
    EXPECT_TRUE(close(teachers.probabilities(images), expected.probabilities, 1e-4));
}

TEST_F(Distillation, WithoutWeightIsNoneToTheByte) {
    const std::string teacher = saved("planted.safetensors", planted_model(kPlanted, kEven));
    const Model plain =
        train_toy(parse_recipe(kToyRecipe, "toy.toml", std::vector<std::string>{"network.dropout=0"})).model;
    const Model weightless = train_toy(taught(teacher, {"distillation.weight=0"})).model;
    EXPECT_EQ(weightless.parameters, plain.parameters);
    EXPECT_EQ(weightless.statistics, plain.statistics);
    EXPECT_NE(train_toy(taught(teacher)).model.parameters, plain.parameters);
}

TEST_F(Distillation, GoesOnToTheByteAndOnlyWithTheSameTeacher) {
    const std::string teacher = saved("planted.safetensors", planted_model(kPlanted, kEven));
    const Recipe recipe = taught(teacher, {"augmentation.mixup=1", "augmentation.cutmix=1", "augmentation.noise=0.1"});
    const TrainingResult whole = train_toy(recipe);
    const TrainerOptions resumed{.checkpoint = folder_ / "state.safetensors", .resume = true};
    TrainerOptions stopped = resumed;
    int left = 7;
    stopped.stop = [&] { return --left == 0; };
    ASSERT_EQ(train_toy(recipe, stopped).outcome, Outcome::kInterrupted);
    saved("planted.safetensors", planted_model(kEven, kEven));
    const std::string refusal = usage_refusal([&] { train_toy(recipe, resumed); });
    EXPECT_TRUE(contains(refusal, "cannot resume with another teacher: now \"" + teacher + " with sha256"));
    saved("planted.safetensors", planted_model(kPlanted, kEven));
    const TrainingResult result = train_toy(recipe, resumed);
    EXPECT_EQ(result.model.parameters, whole.model.parameters);
    EXPECT_EQ(result.history.back().train_loss, whole.history.back().train_loss);
}

TEST_F(Distillation, RefusesATeacherThatCannotTeach) {
    EXPECT_TRUE(contains(data_refusal([&] { train_toy(taught(path("nowhere"))); }), path("nowhere")));
    Model model = planted_model(kPlanted, kEven);
    model.class_names = {"0", "1", "2", "x"};
    EXPECT_TRUE(contains(usage_refusal([&] { train_toy(taught(saved("other.safetensors", model))); }),
                         "other.safetensors: this teacher learned \"x\" as class 3, which is \"3\" in split toy"));
    model = planted_model({0.5, 0.5}, {0.5, 0.5});
    EXPECT_TRUE(contains(usage_refusal([&] { train_toy(taught(saved("two.safetensors", model))); }),
                         "this teacher tells the 2 classes of split toy apart, not the 4 of split toy"));
    model = planted_model(kPlanted, kEven);
    model.recipe.network.input = {1, 14, 56};
    EXPECT_TRUE(contains(usage_refusal([&] { train_toy(taught(saved("wide.safetensors", model))); }),
                         "this teacher takes images of 1x14x56, but those of split toy are 1x28x28"));
    model = planted_model(kPlanted, {});
    EXPECT_TRUE(contains(usage_refusal([&] { train_toy(taught(saved("old.safetensors", model))); }),
                         "does not say how frequent it takes its classes to be"));
}

}  // namespace
}  // namespace inkling
