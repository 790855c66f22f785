#include "train/planted_labels.h"

#include <gtest/gtest.h>

#include "toy_data.h"

namespace inkling {
namespace {

TEST(PlantedLabels, AreOtherOnesOfTheShareAskedForAndNoOthers) {
    const Dataset before = toy_dataset(1000);
    Dataset data = before;
    const std::vector<PlantedLabel> planted = plant_wrong_labels(data, 0.1, 5);
    ASSERT_EQ(planted.size(), 100u);
    std::vector<std::size_t> moved(kToyClasses);  // by how many classes, around
    for (std::size_t next = 0, i = 0; i < data.size(); ++i) {
        const bool is_planted = next < planted.size() && planted[next].image == i;
        EXPECT_EQ(data.labels[i] != before.labels[i], is_planted) << i;
        if (!is_planted) continue;
        EXPECT_EQ(planted[next++].truth, before.labels[i]);
        ++moved[static_cast<std::size_t>(data.labels[i] + kToyClasses - before.labels[i]) % kToyClasses];
    }
    for (std::size_t by = 1; by < moved.size(); ++by) EXPECT_GT(moved[by], 15u) << by;
}

TEST(PlantedLabels, AreAFunctionOfTheSeed) {
    const auto labels = [](std::uint64_t seed) {
        Dataset data = toy_dataset(200);
        plant_wrong_labels(data, 0.1, seed);
        return data.labels;
    };
    EXPECT_EQ(labels(1), labels(1));
    EXPECT_NE(labels(1), labels(2));
}

TEST(PlantedLabels, AreNeverOfAClassWithoutImages) {
    Dataset data = toy_dataset(200);
    data.class_names.emplace_back("4");
    plant_wrong_labels(data, 1, 1);
    EXPECT_EQ(class_histogram(data)[4], 0u);
}

TEST(PlantedLabels, AreScoredByAListOfDoubts) {
    const std::vector<PlantedLabel> planted = {
        {.image = 2, .truth = 1}, {.image = 5, .truth = 0}, {.image = 9, .truth = 3}};
    const std::vector<DoubtfulLabel> doubts = {{.image = 9, .given = 1, .suggested = 3},
                                               {.image = 4, .given = 1, .suggested = 0},
                                               {.image = 7, .given = 1, .suggested = 0},
                                               {.image = 5, .given = 1, .suggested = 2}};
    const PlantedScore score = score_planted(planted, doubts);
    EXPECT_EQ(score.planted, 3u);
    EXPECT_EQ(score.listed, 4u);
    EXPECT_EQ(score.found, 2u);
    EXPECT_EQ(score.named, 1u);
    EXPECT_DOUBLE_EQ(score.precision(), 0.5);
    EXPECT_DOUBLE_EQ(score.recall(), 2.0 / 3);
    EXPECT_EQ(score_planted({}, {}).precision(), 0);
}

}  // namespace
}  // namespace inkling
