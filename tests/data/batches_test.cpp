#include "data/batches.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "core/threads.h"
#include "refusal.h"

namespace inkling {
namespace {

/// Ten images of two pixels, both the sample's index times 10; labels are the index.
Dataset ten_samples() {
    Dataset data;
    data.shape = {1, 1, 2};
    for (std::uint8_t i = 0; i < 10; ++i) {
        data.labels.push_back(i);
        data.images.insert(data.images.end(), 2, static_cast<std::uint8_t>(i * 10));
    }
    data.class_names.resize(10, "x");
    return data;
}

/// The labels of an epoch, batch after batch.
std::vector<std::int32_t> epoch_labels(Batches& batches, int batch_size) {
    std::vector<std::int32_t> all;
    std::vector<float> images(static_cast<std::size_t>(batch_size) * 2);
    std::vector<std::int32_t> labels(static_cast<std::size_t>(batch_size));
    for (std::size_t i = 0; i < batches.count(); ++i)
        all.insert(all.end(), labels.begin(), labels.begin() + batches.load(i, images, labels));
    return all;
}

TEST(Batches, ComeInOrderBeforeTheyAreShuffled) {
    const Dataset data = ten_samples();
    Batches batches(data, {1, 4, 2, 9}, 3, {});
    EXPECT_EQ(batches.sample_count(), 4u);
    EXPECT_EQ(epoch_labels(batches, 3), (std::vector<std::int32_t>{1, 4, 2, 9}));
}

TEST(Batches, NormalisePixels) {
    const Dataset data = ten_samples();
    Batches batches(data, {5, 0}, 2, {0.5f, 0.25f});
    std::vector<float> images(4);
    std::vector<std::int32_t> labels(2);
    ASSERT_EQ(batches.load(0, images, labels), 2);
    EXPECT_FLOAT_EQ(images[0], (50.0f / 255 - 0.5f) / 0.25f);
    EXPECT_FLOAT_EQ(images[1], images[0]);
    EXPECT_FLOAT_EQ(images[2], -2.0f);
}

TEST(Batches, LeaveTheRestOfAShortBatchUntouched) {
    const Dataset data = ten_samples();
    Batches batches(data, {1, 2, 3}, 2, {});
    EXPECT_EQ(batches.count(), 2u);
    EXPECT_EQ(batches.whole_count(), 1u);
    std::vector<float> images(4, -7);
    std::vector<std::int32_t> labels(2, -7);
    EXPECT_EQ(batches.load(1, images, labels), 1);
    EXPECT_EQ(labels, (std::vector<std::int32_t>{3, -7}));
    EXPECT_FLOAT_EQ(images[1], 30.0f / 255);
    EXPECT_EQ(images[2], -7);
}

TEST(Batches, CountOneWholeBatchAtLeast) {
    const Dataset data = ten_samples();
    EXPECT_EQ(Batches(data, {1}, 4, {}).whole_count(), 1u);
    EXPECT_EQ(Batches(data, {1, 2, 3, 4}, 2, {}).whole_count(), 2u);
    EXPECT_EQ(Batches(data, {1, 2, 3, 4}, 2, {}).count(), 2u);
}

TEST(Batches, AreLoadedByAsManyThreadsAsTheyWereMadeFor) {
    const Dataset data = ten_samples();
    Batches batches(data, {1, 2, 3}, 3, {}, {.rotation = 10});
    std::vector<float> images(3 * data.shape.size());
    std::vector<std::int32_t> labels(3);
    const int threads = thread_count();
    for (const int other : {threads + 1, threads + 7}) {
        set_thread_count(other);
        const std::string refusal = refusal_with(ExitStatus::kFailed, [&] { batches.load(0, images, labels); });
        set_thread_count(threads);
        EXPECT_EQ(refusal, fmt::format("batches made for {} threads cannot be loaded with {}", threads, other));
    }
    EXPECT_EQ(batches.load(0, images, labels), 3);
}

TEST(Batches, ShuffleBySeedAndEpochAlone) {
    const Dataset data = ten_samples();
    std::vector<std::uint32_t> samples(10);
    std::iota(samples.begin(), samples.end(), 0u);
    Batches batches(data, samples, 4, {});
    batches.shuffle(7, 0);
    const auto first = epoch_labels(batches, 4);
    batches.shuffle(7, 1);
    const auto second = epoch_labels(batches, 4);
    EXPECT_NE(first, second);

    Batches others(data, samples, 4, {});
    others.shuffle(7, 1);
    EXPECT_EQ(epoch_labels(others, 4), second);
    others.shuffle(8, 1);
    EXPECT_NE(epoch_labels(others, 4), second);

    auto sorted = second;
    std::sort(sorted.begin(), sorted.end());
    EXPECT_EQ(sorted, (std::vector<std::int32_t>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}));
}

}  // namespace
}  // namespace inkling
