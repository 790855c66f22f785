#include "pictures/character.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>

#include "core/files.h"

namespace inkling {
namespace {

/// RFC 4648, of sound text.
std::vector<std::uint8_t> from_base64(const std::string& text) {
    static const std::string kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::vector<std::uint8_t> bytes;
    std::uint32_t bits = 0;
    int held = 0;
    for (const char digit : text.substr(0, text.find('='))) {
        bits = bits << 6 | static_cast<std::uint32_t>(kDigits.find(digit));
        held += 6;
        if (held < 8) continue;
        held -= 8;
        bytes.push_back(static_cast<std::uint8_t>(bits >> held & 255));
    }
    return bytes;
}

nlohmann::json fixtures() { return nlohmann::json::parse(read_text(INKLING_FIXTURES "/picture_conversion.json")); }

GreyPicture picture_of(const nlohmann::json& fixture) {
    return {.width = fixture["width"],
            .height = fixture["height"],
            .pixels = from_base64(fixture["pixels"].get<std::string>())};
}

std::vector<int> values(const PictureBox& box) { return {box.x, box.y, box.width, box.height}; }

TEST(Character, AgreesWithSciPy) {
    const auto cases = fixtures();
    ASSERT_EQ(cases.size(), 9u);
    for (const auto& expected : cases) {
        const CharacterImage image = convert_picture(picture_of(expected));
        EXPECT_EQ(values(image.box), expected["box"].get<std::vector<int>>()) << expected["name"];
        for (std::size_t i = 0; i < image.pixels.size(); ++i)
            ASSERT_NEAR(image.pixels[i], expected["image"][i].get<int>(), 1) << expected["name"] << ", pixel " << i;
    }
}

TEST(Character, ColoursOfInkAndPaperMakeNoDifference) {
    const auto cases = fixtures();
    const GreyPicture dark = picture_of(cases[0]);
    const CharacterImage expected = convert_picture(dark);
    for (const double contrast : {-1.0, -0.4, 0.3, 0.7}) {
        GreyPicture other = dark;
        for (std::uint8_t& pixel : other.pixels) pixel = static_cast<std::uint8_t>(130 + contrast * (pixel - 130));
        const CharacterImage image = convert_picture(other);
        for (std::size_t i = 0; i < image.pixels.size(); ++i)
            EXPECT_NEAR(image.pixels[i], expected.pixels[i], 12) << contrast << ", pixel " << i;
    }
}

TEST(Character, AnImageOfEmnistsFormStaysAsItIs) {
    GreyPicture picture{.width = 28, .height = 28, .pixels = std::vector<std::uint8_t>(784)};
    picture.pixels[14 * 28 + 3] = 200;
    const CharacterImage kept = convert_picture(picture);
    EXPECT_TRUE(std::equal(kept.pixels.begin(), kept.pixels.end(), picture.pixels.begin()));
    EXPECT_EQ(values(kept.box), (std::vector<int>{0, 0, 28, 28}));
    for (std::uint8_t& pixel : picture.pixels) pixel = static_cast<std::uint8_t>(255 - pixel);
    EXPECT_FALSE(std::equal(kept.pixels.begin(), kept.pixels.end(), convert_picture(picture).pixels.begin()))
        << "ink on white paper is converted";
}

TEST(Character, WithoutInkThereIsNone) {
    for (const auto& [width, height] : {std::pair(1, 1), std::pair(28, 28), std::pair(1, 5000), std::pair(300, 200)})
        for (const std::uint8_t grey : {0, 128, 255}) {
            const GreyPicture picture{.width = width,
                                      .height = height,
                                      .pixels = std::vector<std::uint8_t>(std::size_t(width) * height, grey)};
            const CharacterImage image = convert_picture(picture);
            EXPECT_TRUE(image.box.empty());
            EXPECT_EQ(std::count(image.pixels.begin(), image.pixels.end(), 0), 784);
        }
}

TEST(Character, InkUpToTheEdgeIsRead) {
    GreyPicture picture{.width = 40, .height = 60, .pixels = std::vector<std::uint8_t>(2400, 255)};
    for (int y = 0; y < 60; ++y)
        for (int x = 18; x < 23; ++x) picture.pixels[static_cast<std::size_t>(y) * 40 + x] = 10;
    const CharacterImage image = convert_picture(picture);
    EXPECT_EQ(values(image.box), (std::vector<int>{18, 0, 5, 60}));
    EXPECT_EQ(image.pixels[14 * 28 + 13], 255);
}

}  // namespace
}  // namespace inkling
