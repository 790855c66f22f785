#include "data/synthetic.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "core/files.h"
#include "core/threads.h"
#include "data/catalogue.h"
#include "data/idx.h"
#include "data/split_writer.h"
#include "refusal.h"
#include "temporary_folder.h"

namespace inkling {
namespace {

EmnistImage pixels_of(const Dataset& data, std::size_t index) {
    EmnistImage pixels{};
    std::copy(data.image(index).begin(), data.image(index).end(), pixels.begin());
    return pixels;
}

class ThreadCount {
  public:
    explicit ThreadCount(int count) { set_thread_count(count); }
    ~ThreadCount() { set_thread_count(before_); }
    ThreadCount(const ThreadCount&) = delete;
    ThreadCount& operator=(const ThreadCount&) = delete;

  private:
    int before_ = thread_count();
};

TEST(Synthetic, ImagesAreTheSameInWhateverOrderAndNumber) {
    const Dataset many = make_synthetic(Part::kTrain, 200, 5);
    const Dataset few = make_synthetic(Part::kTrain, 60, 5);
    EXPECT_TRUE(std::equal(few.images.begin(), few.images.end(), many.images.begin()));
    for (const std::uint32_t index : {199u, 3u, 100u, 0u}) {
        const SyntheticImage image = make_synthetic_image(5, Part::kTrain, index);
        EXPECT_EQ(image.pixels, pixels_of(many, index));
        EXPECT_EQ(image.label, many.labels[index]);
    }
}

TEST(Synthetic, ImagesAreTheSameOnAnyNumberOfThreads) {
    const ThreadCount one(1);
    const Dataset alone = make_synthetic(Part::kTest, 300, 1);
    const ThreadCount three(3);
    const Dataset together = make_synthetic(Part::kTest, 300, 1);
    EXPECT_EQ(alone.images, together.images);
    EXPECT_EQ(alone.labels, together.labels);
    EXPECT_EQ(alone.files[0].sha256, together.files[0].sha256);
}

TEST(Synthetic, ImagesDependOnSeedAndPart) {
    const Dataset data = make_synthetic(Part::kTrain, 94, 0);
    EXPECT_NE(data.images, make_synthetic(Part::kTrain, 94, 1).images);
    EXPECT_NE(data.images, make_synthetic(Part::kTest, 94, 0).images);
}

TEST(Synthetic, ClassesAreThoseOfBalancedAndBalanced) {
    const Dataset data = make_synthetic(Part::kTrain, 47 * 6, 2);
    EXPECT_EQ(data.class_names, official_mapping(*find_official_split("balanced")).class_names);
    for (const std::size_t count : class_histogram(data)) EXPECT_EQ(count, 6u);
    // A writer's classes come in an order of their own.
    EXPECT_FALSE(std::equal(data.labels.begin(), data.labels.begin() + 47, data.labels.begin() + 47));
}

TEST(Synthetic, NoImageIsInBothPartsOrTwiceInOne) {
    const Dataset train = make_synthetic(Part::kTrain, 1000, 0);
    const Dataset test = make_synthetic(Part::kTest, 1000, 0);
    std::set<EmnistImage> images;
    for (std::size_t i = 0; i < 1000; ++i) {
        images.insert(pixels_of(train, i));
        images.insert(pixels_of(test, i));
    }
    EXPECT_EQ(images.size(), 2000u);
}

TEST(Synthetic, NoWriterIsInBothParts) {
    std::set<std::uint32_t> train, test;
    for (std::uint32_t index = 0; index < 10'000; index += 13) {
        train.insert(synthetic_writer(Part::kTrain, index));
        test.insert(synthetic_writer(Part::kTest, index));
    }
    for (const std::uint32_t writer : train) EXPECT_EQ(test.count(writer), 0u);
    EXPECT_EQ(synthetic_writer(Part::kTrain, 0), synthetic_writer(Part::kTrain, 46));
    EXPECT_NE(synthetic_writer(Part::kTrain, 46), synthetic_writer(Part::kTrain, 47));
}

TEST(Synthetic, AWriterMayWriteEachClassSeveralTimes) {
    const Dataset data = make_synthetic(Part::kTrain, 47 * 6, 2, 3);
    EXPECT_EQ(std::set(data.writers.begin(), data.writers.end()).size(), 2u);
    for (const std::uint32_t writer : {0u, 2u}) {
        std::map<int, std::set<std::vector<std::uint8_t>>> images;
        for (std::size_t i = 0; i < data.size(); ++i)
            if (data.writers[i] == writer) images[data.labels[i]].insert({data.image(i).begin(), data.image(i).end()});
        EXPECT_EQ(images.size(), 47u);
        for (const auto& [label, different] : images) EXPECT_EQ(different.size(), 3u) << label;
    }
    EXPECT_TRUE(data.files[0].name.ends_with("282 images, 3 of each class a writer"));
    const SyntheticImage image = make_synthetic_image(2, Part::kTrain, 200, 3);
    EXPECT_TRUE(std::ranges::equal(data.image(200), image.pixels));
    EXPECT_EQ(image.label, synthetic_label(2, Part::kTrain, 200, 3));
}

TEST(Synthetic, ImagesHaveEmnistsBorderAndRange) {
    const Dataset data = make_synthetic(Part::kTrain, 470, 3);
    for (std::size_t i = 0; i < data.size(); ++i) {
        const auto image = data.image(i);
        EXPECT_EQ(*std::max_element(image.begin(), image.end()), 255) << i;
        std::size_t inked = 0;
        for (std::size_t k = 0; k < 28; ++k)
            for (const std::size_t at : {k, 27 * 28 + k, 28 * k, 28 * k + 27}) inked += image[at] > 127 ? 1 : 0;
        EXPECT_LE(inked, 2u) << i;  // a speck at most
    }
}

TEST(Synthetic, RecordsGeneratorSeedAndCount) {
    const Dataset data = make_synthetic(Part::kTest, 47, 9);
    ASSERT_EQ(data.files.size(), 1u);
    EXPECT_EQ(data.files[0].name, "synthetic handwriting, generator 1, seed 9, test part of 47 images");
    EXPECT_EQ(data.files[0].sha256.size(), 64u);
    EXPECT_NE(data.files[0].sha256, make_synthetic(Part::kTest, 48, 9).files[0].sha256);
}

TEST(Synthetic, TooManyImagesAreRefusedBeforeMemoryIsTaken) {
    EXPECT_EQ(usage_refusal([] { make_synthetic(Part::kTrain, std::size_t{1} << 40); }),
              "1099511627776 synthetic images, expected 10000000 at most");
}

TEST(Synthetic, FilesStoreImagesTransposedAsEmnistDoes) {
    const TemporaryFolder folder;
    Dataset made = make_synthetic(Part::kTrain, 1, 0);
    std::fill(made.images.begin(), made.images.end(), std::uint8_t{0});
    made.images[3] = 200;  // row 0, column 3
    const auto stored = parse_idx_images(read_file(write_part(folder.path(), made)[0]), "x");
    EXPECT_EQ(stored[3 * 28], 200);
}

TEST(Synthetic, IsMadeInMemoryWhereThereIsNoFolder) {
    EXPECT_TRUE(made_in_memory({}, "synthetic"));
    EXPECT_FALSE(made_in_memory("somewhere", "synthetic"));
    EXPECT_FALSE(made_in_memory({}, "balanced"));
}

}  // namespace
}  // namespace inkling
