#include "train/pair_errors.h"

#include <gtest/gtest.h>

namespace inkling {
namespace {

constexpr std::size_t kClasses = 3;

/// What a network reads each image as, with so much probability.
std::vector<float> reading(const std::vector<std::size_t>& classes, float probability) {
    std::vector<float> probabilities;
    for (const std::size_t read : classes)
        for (std::size_t c = 0; c < kClasses; ++c)
            probabilities.push_back(c == read ? probability : (1 - probability) / 2);
    return probabilities;
}

TEST(PairErrors, AreOfNetworksTogether) {
    const Readings readings = read_together({reading({0, 1}, 0.8f), reading({1, 1}, 0.5f)});
    ASSERT_EQ(readings.together.size(), 6u);
    EXPECT_FLOAT_EQ(readings.together[0], (0.8f + 0.25f) / 2);
    EXPECT_FLOAT_EQ(readings.together[1], (0.1f + 0.5f) / 2);
    EXPECT_FLOAT_EQ(readings.together[4], (0.8f + 0.5f) / 2);
}

TEST(PairErrors, AreOfADoubtedLabelElseOfNoNetworkElseToGain) {
    //                                       right, doubted, unresolved, to gain, the other way
    const std::vector<std::uint8_t> labels = {0, 0, 0, 0, 1};
    const Readings readings = read_together({reading({0, 1, 1, 1, 0}, 0.9f), reading({0, 1, 1, 0, 0}, 0.6f)});
    const std::vector<PairErrors> pairs =
        split_errors(readings, labels, kClasses, std::vector<DoubtfulLabel>{{.image = 1}});
    ASSERT_EQ(pairs.size(), 1u);
    EXPECT_EQ(pairs[0].a, 0u);
    EXPECT_EQ(pairs[0].b, 1u);
    EXPECT_EQ(pairs[0].wrong_label, 1);
    EXPECT_EQ(pairs[0].unresolved, 2);
    EXPECT_EQ(pairs[0].to_gain, 1);
    EXPECT_EQ(pairs[0].to_lose, 0);
    EXPECT_EQ(pairs[0].errors(), 4);
}

TEST(PairErrors, CountBesideThemWhatSomeNetworkReadsWrong) {
    // Of two images of class 0, each network reads one right, and the surer one wins.
    const std::vector<std::uint8_t> labels = {0, 0};
    const Readings readings = read_together({reading({0, 1}, 0.9f), reading({1, 0}, 0.6f), reading({1, 0}, 0.5f)});
    const std::vector<PairErrors> pairs = split_errors(readings, labels, kClasses, {});
    ASSERT_EQ(pairs.size(), 1u);
    EXPECT_EQ(pairs[0].to_gain, 1);
    EXPECT_EQ(pairs[0].to_lose, 1);
}

TEST(PairErrors, ComeWithThePairThatHasMostFirst) {
    const std::vector<std::uint8_t> labels = {0, 1, 2, 2};
    const Readings readings = read_together({reading({1, 2, 1, 2}, 0.9f)});
    const std::vector<PairErrors> pairs = split_errors(readings, labels, kClasses, {});
    ASSERT_EQ(pairs.size(), 2u);
    EXPECT_EQ(pairs[0].a, 1u);
    EXPECT_EQ(pairs[0].b, 2u);
    EXPECT_EQ(pairs[0].errors(), 2);
    EXPECT_EQ(pairs[1].errors(), 1);
    EXPECT_EQ(sum_of(pairs).unresolved, 3);
    EXPECT_EQ(sum_of(pairs).errors(), 3);
}

}  // namespace
}  // namespace inkling
