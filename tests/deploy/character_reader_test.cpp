#include "deploy/character_reader.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/files.h"
#include "deploy/explanation.h"
#include "deploy/middle_model.h"
#include "deploy/occlusion.h"
#include "refusal.h"
#include "temporary_folder.h"

namespace inkling {
namespace {

const std::vector<std::string> kNames = {"0", "7", "A", "b"};

TEST(CharacterReader, ReadsTheLikeliestFirst) {
    const Model model = middle_model(1, kNames);
    CharacterReader reader(model, find_charset("", kNames));
    std::vector<EmnistImage> images(130, image_with(0));
    images.back() = image_with(255);
    const auto read = reader.read(images);
    ASSERT_EQ(read.size(), 130u);
    const double sum = 1 + std::exp(1) + std::exp(2) + std::exp(3);
    for (std::size_t place = 0; place < 4; ++place) {
        EXPECT_EQ(read.front().classes[place].label, place) << "the pixel is -1 where there is no ink";
        EXPECT_EQ(read.back().classes[place].label, 3 - place);
        EXPECT_NEAR(read.back().classes[place].probability, std::exp(3.0 - static_cast<double>(place)) / sum, 1e-6);
    }
}

TEST(CharacterReader, ACharsetLeavesTheOthersOut) {
    const Model model = middle_model(1, kNames);
    CharacterReader reader(model, find_charset("digits", kNames));
    const auto read = reader.read(std::vector<EmnistImage>{image_with(255)});
    ASSERT_EQ(read[0].classes.size(), 2u);
    EXPECT_EQ(read[0].classes[0].label, 1u);
    EXPECT_NEAR(read[0].classes[0].probability, std::exp(1) / (1 + std::exp(1)), 1e-6);
    EXPECT_NEAR(read[0].classes[1].probability, 1 / (1 + std::exp(1)), 1e-6);
    EXPECT_EQ(find_charset("letters", kNames), (std::vector<std::size_t>{2, 3}));
    EXPECT_EQ(find_charset("b70", kNames), (std::vector<std::size_t>{0, 1, 3}));
    EXPECT_EQ(usage_refusal([] { find_charset("7x", kNames); }),
              "--charset 7x: the network has no class x, expected some of 0 7 A b");
    EXPECT_EQ(usage_refusal([] {
                  find_charset("letters", {"0", "1"});
              }),
              "--charset letters: the network has no such classes, expected some of 0 1");
}

TEST(CharacterReader, ACharsetHasCharactersOfAnyScript) {
    const std::vector<std::string> names = {"e", "\xc3\xa9", "\xe3\x81\x82", "\xe3\x81\x84",
                                            "\xe3\x81\x82\xe3\x81\x84"};
    EXPECT_EQ(find_charset("\xe3\x81\x84\xe3\x81\x82", names), (std::vector<std::size_t>{2, 3}));
    EXPECT_EQ(find_charset("\xc3\xa9", names), (std::vector<std::size_t>{1}));
    EXPECT_EQ(usage_refusal([&] { find_charset("e\xc3\xa8", names); }),
              "--charset e\xc3\xa8: the network has no class \xc3\xa8, expected some of e \xc3\xa9 \xe3\x81\x82 "
              "\xe3\x81\x84 \xe3\x81\x82\xe3\x81\x84");
    EXPECT_EQ(usage_refusal([&] { find_charset("e\xc3", names); }),
              "--charset: no text in UTF-8, expected characters that are classes");
    EXPECT_TRUE(contains(usage_refusal([&] { find_charset("e\n", names); }), "the network has no class \\x0a,"));
}

TEST(CharacterReader, ASetHasTheLikeliestAndAllThatAreLikelyEnough) {
    const std::vector<ReadClass> classes = {{3, 0.15}, {1, 0.14}, {0, 0.05}};
    const auto labels = [](const std::vector<ReadClass>& set) {
        std::vector<std::size_t> all;
        for (const ReadClass& each : set) all.push_back(each.label);
        return all;
    };
    EXPECT_EQ(labels(set_of(classes, {0.9, 0.14})), (std::vector<std::size_t>{3, 1}));
    EXPECT_EQ(labels(set_of(classes, {0.9, 0.5})), (std::vector<std::size_t>{3}));
    EXPECT_EQ(labels(set_of(classes, {0.99, 0})), (std::vector<std::size_t>{3, 1, 0}));
}

TEST(CharacterReader, RefusesAModelOfOtherImages) {
    Model model = middle_model(1, kNames);
    model.recipe.network.input = {1, 14, 14};
    const ParameterLayout layout = parameter_layout(model.recipe.network, 4);
    model.parameters.assign(layout.parameter_count, 0);
    EXPECT_EQ(data_refusal([&] { CharacterReader(model, {0}); }),
              "the model reads images of 1x14x14, expected 1x28x28");
}

TEST(Occlusion, FindsThePixelThatDecides) {
    const Model model = middle_model(2, kNames);
    CharacterReader reader(model, find_charset("", kNames));
    EmnistImage image{};
    image.fill(255);
    const auto falls = measure_occlusion(reader, image, 3);
    EXPECT_EQ(std::max_element(falls.begin(), falls.end()) - falls.begin(), static_cast<std::ptrdiff_t>(kCentre));
    const double before = 1 / (1 + std::exp(-2) + std::exp(-4) + std::exp(-6));
    const double after = std::exp(-6) / (1 + std::exp(-2) + std::exp(-4) + std::exp(-6));
    EXPECT_NEAR(falls[kCentre], before - after, 1e-5) << "every square over it takes the pixel away";
    EXPECT_NEAR(falls[kCentre + 1], (before - after) * 20 / 25, 1e-5);
    EXPECT_NEAR(falls[kCentre + 4], (before - after) * 5 / 25, 1e-5);
    EXPECT_NEAR(falls[kCentre + 5], 0, 1e-6);
}

TEST(Explanation, IsAPngWithARowForEachPicture) {
    const TemporaryFolder folder;
    const Explanation shown{.caption = std::string(100, '/') + "\xc3\xa4\xc3\xb6.png",
                            .picture = {.width = 2, .height = 1, .pixels = {0, 255}},
                            .character = {.pixels = image_with(255), .box = {0, 0, 1, 1}},
                            .reading = "7 100.0%"};
    const auto height = [&](std::size_t count) {
        draw_explanations(folder / "why.png", std::vector<Explanation>(count, shown));
        const auto png = read_file(folder / "why.png");
        EXPECT_EQ(std::to_integer<int>(png[1]), 'P');
        return 256 * std::to_integer<int>(png[22]) + std::to_integer<int>(png[23]);
    };
    const int one = height(1);
    EXPECT_EQ(height(3) - one, 2 * (height(2) - one));
    EXPECT_GT(height(2), one + 196);
}

}  // namespace
}  // namespace inkling
