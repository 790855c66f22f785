#include "data/augmentation.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>
#include <vector>

#include "core/threads.h"
#include "data/batches.h"

namespace inkling {
namespace {

constexpr Shape kShape{1, 28, 28};
constexpr float kBackground = -1;
constexpr Greys kGreys{kBackground, 1};

/// A square of ink, 6 pixels wide, off the centre.
std::vector<float> square() {
    std::vector<float> image(kShape.size(), kBackground);
    for (int y = 8; y < 14; ++y)
        for (int x = 12; x < 18; ++x) image[static_cast<std::size_t>(y) * kShape.width + x] = 1;
    return image;
}

std::vector<float> distorted(const AugmentationSpec& spec, std::uint32_t sample) {
    const std::vector<float> image = square();
    const Distortion distortion(spec, kShape);
    std::vector<float> scratch(distortion.scratch_size());
    std::vector<float> output(kShape.size());
    distortion.apply(image, kGreys, RandomStream(7, Purpose::kAugmentation, 0, sample), scratch, output.data());
    return output;
}

struct Ink {
    double amount = 0, x = 0, y = 0;
};

Ink measure(const std::vector<float>& image) {
    Ink ink;
    for (int y = 0; y < kShape.height; ++y) {
        for (int x = 0; x < kShape.width; ++x) {
            const double value = image[static_cast<std::size_t>(y) * kShape.width + x] - kBackground;
            ink.amount += value;
            ink.x += value * x;
            ink.y += value * y;
        }
    }
    ink.x /= ink.amount;
    ink.y /= ink.amount;
    return ink;
}

TEST(Augmentation, OfNoExtentLeavesTheImage) {
    EXPECT_FALSE(AugmentationSpec{}.active());
    EXPECT_EQ(distorted({}, 0), square());
}

std::vector<float> placed(const Placement& placement) {
    const std::vector<float> image = square();
    const Distortion distortion({}, kShape);
    std::vector<float> scratch(distortion.scratch_size());
    std::vector<float> output(kShape.size());
    distortion.place(image, kGreys, placement, scratch, output.data());
    return output;
}

TEST(Placement, MovesTheInkAsItSays) {
    EXPECT_EQ(placed({}), square());
    const Ink before = measure(square());
    const Ink shifted = measure(placed({.x = 2, .y = -1}));
    EXPECT_NEAR(shifted.amount, before.amount, 1e-3);
    EXPECT_NEAR(shifted.x, before.x + 2, 1e-3);
    EXPECT_NEAR(shifted.y, before.y - 1, 1e-3);
    // A quarter turn, clockwise, about the centre at 13.5, then a shift.
    const Ink turned = measure(placed({.rotation = 90, .x = 1}));
    EXPECT_NEAR(turned.amount, before.amount, 1e-2);
    EXPECT_NEAR(turned.x - 13.5, -(before.y - 13.5) + 1, 1e-3);
    EXPECT_NEAR(turned.y - 13.5, before.x - 13.5, 1e-3);
}

TEST(Augmentation, TranslationMovesTheInkWithoutChangingIt) {
    const Ink before = measure(square());
    double farthest = 0;
    for (std::uint32_t sample = 0; sample < 100; ++sample) {
        const Ink after = measure(distorted({.translation = 2}, sample));
        EXPECT_NEAR(after.amount, before.amount, 1e-3);
        EXPECT_LE(std::abs(after.x - before.x), 2.0001);
        EXPECT_LE(std::abs(after.y - before.y), 2.0001);
        farthest = std::max(farthest, std::abs(after.x - before.x));
    }
    EXPECT_GT(farthest, 1.5);
}

TEST(Augmentation, RotationKeepsAmountAndDistanceFromTheCentre) {
    const Ink before = measure(square());
    const double centre = 13.5;
    double most = 0;
    for (std::uint32_t sample = 0; sample < 100; ++sample) {
        const Ink after = measure(distorted({.rotation = 30}, sample));
        EXPECT_NEAR(after.amount, before.amount, 0.02 * before.amount);
        EXPECT_NEAR(std::hypot(after.x - centre, after.y - centre), std::hypot(before.x - centre, before.y - centre),
                    0.1);
        const double angle =
            std::atan2(after.y - centre, after.x - centre) - std::atan2(before.y - centre, before.x - centre);
        EXPECT_LE(std::abs(angle), 0.54);  // 30 degrees and the interpolation's error
        most = std::max(most, std::abs(angle));
    }
    EXPECT_GT(most, 0.4);
}

TEST(Augmentation, ScaleChangesTheAmountByItsSquare) {
    const double before = measure(square()).amount;
    double least = before, most = before;
    for (std::uint32_t sample = 0; sample < 200; ++sample) {
        const double amount = measure(distorted({.scale = 0.2}, sample)).amount;
        least = std::min(least, amount);
        most = std::max(most, amount);
    }
    EXPECT_NEAR(least / before, 0.64, 0.05);
    EXPECT_NEAR(most / before, 1.44, 0.05);
}

TEST(Augmentation, WithoutElasticAlphaIsTheAffineMapAloneToTheBit) {
    const AugmentationSpec affine{.rotation = 10, .scale = 0.2, .shear = 0.2, .translation = 2};
    AugmentationSpec still = affine;
    still.elastic_sigma = 7;
    AugmentationSpec moved = affine;
    moved.elastic_alpha = 34;
    for (std::uint32_t sample = 0; sample < 20; ++sample) {
        EXPECT_EQ(distorted(still, sample), distorted(affine, sample));
        EXPECT_NE(distorted(moved, sample), distorted(affine, sample));
    }
    EXPECT_FALSE(AugmentationSpec{.elastic_sigma = 7}.active());
    EXPECT_TRUE(AugmentationSpec{.elastic_alpha = 1}.active());
}

/// The value of the square at a position, interpolated in double; background all around.
double value_at(const std::vector<float>& image, double x, double y) {
    const auto at = [&](double column, double row) {
        const bool inside = column >= 0 && column < kShape.width && row >= 0 && row < kShape.height;
        return inside ? double{image[static_cast<std::size_t>(row * kShape.width + column)]} : double{kBackground};
    };
    const double left = std::floor(x), top = std::floor(y);
    const double right_share = x - left, lower_share = y - top;
    return (1 - lower_share) * ((1 - right_share) * at(left, top) + right_share * at(left + 1, top)) +
           lower_share * ((1 - right_share) * at(left, top + 1) + right_share * at(left + 1, top + 1));
}

/// What Distortion does, in double and a pixel at a time.
std::vector<double> reference(const AugmentationSpec& spec, std::uint32_t sample) {
    const std::vector<float> image = square();
    RandomStream random(7, Purpose::kAugmentation, 0, sample);
    const double angle = random.uniform(-spec.rotation, spec.rotation) * std::numbers::pi / 180;
    const double size = 1 / (1.0 + random.uniform(-spec.scale, spec.scale));
    const double shear = random.uniform(-spec.shear, spec.shear);
    const double move_x = random.uniform(-spec.translation, spec.translation);
    const double move_y = random.uniform(-spec.translation, spec.translation);
    const ElasticField field(spec.elastic_alpha, spec.elastic_sigma, kShape);
    std::vector<float> scratch(field.scratch_size());
    field.draw(random, scratch);
    std::vector<double> output;
    for (int row = 0; row < kShape.height; ++row) {
        std::vector<float> xs(ElasticField::padded_width(kShape.width)), ys(xs.size());
        field.add_row(row, scratch, xs.data(), ys.data());
        for (int column = 0; column < kShape.width; ++column) {
            // Sheared, then turned and resized about the centre, then moved.
            const double dy = row - 13.5, dx = column - 13.5 + shear * dy;
            output.push_back(
                value_at(image, 13.5 + move_x + size * (std::cos(angle) * dx - std::sin(angle) * dy) + xs[column],
                         13.5 + move_y + size * (std::sin(angle) * dx + std::cos(angle) * dy) + ys[column]));
        }
    }
    return output;
}

TEST(Augmentation, EqualsTheObviousOneInDouble) {
    const AugmentationSpec affine{.rotation = 25, .scale = 0.3, .shear = 0.3, .translation = 4};
    AugmentationSpec both = affine;
    both.elastic_alpha = 60;
    both.elastic_sigma = 3;
    for (const AugmentationSpec& spec : {affine, both}) {
        for (std::uint32_t sample = 0; sample < 20; ++sample) {
            const std::vector<float> fast = distorted(spec, sample);
            const std::vector<double> obvious = reference(spec, sample);
            for (std::size_t i = 0; i < fast.size(); ++i) EXPECT_NEAR(fast[i], obvious[i], 2e-4);
        }
    }
}

TEST(Augmentation, PerspectiveMakesOneSideLargerThanTheOther) {
    // A frame of dots, whose distances from the centre tell.
    std::vector<float> frame(kShape.size(), kBackground);
    for (const int x : {6, 21})
        for (int y = 4; y < 24; ++y) frame[static_cast<std::size_t>(y * kShape.width + x)] = 1;
    const Distortion distortion({.perspective = 0.4f}, kShape);
    std::vector<float> scratch(distortion.scratch_size());
    std::vector<float> output(kShape.size());
    bool larger_left = false;
    bool larger_right = false;
    for (std::uint32_t sample = 0; sample < 50; ++sample) {
        distortion.apply(frame, kGreys, RandomStream(7, Purpose::kAugmentation, 0, sample), scratch, output.data());
        double left = 0;
        double right = 0;
        for (std::size_t i = 0; i < output.size(); ++i) (i % 28 < 14 ? left : right) += double{output[i]} - kBackground;
        larger_left = larger_left || left > 1.1 * right;
        larger_right = larger_right || right > 1.1 * left;
    }
    EXPECT_TRUE(larger_left && larger_right);
}

TEST(Augmentation, ThicknessMakesStrokesBolderOrFinerAndBlurKeepsTheInk) {
    const double before = measure(square()).amount;
    double least = before;
    double most = before;
    for (std::uint32_t sample = 0; sample < 50; ++sample) {
        const double amount = measure(distorted({.thickness = 1}, sample)).amount;
        least = std::min(least, amount);
        most = std::max(most, amount);
        EXPECT_NEAR(measure(distorted({.blur = 1}, sample)).amount, before, 1e-3);
    }
    // A square of 36 pixels grows by 24 at its borders and shrinks by 20.
    EXPECT_NEAR(most / before, 1 + 24.0 / 36, 0.05);
    EXPECT_NEAR(least / before, 1 - 20.0 / 36, 0.05);
}

TEST(Augmentation, ErasesAPatchAsOftenAsItSays) {
    int erased = 0;
    for (std::uint32_t sample = 0; sample < 400; ++sample) {
        const std::vector<float> image = distorted({.erasing = 0.5f, .erasing_side = 0.99f}, sample);
        for (const float value : image) EXPECT_TRUE(value == kBackground || value == 1);
        erased += image != square();
    }
    // Half of them, less where the patch missed the ink.
    EXPECT_GT(erased, 60);
    EXPECT_LT(erased, 200);
    EXPECT_EQ(distorted({.erasing = 0, .erasing_side = 0.9f}, 3), square());
}

TEST(Augmentation, NoiseIsGaussianOfItsDeviationInPartsOfBlackToWhite) {
    // Mid-grey, so that little is cut off.
    std::vector<float> plane(40000, 0.0f);
    RandomStream random(1, Purpose::kAugmentation);
    add_noise(plane, 0.1f, kGreys, random);
    double sum = 0;
    double squares = 0;
    double fourths = 0;
    for (const double value : plane) {
        sum += value;
        squares += value * value;
        fourths += value * value * value * value;
    }
    const auto count = static_cast<double>(plane.size());
    EXPECT_NEAR(sum / count, 0, 0.004);
    EXPECT_NEAR(squares / count, 0.2 * 0.2, 0.001);
    EXPECT_NEAR(fourths / count, 3 * std::pow(0.2, 4), 3e-4);
}

TEST(Augmentation, NoiseIsDrawnUpToItsDeviationAndEndsAtBlackAndWhite) {
    double least = 1;
    double most = 0;
    for (std::uint32_t sample = 0; sample < 50; ++sample) {
        const std::vector<float> image = distorted({.noise = 0.2f}, sample);
        double squares = 0;
        for (std::size_t i = 0; i < image.size(); ++i) {
            EXPECT_TRUE(image[i] >= kBackground && image[i] <= 1);
            squares += std::pow(double{image[i]} - square()[i], 2);
        }
        // Half of it is cut off, for all pixels are black or white.
        const double deviation = std::sqrt(2 * squares / static_cast<double>(image.size())) / 2;
        least = std::min(least, deviation);
        most = std::max(most, deviation);
    }
    EXPECT_LT(least, 0.03);
    EXPECT_NEAR(most, 0.2, 0.03);
}

TEST(Augmentation, NoiseLeavesWhatElseIsDrawnAsItWas) {
    const AugmentationSpec spec{.rotation = 10, .blur = 1, .erasing = 1};
    AugmentationSpec noisy = spec;
    noisy.noise = 1e-6f;
    const std::vector<float> plain = distorted(spec, 3);
    const std::vector<float> other = distorted(noisy, 3);
    for (std::size_t i = 0; i < plain.size(); ++i) EXPECT_NEAR(other[i], plain[i], 2e-5);
}

TEST(Augmentation, DistortsEveryChannelAlike) {
    const Shape shape{2, kShape.height, kShape.width};
    std::vector<float> image = square();
    image.insert(image.end(), image.begin(), image.begin() + static_cast<std::ptrdiff_t>(kShape.size()));
    const Distortion distortion({.rotation = 20, .elastic_alpha = 34}, shape);
    std::vector<float> scratch(distortion.scratch_size()), output(shape.size());
    distortion.apply(image, kGreys, RandomStream(1, Purpose::kAugmentation), scratch, output.data());
    const auto middle = output.begin() + static_cast<std::ptrdiff_t>(kShape.size());
    EXPECT_TRUE(std::equal(output.begin(), middle, middle));
    EXPECT_NE(std::vector<float>(output.begin(), middle), square());
}

TEST(Augmentation, ElasticMovesKeepMostOfTheInk) {
    const double before = measure(square()).amount;
    double mean = 0;
    for (std::uint32_t sample = 0; sample < 500; ++sample)
        mean += measure(distorted({.elastic_alpha = 34}, sample)).amount / 500;
    EXPECT_NEAR(mean / before, 1, 0.1);
}

TEST(Augmentation, NeverLeavesTheRangeOfTheImage) {
    const AugmentationSpec spec{.rotation = 180,
                                .scale = 0.9,
                                .shear = 1,
                                .translation = 30,
                                .elastic_alpha = 1000,
                                .elastic_sigma = 1,
                                .perspective = 1,
                                .thickness = 1,
                                .blur = 1,
                                .erasing = 0.5f,
                                .noise = 1};
    for (std::uint32_t sample = 0; sample < 200; ++sample)
        for (const float value : distorted(spec, sample)) {
            EXPECT_GE(value, kBackground);
            EXPECT_LE(value, 1);
        }
}

/// Images of noise, each with its own number as label.
Dataset noise() {
    Dataset data;
    RandomStream random(3, Purpose::kAugmentation);
    for (std::uint8_t label = 0; label < 64; ++label) {
        data.labels.push_back(label);
        for (std::size_t i = 0; i < data.shape.size(); ++i)
            data.images.push_back(static_cast<std::uint8_t>(random.below(256)));
    }
    return data;
}

/// What an epoch makes of one sample, on so many threads.
std::vector<float> seen_in_epoch(const Dataset& data, std::uint32_t epoch, std::int32_t sample, int threads) {
    const int before = thread_count();
    set_thread_count(threads);
    std::vector<std::uint32_t> samples(data.size());
    std::iota(samples.begin(), samples.end(), 0u);
    Batches batches(data, samples, 64, {0.5f, 0.5f}, {.rotation = 10, .translation = 2, .elastic_alpha = 34});
    batches.shuffle(5, epoch);
    std::vector<float> images(data.images.size());
    std::vector<std::int32_t> labels(data.size());
    batches.load(0, images, labels);
    set_thread_count(before);
    const auto place = std::find(labels.begin(), labels.end(), sample) - labels.begin();
    const auto first = images.begin() + place * static_cast<std::ptrdiff_t>(data.shape.size());
    return {first, first + static_cast<std::ptrdiff_t>(data.shape.size())};
}

TEST(Augmentation, IsAFunctionOfSeedEpochAndSampleAlone) {
    const Dataset data = noise();
    const std::vector<float> image = seen_in_epoch(data, 1, 9, 1);
    EXPECT_EQ(seen_in_epoch(data, 1, 9, 2), image);
    EXPECT_NE(seen_in_epoch(data, 2, 9, 1), image);
}

}  // namespace
}  // namespace inkling
