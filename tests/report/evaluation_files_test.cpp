#include "report/evaluation_files.h"

#include <gtest/gtest.h>

#include "temporary_folder.h"
#include "toy_data.h"

namespace inkling {
namespace {

TEST(EvaluationFiles, HoldTheConfusionMatrixAndTwoPictures) {
    const TemporaryFolder folder;
    const Model model{.recipe = parse_recipe(kToyRecipe, "toy.toml"),
                      .split = "toy",
                      .class_names = kToyClassNames,
                      .normalization = {},
                      .parameters = {},
                      .statistics = {}};
    const Dataset data = toy_dataset(4);
    Evaluation evaluation;
    evaluation.probabilities = {1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1};
    evaluation.metrics = compute_metrics(evaluation.probabilities, data.labels, kToyClasses);
    const auto paths = save_evaluation(folder / "eval", model, data, evaluation, "test");
    ASSERT_EQ(paths.size(), 3u);
    EXPECT_EQ(read_text(paths[0]), "truth\\prediction,0,1,2,3\n0,1,0,0,0\n1,1,0,0,0\n2,0,0,1,0\n3,0,0,0,1\n");
    for (const auto& picture : {paths[1], paths[2]})
        EXPECT_EQ(read_text(picture).substr(0, 8), "\x89PNG\r\n\x1a\n") << picture;
}

TEST(EvaluationFiles, QuoteClassesThatArePunctuation) {
    const TemporaryFolder folder;
    const std::vector<std::string> marks = {",", "\"", ";", "a\nb"};
    const Model model{.recipe = parse_recipe(kToyRecipe, "toy.toml"),
                      .split = "toy",
                      .class_names = marks,
                      .normalization = {},
                      .parameters = {},
                      .statistics = {}};
    Dataset data = toy_dataset(4);
    data.class_names = marks;
    Evaluation evaluation;
    evaluation.probabilities = {1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1};
    evaluation.metrics = compute_metrics(evaluation.probabilities, data.labels, kToyClasses);
    const auto paths = save_evaluation(folder / "eval", model, data, evaluation, "test");
    EXPECT_EQ(
        read_text(paths[0]),
        "truth\\prediction,\",\",\"\"\"\",;,\"a\nb\"\n\",\",1,0,0,0\n\"\"\"\",0,1,0,0\n;,0,0,1,0\n\"a\nb\",0,0,0,1\n");
}

}  // namespace
}  // namespace inkling
