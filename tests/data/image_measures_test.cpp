#include "data/image_measures.h"

#include <gtest/gtest.h>

namespace inkling {
namespace {

/// Images of a bar of full ink, `width` columns by `height` rows, in the middle.
Dataset bars(std::initializer_list<std::pair<std::size_t, std::size_t>> sizes) {
    Dataset data;
    for (const auto& [width, height] : sizes) {
        data.images.resize(data.images.size() + 784);
        for (std::size_t y = 4; y < 4 + height; ++y)
            for (std::size_t x = 4; x < 4 + width; ++x) data.images[data.labels.size() * 784 + y * 28 + x] = 255;
        data.labels.push_back(0);
    }
    return data;
}

TEST(ImageMeasures, OfABarAreItsAreaAndWidth) {
    const ImageMeasures measures = measure_images(bars({{3, 20}, {3, 20}}));
    EXPECT_NEAR(measures.ink[0], 60.0 / 784, 1e-6);
    // Twice the area to the perimeter of 46, one corner of which is cut.
    EXPECT_NEAR(measures.stroke_width[0], 120.0 / 46, 0.05);
    EXPECT_NEAR(measures.greys[15], 60.0 / 784, 1e-9);
    EXPECT_NEAR(measures.greys[0], 724.0 / 784, 1e-9);
    EXPECT_EQ(measures.mean_image[4 * 28 + 4], 255);
}

TEST(ImageMeasures, AverageTheImages) {
    const ImageMeasures measures = measure_images(bars({{2, 10}, {4, 10}}));
    EXPECT_EQ(measures.mean_image[4 * 28 + 7], 127);
    EXPECT_EQ(measures.ink.size(), 2u);
}

TEST(ImageMeasures, OfABlankImageAreZero) {
    const ImageMeasures measures = measure_images(bars({{0, 0}}));
    EXPECT_EQ(measures.ink[0], 0);
    EXPECT_EQ(measures.stroke_width[0], 0);
}

TEST(ImageMeasures, SpreadHasMeanAndQuantiles) {
    std::vector<float> values(101);
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(100 - i);
    const Spread spread = spread_of(values);
    EXPECT_EQ(spread.mean, 50);
    EXPECT_EQ(spread.low, 5);
    EXPECT_EQ(spread.median, 50);
    EXPECT_EQ(spread.high, 95);
}

}  // namespace
}  // namespace inkling
