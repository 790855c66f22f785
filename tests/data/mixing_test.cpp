#include "data/mixing.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "core/threads.h"
#include "data/batches.h"

namespace inkling {
namespace {

constexpr Shape kShape{1, 28, 28};

RandomStream stream(std::uint32_t batch) { return {7, Purpose::kMixing, 0, batch}; }

struct Moments {
    double mean = 0;
    double variance = 0;
};

Moments moments_of_beta(double alpha) {
    constexpr int kDraws = 20000;
    Moments moments;
    double squares = 0;
    RandomStream random(1, Purpose::kMixing);
    for (int i = 0; i < kDraws; ++i) {
        const double number = draw_beta(alpha, random);
        EXPECT_TRUE(number >= 0 && number <= 1) << number;
        moments.mean += number / kDraws;
        squares += number * number / kDraws;
    }
    moments.variance = squares - moments.mean * moments.mean;
    return moments;
}

TEST(Beta, HasItsMeanAndVarianceForSmallAlphaAndLarge) {
    for (const double alpha : {1e-4, 0.2, 1.0, 3.0, 100.0}) {
        const Moments moments = moments_of_beta(alpha);
        EXPECT_NEAR(moments.mean, 0.5, 0.015) << alpha;
        const double variance = 1 / (4 * (2 * alpha + 1));
        EXPECT_NEAR(moments.variance, variance, 0.04 * variance) << alpha;
    }
}

TEST(Beta, OfAlphaOneIsUniform) {
    std::vector<int> tenths(10);
    RandomStream random(2, Purpose::kMixing);
    for (int i = 0; i < 10000; ++i) ++tenths[static_cast<std::size_t>(draw_beta(1, random) * 10)];
    for (const int count : tenths) EXPECT_NEAR(count, 1000, 120);
}

TEST(Mixing, IsOneOfTheTwoEquallyOftenAndAsOftenAsItSays) {
    const AugmentationSpec spec{.mixup = 1, .cutmix = 1, .mix_probability = 0.8f};
    int mixed = 0;
    int cut = 0;
    for (std::uint32_t batch = 0; batch < 2000; ++batch) {
        const Mix mix = draw_mix(spec, kShape, stream(batch));
        mixed += mix.share < 1 || mix.patch;
        cut += mix.patch.has_value();
    }
    EXPECT_NEAR(mixed, 1600, 80);
    EXPECT_NEAR(cut, 800, 80);
    for (std::uint32_t batch = 0; batch < 50; ++batch) {
        EXPECT_FALSE(draw_mix({.mixup = 1}, kShape, stream(batch)).patch);
        EXPECT_TRUE(draw_mix({.cutmix = 1}, kShape, stream(batch)).patch);
    }
}

TEST(Mixing, SharesAPatchByItsPixelsWithinTheImage) {
    double mean = 0;
    for (std::uint32_t batch = 0; batch < 2000; ++batch) {
        const Mix mix = draw_mix({.cutmix = 1}, kShape, stream(batch));
        const Patch patch = mix.patch.value();
        EXPECT_GE(patch.left, 0);
        EXPECT_GE(patch.top, 0);
        EXPECT_LE(patch.left + patch.width, kShape.width);
        EXPECT_LE(patch.top + patch.height, kShape.height);
        EXPECT_FLOAT_EQ(mix.share, 1 - static_cast<float>(patch.width * patch.height) / 784);
        mean += mix.share / 2000;
    }
    // Without the parts of patches beyond the image, it would be a half.
    EXPECT_GT(mean, 0.55);
    EXPECT_LT(mean, 0.75);
}

TEST(Mixing, BlendsPartnersOrSwapsAPatch) {
    const Shape shape{2, 2, 3};
    std::vector<float> one(12, 4);
    std::vector<float> other(12, 8);
    mix_images({.share = 0.75f}, shape, one, other);
    EXPECT_EQ(one, std::vector<float>(12, 5));
    EXPECT_EQ(other, std::vector<float>(12, 7));
    mix_images({.share = 0.5f, .patch = Patch{.left = 1, .top = 1, .width = 2, .height = 1}}, shape, one, other);
    EXPECT_EQ(one, (std::vector<float>{5, 5, 5, 5, 7, 7, 5, 5, 5, 5, 7, 7}));
    EXPECT_EQ(other, (std::vector<float>{7, 7, 7, 7, 5, 5, 7, 7, 7, 7, 5, 5}));
}

/// Plain images, each as bright as its number, with its number as label.
Dataset plain_images() {
    Dataset data;
    for (std::uint8_t label = 0; label < 70; ++label) {
        data.labels.push_back(label);
        data.images.insert(data.images.end(), data.shape.size(), static_cast<std::uint8_t>(3 * label));
    }
    data.class_names.resize(70, "x");
    return data;
}

struct Loaded {
    std::vector<float> images;
    std::vector<std::int32_t> labels;
    std::vector<std::int32_t> partners;
    std::vector<float> shares;

    bool operator==(const Loaded&) const = default;
};

Loaded load_second(const AugmentationSpec& spec, std::uint32_t epoch, int batch_size, int threads = 1) {
    const int before = thread_count();
    set_thread_count(threads);
    const Dataset data = plain_images();
    std::vector<std::uint32_t> samples(data.size());
    std::iota(samples.begin(), samples.end(), 0u);
    Batches batches(data, samples, batch_size, {.mean = 0, .deviation = 1}, spec);
    batches.shuffle(5, epoch);
    const auto count = static_cast<std::size_t>(batch_size);
    Loaded loaded{.images = std::vector<float>(count * data.shape.size()),
                  .labels = std::vector<std::int32_t>(count),
                  .partners = {},
                  .shares = {}};
    batches.load(1, loaded.images, loaded.labels);
    const Mixture mixture = batches.mixture();
    loaded.partners.assign(mixture.labels.begin(), mixture.labels.end());
    loaded.shares.assign(mixture.shares.begin(), mixture.shares.end());
    for (std::size_t i = 0; i < count; ++i)
        EXPECT_EQ(batches.sample(1, i), static_cast<std::uint32_t>(loaded.labels[i]));
    set_thread_count(before);
    return loaded;
}

TEST(MixedBatches, AreWhatTheirLabelsAndSharesSay) {
    for (const AugmentationSpec& spec : {AugmentationSpec{.mixup = 1}, AugmentationSpec{.cutmix = 1}})
        for (const int batch_size : {34, 35}) {
            const Loaded loaded = load_second(spec, 1, batch_size);
            ASSERT_EQ(loaded.partners.size(), loaded.labels.size());
            EXPECT_GT(loaded.shares[0], 0);
            EXPECT_LT(loaded.shares[0], 1);
            for (std::size_t i = 0; i < loaded.labels.size(); ++i) {
                const float* const image = &loaded.images[i * kShape.size()];
                const double mean =
                    std::accumulate(image, image + kShape.size(), 0.0) / static_cast<double>(kShape.size());
                const double share = loaded.shares[i];
                EXPECT_NEAR(mean, 3 * (share * loaded.labels[i] + (1 - share) * loaded.partners[i]) / 255, 1e-5);
                EXPECT_EQ(loaded.partners[i], loaded.labels[loaded.labels.size() - 1 - i]);
            }
        }
}

TEST(MixedBatches, AreFunctionsOfSeedEpochAndBatchAlone) {
    const AugmentationSpec spec{.rotation = 5, .noise = 0.1f, .mixup = 1, .cutmix = 1};
    const Loaded loaded = load_second(spec, 1, 35);
    EXPECT_EQ(load_second(spec, 1, 35, 2), loaded);
    EXPECT_NE(load_second(spec, 2, 35).shares, loaded.shares);
}

TEST(MixedBatches, AreNoneWhereNothingIsMixed) {
    EXPECT_TRUE(load_second({.rotation = 5, .mix_probability = 1}, 1, 35).partners.empty());
    EXPECT_EQ(load_second({.mixup = 1, .mix_probability = 0}, 1, 35), load_second({}, 1, 35));
    EXPECT_FALSE((AugmentationSpec{.mixup = 1, .mix_probability = 0}.active()));
    EXPECT_TRUE(AugmentationSpec{.cutmix = 1}.active());
}

}  // namespace
}  // namespace inkling
