#include "train/confident_learning.h"

#include <nlohmann/json.hpp>

#include "core/error.h"
#include "core/random.h"
#include "fixtures.h"

namespace inkling {
namespace {

using Labels = std::vector<std::uint8_t>;
using Images = std::vector<std::uint32_t>;

Images images_of(const ConfidentLabels& labels) {
    Images images;
    for (const DoubtfulLabel& doubt : labels.doubts) images.push_back(doubt.image);
    return images;
}

TEST(ConfidentLearning, EqualsCleanlab) {
    const nlohmann::json expected = read_fixture("confident_learning.json");
    const Labels labels = expected["labels"];
    const ConfidentLabels found =
        learn_confidently(floats(expected["probabilities"]), labels, expected["classes"].get<std::size_t>());
    ASSERT_EQ(found.thresholds.size(), expected["thresholds"].size());
    for (std::size_t c = 0; c < found.classes; ++c) EXPECT_NEAR(found.thresholds[c], expected["thresholds"][c], 1e-6);
    EXPECT_EQ(found.counts, expected["confident_joint"].get<std::vector<std::int64_t>>());
    EXPECT_EQ(images_of(found), expected["ranked"].get<Images>());
    // cleanlab rounds its joint to whole images.
    const double image = 1 / static_cast<double>(labels.size());
    for (std::size_t i = 0; i < found.joint.size(); ++i) EXPECT_NEAR(found.joint[i], expected["joint"][i], image) << i;
}

// Thresholds are 0.7 and 0.8. The second image is confidently of class 1, the third of none.
const std::vector<float> kProbabilities = {0.98f, 0.02f, 0.1f,  0.9f, 0.65f, 0.35f, 0.9f,
                                           0.1f,  0.87f, 0.13f, 0.1f, 0.9f,  0.3f,  0.7f};
const Labels kLabels = {0, 0, 0, 0, 0, 1, 1};

TEST(ConfidentLearning, DoubtsALabelWhereAnImageIsConfidentlyOfAnotherClass) {
    const ConfidentLabels found = learn_confidently(kProbabilities, kLabels, 2);
    EXPECT_NEAR(found.thresholds[0], 0.7, 1e-6);
    EXPECT_NEAR(found.thresholds[1], 0.8, 1e-6);
    EXPECT_EQ(found.counts, (std::vector<std::int64_t>{3, 1, 0, 1}));
    ASSERT_EQ(found.doubts.size(), 1u);
    const DoubtfulLabel& doubt = found.doubts.front();
    EXPECT_EQ(doubt.image, 1u);
    EXPECT_EQ(doubt.given, 0);
    EXPECT_EQ(doubt.suggested, 1);
    EXPECT_FLOAT_EQ(doubt.given_probability, 0.1f);
    EXPECT_FLOAT_EQ(doubt.suggested_probability, 0.9f);
    EXPECT_NEAR(doubt.margin, -0.8, 1e-6);
}

TEST(ConfidentLearning, EstimatesTheShareOfWrongLabels) {
    const ConfidentLabels found = learn_confidently(kProbabilities, kLabels, 2);
    EXPECT_NEAR(found.joint[0], 5.0 / 7 * 3 / 4, 1e-12);
    EXPECT_NEAR(found.joint[1], 5.0 / 7 * 1 / 4, 1e-12);
    EXPECT_NEAR(found.joint[3], 2.0 / 7, 1e-12);
    EXPECT_NEAR(wrong_share(found), 5.0 / 28, 1e-12);
    EXPECT_NEAR(wrong_share_of(found, 0), 0.25, 1e-12);
    EXPECT_NEAR(wrong_share_of(found, 1), 0, 1e-12);
}

TEST(ConfidentLearning, LeavesALabelAloneThatManyImagesLikeItHave) {
    EXPECT_TRUE(learn_confidently(kProbabilities, kLabels, 2, 0.09).doubts.empty());
    EXPECT_EQ(images_of(learn_confidently(kProbabilities, kLabels, 2, 0.11)), (Images{1}));
    // What is counted does not depend on what is listed.
    EXPECT_EQ(learn_confidently(kProbabilities, kLabels, 2, 0.09).counts, (std::vector<std::int64_t>{3, 1, 0, 1}));
}

TEST(ConfidentLearning, ListsTheWorstFirst) {
    const std::vector<float> probabilities = {0.9f, 0.1f, 0.2f, 0.8f, 0.1f, 0.9f, 0.9f, 0.1f, 0.15f, 0.85f, 0.4f, 0.6f};
    EXPECT_EQ(images_of(learn_confidently(probabilities, Labels{0, 0, 0, 0, 0, 1}, 2)), (Images{2, 4, 1}));
}

TEST(ConfidentLearning, FindsThePlantedShareOfEveryPair) {
    constexpr std::size_t kClasses = 4;
    constexpr std::size_t kImages = 20'000;
    // Of the images of a class, the share that gets each label.
    const double noise[kClasses][kClasses] = {
        {0.90, 0.10, 0.00, 0.00}, {0.02, 0.98, 0.00, 0.00}, {0.00, 0.05, 0.80, 0.15}, {0.00, 0.00, 0.00, 1.00}};
    RandomStream random(3, Purpose::kBenchmark);
    std::vector<float> probabilities;
    Labels labels;
    std::vector<double> planted(kClasses * kClasses);
    for (std::size_t i = 0; i < kImages; ++i) {
        const std::size_t truth = i % kClasses;
        double point = random.uniform();
        std::size_t label = 0;
        while (label + 1 < kClasses && point >= noise[truth][label]) point -= noise[truth][label++];
        labels.push_back(static_cast<std::uint8_t>(label));
        planted[label * kClasses + truth] += 1.0 / kImages;
        // A network that knows the truth, and how labels come of it.
        for (const double probability : noise[truth]) probabilities.push_back(static_cast<float>(probability));
    }
    const ConfidentLabels found = learn_confidently(probabilities, labels, kClasses);
    for (std::size_t i = 0; i < planted.size(); ++i) EXPECT_NEAR(found.joint[i], planted[i], 1e-3) << i;
}

TEST(ConfidentLearning, HasNothingToSayOfAClassWithoutImages) {
    const ConfidentLabels found = learn_confidently(std::vector<float>{0.9f, 0.1f, 0, 0.2f, 0.8f, 0}, Labels{0, 1}, 3);
    EXPECT_EQ(found.thresholds[2], 1);
    EXPECT_EQ(wrong_share_of(found, 2), 0);
    EXPECT_TRUE(found.doubts.empty());
    EXPECT_NEAR(wrong_share(found), 0, 1e-12);
}

TEST(ConfidentLearning, RefusesAWrongNumberOfProbabilities) {
    EXPECT_THROW(learn_confidently(std::vector<float>{0.5f, 0.5f, 0.5f}, Labels{0, 1}, 2), Error);
}

}  // namespace
}  // namespace inkling
