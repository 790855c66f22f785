#include "data/class_draws.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <numeric>

#include "data/batches.h"

namespace inkling {
namespace {

/// Images of two pixels whose classes, of which the last has none, come as 12, 6, 2.
Dataset uneven() {
    Dataset data;
    data.shape = {1, 1, 2};
    for (const auto& [label, count] : {std::pair{0, 12}, {1, 6}, {2, 2}})
        data.labels.insert(data.labels.end(), count, static_cast<std::uint8_t>(label));
    data.images.resize(data.size() * 2, 100);
    data.class_names = {"a", "b", "c", "d"};
    return data;
}

std::vector<std::uint32_t> all_samples(const Dataset& data) {
    std::vector<std::uint32_t> samples(data.size());
    std::iota(samples.begin(), samples.end(), 0u);
    return samples;
}

std::vector<Draw> draw(const Dataset& data, const std::vector<double>& shares, std::uint32_t epoch = 0) {
    return draw_by_class(data, all_samples(data), shares, RandomStream(1, Purpose::kShuffle, epoch, 1));
}

std::map<int, int> counts_by_class(const Dataset& data, const std::vector<Draw>& draws) {
    std::map<int, int> counts;
    for (const Draw& draw : draws) ++counts[data.labels[draw.sample]];
    return counts;
}

TEST(ClassDraws, ComeInTheSharesAskedForAndLeaveOutClassesWithoutSamples) {
    const Dataset data = uneven();
    EXPECT_EQ(counts_by_class(data, draw(data, {1, 1, 1, 1})), (std::map<int, int>{{0, 7}, {1, 6}, {2, 7}}));
    EXPECT_EQ(counts_by_class(data, draw(data, {0.1, 0.2, 0.2, 0.5})), (std::map<int, int>{{0, 4}, {1, 8}, {2, 8}}));
    EXPECT_EQ(draw(data, {1, 1, 1, 1}).size(), data.size());
}

TEST(ClassDraws, GiveSamplesOfAClassTheirTurnsEquallyOften) {
    const Dataset data = uneven();
    std::map<std::uint32_t, std::vector<std::uint32_t>> repeats;
    for (const Draw& one : draw(data, {1, 1, 2, 0})) repeats[one.sample].push_back(one.repeat);
    for (const std::uint32_t sample : {18u, 19u})
        EXPECT_EQ(repeats[sample], (std::vector<std::uint32_t>{0, 1, 2, 3, 4}));
    for (std::uint32_t sample = 0; sample < 18; ++sample) EXPECT_LE(repeats[sample].size(), 1u);
}

TEST(ClassDraws, TakeOtherSamplesInEachEpoch) {
    const Dataset data = uneven();
    std::vector<int> turns(data.size());
    for (std::uint32_t epoch = 0; epoch < 300; ++epoch)
        for (const Draw& one : draw(data, {1, 1, 1, 0}, epoch)) ++turns[one.sample];
    for (std::size_t sample = 0; sample < 12; ++sample) EXPECT_NEAR(turns[sample], 300 * 7 / 12.0, 40);
}

TEST(ClassDraws, AreDistortedAnewEachTime) {
    Dataset data = uneven();
    data.shape = {1, 8, 8};
    data.images.assign(data.size() * data.shape.size(), 0);
    for (std::size_t i = 0; i < data.images.size(); i += 3) data.images[i] = 255;
    Batches batches(data, {18}, 1, {}, {.rotation = 45});
    Batches twice(data, {0, 18}, 2, {}, {.rotation = 45});
    twice.draw_classes({0, 0, 1, 0});
    std::vector<float> once(data.shape.size());
    std::vector<float> both(2 * data.shape.size());
    std::vector<std::int32_t> labels(2);
    batches.shuffle(5, 0);
    twice.shuffle(5, 0);
    batches.load(0, once, labels);
    ASSERT_EQ(twice.load(0, both, labels), 2);
    EXPECT_EQ(labels, (std::vector<std::int32_t>{2, 2}));
    EXPECT_EQ(twice.sample(0, 0), 18u);
    EXPECT_EQ(twice.sample(0, 1), 18u);
    const auto first = std::span(both).first(once.size());
    const auto second = std::span(both).last(once.size());
    EXPECT_FALSE(std::ranges::equal(first, second));
    EXPECT_TRUE(std::ranges::equal(first, once) || std::ranges::equal(second, once));
}

}  // namespace
}  // namespace inkling
