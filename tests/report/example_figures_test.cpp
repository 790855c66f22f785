#include "report/example_figures.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "toy_data.h"

namespace inkling {
namespace {

/// An evaluation in which each sample of the toy data is taken for a given class.
Evaluation taken_for(const Dataset& data, const std::vector<std::size_t>& classes) {
    Evaluation evaluation;
    for (const std::size_t one : classes)
        for (std::size_t i = 0; i < kToyClasses; ++i) evaluation.probabilities.push_back(i == one ? 0.7f : 0.1f);
    evaluation.metrics = compute_metrics(evaluation.probabilities, data.labels, kToyClasses);
    return evaluation;
}

TEST(Predictions, TakeTheLowerClassInATie) {
    const Evaluation evaluation{.metrics = {}, .probabilities = {0.1f, 0.4f, 0.4f, 0.1f, 0.25f, 0.25f, 0.25f, 0.25f}};
    EXPECT_EQ(predictions(evaluation, 4), (std::vector<std::size_t>{1, 0}));
}

TEST(ConfusedPairs, CountBothWaysAndShowTheFirstImages) {
    const Dataset data = toy_dataset(12);  // classes 0 1 2 3 0 1 2 3 0 1 2 3
    const auto pairs = confused_pairs(taken_for(data, {0, 3, 2, 1, 0, 3, 0, 3, 0, 1, 2, 3}), data);
    ASSERT_EQ(pairs.size(), 2u);
    EXPECT_EQ(pairs[0]["a"], "1");
    EXPECT_EQ(pairs[0]["b"], "3");
    EXPECT_EQ(pairs[0]["a_as_b"], 2);
    EXPECT_EQ(pairs[0]["b_as_a"], 1);
    EXPECT_EQ(pairs[0]["a_images"], 3);
    ASSERT_EQ(pairs[0]["a_as_b_examples"].size(), 2u);
    EXPECT_EQ(pairs[0]["a_as_b_examples"][0]["index"], 1);
    EXPECT_EQ(pairs[0]["a_as_b_examples"][1]["index"], 5);
    EXPECT_EQ(pairs[0]["b_as_a_examples"][0]["index"], 3);
    EXPECT_EQ(pairs[1]["a"], "0");
    EXPECT_EQ(pairs[1]["a_as_b"], 0);
    EXPECT_EQ(pairs[1]["b_as_a"], 1);
}

TEST(ConfusedPairs, AreNoneWhereAllIsRight) {
    const Dataset data = toy_dataset(4);
    EXPECT_TRUE(confused_pairs(taken_for(data, {0, 1, 2, 3}), data).empty());
}

}  // namespace
}  // namespace inkling
