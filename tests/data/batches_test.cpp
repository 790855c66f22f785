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

/// Images and, where they are mixed, partners' labels and shares of a batch that is loaded in parts.
struct Loaded {
    std::vector<float> images, shares;
    std::vector<std::int32_t> labels, partners;
    bool operator==(const Loaded&) const = default;
};

Loaded loaded_in(int parts, const AugmentationSpec& augmentation, std::size_t index) {
    Dataset data{.split = "toy", .shape = {1, 8, 8}, .class_names = {"0", "1", "2"}};
    for (int i = 0; i < 40; ++i) {
        for (int p = 0; p < 64; ++p) data.images.push_back(static_cast<std::uint8_t>(i * 7 + p * p));
        data.labels.push_back(static_cast<std::uint8_t>(i % 3));
    }
    std::vector<std::uint32_t> samples(40);
    std::iota(samples.begin(), samples.end(), 0u);
    Loaded all;
    for (int part = 0; part < parts; ++part) {
        Batches batches(data, samples, 24, {0.5f, 0.25f}, augmentation);
        batches.take_part(part, parts);
        batches.shuffle(5, 3);
        std::vector<float> images(24 * 64);
        std::vector<std::int32_t> labels(24);
        const int count = batches.load(index, images, labels);
        all.images.insert(all.images.end(), images.begin(), images.begin() + count * 64);
        all.labels.insert(all.labels.end(), labels.begin(), labels.begin() + count);
        const Mixture mixture = batches.mixture();
        all.partners.insert(all.partners.end(), mixture.labels.begin(), mixture.labels.end());
        all.shares.insert(all.shares.end(), mixture.shares.begin(), mixture.shares.end());
    }
    return all;
}

TEST(Batches, ComeInPartsAsTheyComeWhole) {
    for (const AugmentationSpec& augmentation : std::initializer_list<AugmentationSpec>{
             {}, {.rotation = 10, .translation = 2}, {.mixup = 1}, {.rotation = 10, .cutmix = 1}})
        for (const std::size_t index : {0, 1}) {  // of 24 images, and the 16 that are left
            const Loaded whole = loaded_in(1, augmentation, index);
            EXPECT_EQ(whole.labels.size(), index == 0 ? 24 : 16);
            for (const int parts : {2, 3, 4, 8}) EXPECT_EQ(loaded_in(parts, augmentation, index), whole) << parts;
        }
    EXPECT_EQ(usage_refusal([] { loaded_in(5, {}, 0); }),
              "a batch of 24 images has no 5 equal parts; set training.batch_size to a multiple of 5");
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
