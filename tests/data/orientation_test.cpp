#include "data/orientation.h"

#include <gtest/gtest.h>

#include "idx_files.h"

namespace inkling {
namespace {

TEST(Orientation, TransposesEachImage) {
    std::vector<std::uint8_t> images(600 * kPixels);
    for (std::size_t i = 0; i < images.size(); ++i) images[i] = static_cast<std::uint8_t>(i * 31 + i / 784);
    const auto before = images;
    transpose_images(images);
    for (std::size_t i : {0u, 1u, 299u, 599u})
        for (std::size_t row = 0; row < kSide; ++row)
            for (std::size_t column = 0; column < kSide; ++column)
                ASSERT_EQ(images[i * kPixels + row * kSide + column], before[i * kPixels + column * kSide + row]);
}

TEST(Orientation, HasNames) {
    EXPECT_EQ(find_orientation("upright"), Orientation::kUpright);
    EXPECT_EQ(find_orientation("transposed"), Orientation::kTransposed);
    for (const char* name : {"", "Upright", "sideways"}) EXPECT_EQ(find_orientation(name), std::nullopt);
}

TEST(Orientation, IsReadFromTallInk) {
    auto images = strokes(300, 20);
    EXPECT_EQ(measure_orientation(images), Orientation::kTransposed);
    transpose_images(images);
    EXPECT_EQ(measure_orientation(images), Orientation::kUpright);
}

TEST(Orientation, IsLeftOpenByFewEmptyOrRoundImages) {
    EXPECT_EQ(measure_orientation(strokes(249, 20)), std::nullopt);
    EXPECT_EQ(measure_orientation(std::vector<std::uint8_t>(500 * kPixels)), std::nullopt);
    EXPECT_EQ(measure_orientation(std::vector<std::uint8_t>(500 * kPixels, 9)), std::nullopt);
    EXPECT_EQ(measure_orientation({}), std::nullopt);
}

}  // namespace
}  // namespace inkling
