#include "data/emnist_conversion.h"

#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <vector>

#include "core/files.h"

namespace inkling {
namespace {

struct Picture {
    int width;
    int height;
    std::vector<std::uint8_t> pixels;

    EmnistImage convert() const { return convert_to_emnist(pixels, width, height); }
};

/// Ink in columns left .. right - 1, rows top .. bottom - 1.
Picture rectangle(int width, int height, int left, int top, int right, int bottom, std::uint8_t value = 255) {
    Picture picture{width, height, std::vector<std::uint8_t>(static_cast<std::size_t>(width * height))};
    for (int y = top; y < bottom; ++y)
        for (int x = left; x < right; ++x) picture.pixels[static_cast<std::size_t>(y * width + x)] = value;
    return picture;
}

int at(const EmnistImage& image, int row, int column) { return image[static_cast<std::size_t>(row * 28 + column)]; }

TEST(EmnistConversion, AgreesWithSciPy) {
    const auto cases = nlohmann::json::parse(read_text(INKLING_FIXTURES "/emnist_conversion.json"));
    ASSERT_EQ(cases.size(), 4u);
    for (const auto& expected : cases) {
        Picture picture{expected["width"], expected["height"], {}};
        for (const auto& run : expected["runs"])
            picture.pixels.insert(picture.pixels.end(), run[1].get<std::size_t>(), run[0].get<std::uint8_t>());
        const EmnistImage image = picture.convert();
        for (std::size_t i = 0; i < image.size(); ++i)
            EXPECT_NEAR(image[i], expected["image"][i].get<int>(), 1) << expected["name"] << " " << i;
    }
}

TEST(EmnistConversion, LeavesABorderOfTwoPixelsAroundTheLongerSide) {
    // 48 rows become 24: edges lie between pixels, where a blur of sigma 1, half a pixel, makes Phi(1) and Phi(-1).
    const EmnistImage image = rectangle(128, 128, 40, 30, 76, 78).convert();
    EXPECT_EQ(at(image, 0, 14), 0);
    EXPECT_NEAR(at(image, 1, 14), 255 * 0.1587, 6);
    EXPECT_NEAR(at(image, 2, 14), 255 * 0.8413, 6);
    EXPECT_GE(at(image, 14, 14), 253);  // the kernel overshoots a little near edges
    EXPECT_NEAR(at(image, 25, 14), 255 * 0.8413, 6);
    EXPECT_NEAR(at(image, 26, 14), 255 * 0.1587, 6);
    EXPECT_EQ(at(image, 27, 14), 0);
}

TEST(EmnistConversion, KeepsTheAspectRatioAndCentres) {
    // 24 x 48 becomes 12 x 24: columns 8 to 19.
    const EmnistImage image = rectangle(128, 128, 3, 70, 27, 118).convert();
    EXPECT_LT(at(image, 14, 6), 5);
    EXPECT_NEAR(at(image, 14, 7), 255 * 0.1587, 6);
    EXPECT_NEAR(at(image, 14, 8), 255 * 0.8413, 6);
    EXPECT_NEAR(at(image, 14, 19), 255 * 0.8413, 6);
    EXPECT_NEAR(at(image, 14, 20), 255 * 0.1587, 6);
    EXPECT_LT(at(image, 14, 21), 5);
}

TEST(EmnistConversion, DoesNotCareWhereOnThePaperTheInkIs) {
    EXPECT_EQ(rectangle(128, 128, 10, 20, 30, 60).convert(), rectangle(200, 90, 150, 40, 170, 80).convert());
}

TEST(EmnistConversion, TakesInkAtThePicturesEdge) {
    EXPECT_EQ(rectangle(128, 128, 50, 50, 70, 90).convert(), rectangle(20, 40, 0, 0, 20, 40).convert());
}

TEST(EmnistConversion, ScalesToTheWholeRange) {
    EXPECT_EQ(rectangle(64, 64, 10, 10, 40, 50, 90).convert(), rectangle(64, 64, 10, 10, 40, 50, 255).convert());
}

TEST(EmnistConversion, LeavesABlankPictureBlank) {
    EXPECT_EQ(rectangle(50, 60, 0, 0, 0, 0).convert(), EmnistImage{});
    EXPECT_EQ(rectangle(1, 1, 0, 0, 0, 0).convert(), EmnistImage{});
}

TEST(EmnistConversion, TakesASinglePixel) {
    const EmnistImage image = rectangle(1, 1, 0, 0, 1, 1).convert();
    EXPECT_EQ(*std::max_element(image.begin(), image.end()), 255);
}

}  // namespace
}  // namespace inkling
