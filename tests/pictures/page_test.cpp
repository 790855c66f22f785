#include "pictures/page.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "core/random.h"
#include "pictures/page_marks.h"
#include "refusal.h"
#include "soak.h"

namespace inkling {
namespace {

constexpr std::uint8_t kPaper = 230;
constexpr std::uint8_t kPen = 30;

GreyPicture sheet(int width, int height, std::uint8_t grey = kPaper) {
    return {
        .width = width,
        .height = height,
        .pixels = std::vector<std::uint8_t>(static_cast<std::size_t>(width) * static_cast<std::size_t>(height), grey)};
}

void darken(std::uint8_t& pixel, std::uint8_t grey) { pixel = std::min(pixel, grey); }

void fill(GreyPicture& picture, int x, int y, int width, int height, std::uint8_t grey = kPen) {
    for (int row = std::max(y, 0); row < std::min(y + height, picture.height); ++row)
        for (int column = std::max(x, 0); column < std::min(x + width, picture.width); ++column)
            darken(picture.pixels[static_cast<std::size_t>(row) * picture.width + column], grey);
}

/// A frame, 30 wide and 40 high: a character of ink 5 pixels thick.
void frame(GreyPicture& picture, int x, int y) {
    fill(picture, x, y, 30, 5);
    fill(picture, x, y + 35, 30, 5);
    fill(picture, x, y, 5, 40);
    fill(picture, x + 25, y, 5, 40);
}

/// Lines of frames: `lines` of `count`.
GreyPicture frames(int lines, int count) {
    GreyPicture page = sheet(80 + 45 * count, 60 + 90 * lines);
    for (int line = 0; line < lines; ++line)
        for (int i = 0; i < count; ++i) frame(page, 40 + 45 * i, 50 + 90 * line);
    return page;
}

/// The pieces that were cut, made whole again.
std::vector<std::span<const PagePiece>> wholes(const PageLine& line) {
    std::vector<std::span<const PagePiece>> result;
    for (auto begin = line.pieces.begin(); begin != line.pieces.end();) {
        const auto end =
            std::find_if(begin + 1, line.pieces.end(), [](const PagePiece& piece) { return !piece.is_cut; });
        result.emplace_back(begin, end);
        begin = end;
    }
    return result;
}

std::vector<std::size_t> pieces_of(const Page& page) {
    std::vector<std::size_t> counts;
    for (const PageLine& line : page.lines) counts.push_back(wholes(line).size());
    return counts;
}

Page segmented(const GreyPicture& picture) { return segment_page(picture, "page"); }

/// The picture turned clockwise about its middle, without getting larger.
GreyPicture turned(const GreyPicture& picture, double degrees) {
    const double angle = degrees * std::numbers::pi / 180;
    GreyPicture result = sheet(picture.width, picture.height);
    for (int y = 0; y < picture.height; ++y)
        for (int x = 0; x < picture.width; ++x) {
            const double u = x - picture.width / 2.0, v = y - picture.height / 2.0;
            const auto column = std::lround(std::cos(angle) * u + std::sin(angle) * v + picture.width / 2.0);
            const auto row = std::lround(-std::sin(angle) * u + std::cos(angle) * v + picture.height / 2.0);
            if (column >= 0 && row >= 0 && column < picture.width && row < picture.height)
                result.pixels[static_cast<std::size_t>(y) * picture.width + x] =
                    picture.pixels[static_cast<std::size_t>(row * picture.width + column)];
        }
    return result;
}

TEST(Page, IsCutIntoLinesAndCharactersInReadingOrder) {
    const Page page = segmented(frames(3, 7));
    EXPECT_NEAR(page.height, 40, 2);
    ASSERT_EQ(pieces_of(page), (std::vector<std::size_t>{7, 7, 7}));
    for (std::size_t line = 0; line < 3; ++line) {
        int right = 0;
        for (const PagePiece& piece : page.lines[line].pieces) {
            EXPECT_GE(piece.box.x, right - 2);
            right = piece.box.x + piece.box.width;
            EXPECT_NEAR(piece.box.y, 50 + 90 * static_cast<int>(line), 45);
        }
    }
}

TEST(Page, LightInkAndShadowsMakeNoDifference) {
    GreyPicture light = frames(2, 6);
    for (std::uint8_t& pixel : light.pixels) pixel = static_cast<std::uint8_t>(255 - pixel);
    EXPECT_EQ(pieces_of(segmented(light)), (std::vector<std::size_t>{6, 6}));
    GreyPicture shaded = frames(2, 6);
    for (int y = 0; y < shaded.height; ++y)
        for (int x = 0; x < shaded.width; ++x) {
            std::uint8_t& pixel = shaded.pixels[static_cast<std::size_t>(y) * shaded.width + x];
            pixel = static_cast<std::uint8_t>(pixel * (1 - 0.6 * x / shaded.width) * (y > 120 ? 0.5 : 1));
        }
    EXPECT_EQ(pieces_of(segmented(shaded)), (std::vector<std::size_t>{6, 6}));
}

TEST(Page, IsTurnedUprightAndItsBoxesBack) {
    const GreyPicture level = frames(4, 10);
    for (const double degrees : {-8.0, -3.0, 4.0, 9.0}) {
        const GreyPicture picture = turned(level, degrees);
        const Page page = segmented(picture);
        EXPECT_NEAR(page.ink.turn * 180 / std::numbers::pi, -degrees, 0.5);
        // Where the page's corners were turned out of the picture, so were characters.
        ASSERT_EQ(page.lines.size(), 4u) << degrees;
        const PictureBox box = page.ink.box_in(picture, box_about(wholes(page.lines[1])[4]));
        const double angle = degrees * std::numbers::pi / 180;
        bool is_found = false;
        for (int line = 0; line < 4; ++line)
            for (int i = 0; i < 10; ++i) {
                const double u = 40 + 45 * i + 15 - level.width / 2.0, v = 50 + 90 * line + 20 - level.height / 2.0;
                const double x = std::cos(angle) * u - std::sin(angle) * v + level.width / 2.0;
                const double y = std::sin(angle) * u + std::cos(angle) * v + level.height / 2.0;
                is_found = is_found ||
                           (std::abs(x - box.x - box.width / 2.0) < 3 && std::abs(y - box.y - box.height / 2.0) < 3);
            }
        EXPECT_TRUE(is_found) << degrees;
    }
}

TEST(Page, RulesGoThoughTheyAreAsDarkAsInk) {
    GreyPicture page = frames(3, 8);
    for (int line = 0; line < 3; ++line) {
        fill(page, 0, 50 + 90 * line + 30, page.width, 3);
        fill(page, 0, 50 + 90 * line + 60, page.width, 3);
    }
    EXPECT_EQ(pieces_of(segmented(page)), (std::vector<std::size_t>{8, 8, 8}));
    GreyPicture squared = frames(3, 8);
    for (int x = 17; x < squared.width; x += 60) fill(squared, x, 0, 2, squared.height, 170);
    for (int y = 17; y < squared.height; y += 60) fill(squared, 0, y, squared.width, 2, 170);
    EXPECT_EQ(pieces_of(segmented(squared)), (std::vector<std::size_t>{8, 8, 8}));
}

TEST(Page, PointsAndBarsBelongToWhatTheyStandAbove) {
    GreyPicture page = frames(1, 2);
    fill(page, 130, 65, 6, 25);  // an i
    fill(page, 131, 50, 6, 6);
    fill(page, 160, 50, 25, 6);  // a 5 whose flag is apart
    fill(page, 160, 62, 6, 28);
    fill(page, 160, 84, 25, 6);
    fill(page, 195, 84, 6, 6);  // a full stop
    const Page read = segmented(page);
    ASSERT_EQ(pieces_of(read), (std::vector<std::size_t>{4}));
    EXPECT_NEAR(box_about(wholes(read.lines[0])[2]).height, 42, 2);
    EXPECT_NEAR(box_about(wholes(read.lines[0])[3]).height, 42, 2);
}

TEST(Page, FullStopsCommasApostrophesAndDashesAreLeftOut) {
    GreyPicture with_stops = sheet(560, 240);
    for (int line = 0; line < 2; ++line)
        for (int i = 0; i < 6; ++i) frame(with_stops, 40 + 80 * i, 50 + 90 * line);
    fill(with_stops, 78, 84, 6, 6);    // a full stop
    fill(with_stops, 158, 82, 6, 18);  // a comma
    fill(with_stops, 238, 50, 5, 14);  // an apostrophe
    fill(with_stops, 313, 68, 30, 6);  // a dash
    fill(with_stops, 398, 64, 6, 6);   // a colon
    fill(with_stops, 398, 84, 6, 6);
    fill(with_stops, 80, 155, 4, 22);  // what is as low as some letters are, is one
    EXPECT_EQ(pieces_of(segmented(with_stops)), (std::vector<std::size_t>{6, 7}));
}

/// The page's lines: where each begins, and how many characters it has.
std::vector<std::pair<int, std::size_t>> begins_of(const Page& page) {
    std::vector<std::pair<int, std::size_t>> begins;
    for (const PageLine& line : page.lines) begins.emplace_back(line.pieces.front().box.x + 1, wholes(line).size());
    return begins;
}

TEST(Page, ColumnsAreReadOneAfterAnother) {
    GreyPicture page = sheet(900, 700);
    for (int i = 0; i < 12; ++i) frame(page, 60 + 60 * i, 40);  // a heading across both
    for (int line = 0; line < 4; ++line)
        for (int i = 0; i < 6; ++i) frame(page, 40 + 45 * i, 140 + 90 * line);
    for (int line = 0; line < 4; ++line)
        for (int i = 0; i < 5; ++i) frame(page, 400 + 45 * i, 165 + 90 * line);  // not on the same rules
    for (int i = 0; i < 12; ++i) frame(page, 60 + 60 * i, 580);
    const std::pair<int, std::size_t> across{60, 12}, left{40, 6}, right{400, 5};
    EXPECT_EQ(begins_of(segmented(page)),
              (std::vector{across, left, left, left, left, right, right, right, right, across}));
}

TEST(Page, CellsOfATableAndWideSpacesAreReadByTheLine) {
    GreyPicture table = sheet(900, 600);
    for (int line = 0; line < 5; ++line)
        for (const int left : {40, 240, 440})
            for (int i = 0; i < 3; ++i) frame(table, left + 45 * i, 50 + 90 * line);
    EXPECT_EQ(pieces_of(segmented(table)), std::vector<std::size_t>(5, 9));
    GreyPicture spaced = sheet(900, 300);
    for (int line = 0; line < 2; ++line)
        for (const int left : {40, 440})
            for (int i = 0; i < 6; ++i) frame(spaced, left + 45 * i, 50 + 90 * line);
    EXPECT_EQ(pieces_of(segmented(spaced)), std::vector<std::size_t>(2, 12));
}

TEST(Page, LeaningWritingIsCutAlongItsStrokes) {
    GreyPicture upright = sheet(760, 420);
    for (int line = 0; line < 3; ++line)
        for (int i = 0; i < 8; ++i) frame(upright, 200 + 45 * i, 50 + 110 * line);
    for (int line = 0; line < 3; ++line) fill(upright, 229, 70 + 110 * line, 290, 3);  // what holds all together
    const double lean = std::tan(35 * std::numbers::pi / 180);
    GreyPicture leaning = sheet(upright.width, upright.height);
    for (int y = 0; y < leaning.height; ++y)
        for (int x = 0; x < leaning.width; ++x) {
            const auto column = std::lround(x + lean * (y - leaning.height / 2.0));
            if (column >= 0 && column < upright.width)
                leaning.pixels[static_cast<std::size_t>(y) * leaning.width + x] =
                    upright.pixels[static_cast<std::size_t>(y * upright.width + column)];
        }
    const Page page = segmented(leaning);
    ASSERT_EQ(page.lines.size(), 3u);
    for (int line = 0; line < 3; ++line) {
        const PageLine& found = page.lines[static_cast<std::size_t>(line)];
        EXPECT_NEAR(found.lean, lean - std::tan(17 * std::numbers::pi / 180), 0.1)
            << "what characters lean anyway stays";
        EXPECT_GE(found.pieces.size(), 8u);
        const PictureBox box = found.box_on_page(found.pieces.front().box);
        const double row = 70 + 110 * line;
        EXPECT_NEAR(box.x + box.width / 2.0, 215 - lean * (row - leaning.height / 2.0), 12) << "the first frame";
    }
    for (const PageLine& line : segmented(upright).lines) EXPECT_EQ(line.lean, 0);
}

TEST(Page, WhatTouchesIsCutWhereLittleHoldsItTogether) {
    GreyPicture page = frames(1, 8);
    fill(page, 40 + 45 * 5 + 29, 70, 17, 4);  // what holds two together
    const Page read = segmented(page);
    ASSERT_EQ(pieces_of(read), (std::vector<std::size_t>{7}));
    EXPECT_TRUE(std::ranges::any_of(read.lines[0].pieces, [](const PagePiece& piece) {
        return piece.is_cut && piece.box.x >= 40 + 45 * 5 + 30 && piece.box.x <= 40 + 45 * 6;
    }));
}

TEST(Page, APieceIsReadWithoutItsNeighbours) {
    GreyPicture page = frames(1, 3);
    fill(page, 40 + 45 + 31, 50, 4, 40);  // close to the second one
    const Page read = segmented(page);
    const EmnistImage image = image_of(wholes(read.lines[0])[1]);
    EXPECT_GT(image[2 * 28 + 14], 150) << "a frame's upper side";
    EXPECT_LT(image[14 * 28 + 14], 60) << "its middle";
    EXPECT_LT(image[14 * 28 + 25], 60) << "right of it";
}

TEST(Page, WithoutInkThereIsNothing) {
    for (const auto& [width, height] : {std::pair(1, 1), std::pair(3, 900), std::pair(13, 12), std::pair(300, 200)})
        for (const std::uint8_t grey : {0, 128, 255}) EXPECT_TRUE(segmented(sheet(width, height, grey)).lines.empty());
}

TEST(Page, RefusesMoreMarksThanAPageHas) {
    GreyPicture dots = sheet(1200, 1200);
    for (int y = 2; y < 1200; y += 6)
        for (int x = 2; x < 1200; x += 6) fill(dots, x, y, 3, 3);
    EXPECT_EQ(data_refusal([&] { segmented(dots); }), "page: more than 20000 marks, expected a page of writing");
}

TEST(Page, AnyPictureIsCutOrRefused) {
    const auto count = static_cast<std::uint32_t>(soaked(1000));
    for (std::uint32_t i = 0; i < count; ++i) {
        RandomStream random(4, Purpose::kPictures, 0, i);
        GreyPicture picture = sheet(1 + static_cast<int>(random.below(90)), 1 + static_cast<int>(random.below(90)));
        for (std::uint32_t k = random.below(30); k > 0; --k)
            fill(picture, static_cast<int>(random.below(90)), static_cast<int>(random.below(90)),
                 1 + static_cast<int>(random.below(40)), 1 + static_cast<int>(random.below(40)),
                 static_cast<std::uint8_t>(random.below(256)));
        if (random.below(3) == 0)
            for (std::uint8_t& pixel : picture.pixels) pixel = static_cast<std::uint8_t>(random.below(256));
        const Page page = segmented(picture);
        for (const PageLine& line : page.lines)
            for (const PagePiece& piece : line.pieces) {
                ASSERT_GT(piece.box.width, 0);
                ASSERT_GT(piece.box.height, 0);
                ASSERT_EQ(piece.ink.pixels.size(),
                          static_cast<std::size_t>(piece.box.width) * static_cast<std::size_t>(piece.box.height));
                const PictureBox box = page.ink.box_in(picture, piece.box);
                ASSERT_TRUE(box.x >= 0 && box.y >= 0 && box.x + box.width <= picture.width &&
                            box.y + box.height <= picture.height);
                image_of(std::span(&piece, 1));
            }
    }
}

}  // namespace
}  // namespace inkling
