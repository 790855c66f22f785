#include "train/metrics.h"

#include <nlohmann/json.hpp>
#include <vector>

#include "core/error.h"
#include "fixtures.h"

namespace inkling {
namespace {

constexpr double kTolerance = 1e-12;

TEST(Metrics, EqualScikitLearnWithClassesThatHaveNoSamplesOrPredictions) {
    const nlohmann::json expected = read_fixture("metrics.json");
    const std::vector<std::uint8_t> labels = expected["labels"];
    const Metrics metrics = compute_metrics(floats(expected["probabilities"]), labels, expected["classes"]);
    EXPECT_NEAR(metrics.loss, expected["loss"], kTolerance);
    EXPECT_NEAR(metrics.accuracy, expected["accuracy"], kTolerance);
    EXPECT_NEAR(metrics.top2_accuracy, expected["top2_accuracy"], kTolerance);
    EXPECT_NEAR(metrics.top3_accuracy, expected["top3_accuracy"], kTolerance);
    EXPECT_NEAR(metrics.macro_precision, expected["macro_precision"], kTolerance);
    EXPECT_NEAR(metrics.macro_recall, expected["macro_recall"], kTolerance);
    EXPECT_NEAR(metrics.macro_f1, expected["macro_f1"], kTolerance);
    EXPECT_EQ(metrics.confusion, expected["confusion"].get<std::vector<std::int64_t>>());
    ASSERT_EQ(metrics.per_class.size(), expected["precision"].size());
    for (std::size_t c = 0; c < metrics.per_class.size(); ++c) {
        EXPECT_NEAR(metrics.per_class[c].precision, expected["precision"][c], kTolerance) << "class " << c;
        EXPECT_NEAR(metrics.per_class[c].recall, expected["recall"][c], kTolerance) << "class " << c;
        EXPECT_NEAR(metrics.per_class[c].f1, expected["f1"][c], kTolerance) << "class " << c;
        EXPECT_EQ(metrics.per_class[c].support, expected["support"][c]) << "class " << c;
    }
}

TEST(Metrics, GiveTiesToTheLowerClass) {
    const std::vector<float> probabilities{0.4f, 0.4f, 0.2f, 0.4f, 0.4f, 0.2f};
    const Metrics metrics = compute_metrics(probabilities, std::vector<std::uint8_t>{0, 1}, 3);
    EXPECT_EQ(metrics.confusion, (std::vector<std::int64_t>{1, 0, 0, 1, 0, 0, 0, 0, 0}));
    EXPECT_EQ(metrics.accuracy, 0.5);
    EXPECT_EQ(metrics.top2_accuracy, 1);
}

TEST(Metrics, KeepTheLossFiniteWhereAProbabilityUnderflowed) {
    const Metrics metrics = compute_metrics(std::vector<float>{1, 0}, std::vector<std::uint8_t>{1}, 2);
    EXPECT_NEAR(metrics.loss, 87.3, 0.1);
}

TEST(Metrics, OfNoSamplesAreZero) {
    const Metrics metrics = compute_metrics({}, {}, 2);
    EXPECT_EQ(metrics.loss, 0);
    EXPECT_EQ(metrics.accuracy, 0);
    EXPECT_EQ(metrics.macro_f1, 0);
}

TEST(Metrics, RefuseALabelBeyondTheClassesAndAWrongNumberOfProbabilities) {
    const std::vector<float> probabilities{0.5f, 0.5f};
    EXPECT_THROW(compute_metrics(probabilities, std::vector<std::uint8_t>{2}, 2), Error);
    EXPECT_THROW(compute_metrics(probabilities, std::vector<std::uint8_t>{0, 1}, 2), Error);
}

TEST(MostConfused, ListsOffDiagonalCountsFromTheMostFrequent) {
    Metrics metrics;
    metrics.per_class.resize(3);
    metrics.confusion = {9, 2, 0, 5, 9, 2, 0, 1, 9};
    const std::vector<Confusion> all = most_confused(metrics, 10);
    ASSERT_EQ(all.size(), 4u);
    const std::vector<Confusion> two = most_confused(metrics, 2);
    ASSERT_EQ(two.size(), 2u);
    EXPECT_EQ(two[0].truth, 1);
    EXPECT_EQ(two[0].prediction, 0);
    EXPECT_EQ(two[0].count, 5);
    EXPECT_EQ(two[1].truth, 0);
    EXPECT_EQ(two[1].prediction, 1);
    EXPECT_EQ(all[3].count, 1);
}

}  // namespace
}  // namespace inkling
