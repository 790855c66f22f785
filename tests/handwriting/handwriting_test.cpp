#include "handwriting/handwriting.h"

#include <gtest/gtest.h>

#include <cmath>

#include "data/catalogue.h"
#include "handwriting/glyphs.h"
#include "handwriting/pen_path.h"
#include "refusal.h"

namespace inkling {
namespace {

std::string glyph_refusal(const char* path) {
    return refusal_with(ExitStatus::kFailed, [&] { parse_glyph(path); });
}

TEST(Glyphs, AreStrokesOfKnots) {
    const Skeleton skeleton = parse_glyph("1,2! -3,40 5,60! | 7,8 9,10");
    ASSERT_EQ(skeleton.size(), 2u);
    ASSERT_EQ(skeleton[0].size(), 3u);
    EXPECT_TRUE(skeleton[0][0].corner);
    EXPECT_FALSE(skeleton[0][1].corner);
    EXPECT_EQ(skeleton[0][1].at.x, -3);
    EXPECT_EQ(skeleton[0][1].at.y, 40);
    EXPECT_EQ(skeleton[1][1].at.y, 10);
}

TEST(Glyphs, RefuseWhatIsNoStroke) {
    EXPECT_TRUE(contains(glyph_refusal("1,2 x"), "glyph \"1,2 x\": expected a whole number before \"x\""));
    EXPECT_TRUE(contains(glyph_refusal("1;2 3,4"), "expected a comma before \";2 3,4\""));
    EXPECT_TRUE(contains(glyph_refusal("1,2 | 3,4 5,6"), "a stroke of fewer than two knots"));
    EXPECT_TRUE(contains(glyph_refusal(""), "a stroke of fewer than two knots"));
}

TEST(Glyphs, HaveSeveralFormsOfEachClassOfBalanced) {
    const int classes = static_cast<int>(find_official_split("balanced")->class_names.size());
    for (int label = 0; label < classes; ++label) {
        EXPECT_GE(glyphs_of(label).size(), 4u) << label;
        for (const Glyph& glyph : glyphs_of(label)) EXPECT_GT(glyph.weight, 0) << label;
    }
}

TEST(PenPath, JoinsCornersByLines) {
    const Skeleton skeleton = parse_glyph("0,0! 30,40! 30,90!");
    const std::vector<Point> path = trace_stroke(skeleton[0], 4);
    ASSERT_GT(path.size(), 20u);
    for (const Point at : path) {
        if (at.y <= 40)
            EXPECT_NEAR(at.x, at.y * 0.75f, 1e-3f);
        else
            EXPECT_NEAR(at.x, 30, 1e-3f);
    }
}

TEST(PenPath, PassesThroughSmoothKnotsWithoutAnEdge) {
    const Skeleton skeleton = parse_glyph("0,0 40,30 80,0");
    const std::vector<Point> path = trace_stroke(skeleton[0], 1);
    float nearest = 1e9f, sharpest = 1;
    for (std::size_t i = 1; i + 1 < path.size(); ++i) {
        nearest = std::min(nearest, std::hypot(path[i].x - 40, path[i].y - 30));
        const float ax = path[i].x - path[i - 1].x, ay = path[i].y - path[i - 1].y;
        const float bx = path[i + 1].x - path[i].x, by = path[i + 1].y - path[i].y;
        sharpest = std::min(sharpest, (ax * bx + ay * by) / (std::hypot(ax, ay) * std::hypot(bx, by)));
    }
    EXPECT_NEAR(nearest, 0, 1e-3f);
    EXPECT_GT(sharpest, 0.99f);  // the cosine of the largest turn
}

TEST(PenPath, SmoothingRoundsACornerAndKeepsTheEnds) {
    std::vector<Point> path = trace_stroke(parse_glyph("0,0! 40,0! 40,40!")[0], 4);
    const std::size_t corner = path.size() / 2;
    ASSERT_EQ(path[corner].x, 40);
    smooth_path(path, 2);
    EXPECT_NEAR(path.front().x, 0, 1e-3f);
    EXPECT_NEAR(path.back().y, 40, 1e-3f);
    EXPECT_LT(path[corner].x, 38.5f);
    EXPECT_GT(path[corner].y, 1.5f);
}

TEST(PenPath, SmoothingLeavesALineALine) {
    std::vector<Point> path = trace_stroke(parse_glyph("0,0! 60,30!")[0], 4);
    const std::vector<Point> before = path;
    smooth_path(path, 2.5f);
    for (std::size_t i = 0; i < path.size(); ++i) EXPECT_NEAR(path[i].x, before[i].x, 1e-3f);
}

TEST(Handwriting, StaysOnThePaper) {
    for (std::uint32_t number = 0; number < 60; ++number) {
        const Writer writer = make_writer(7, number);
        for (int label = 0; label < 47; ++label) {
            RandomStream random(7, Purpose::kHandwriting, number, static_cast<std::uint32_t>(label));
            const auto strokes = write_character(writer, label, random);
            ASSERT_FALSE(strokes.empty());
            for (const InkStroke& stroke : strokes)
                for (const InkPoint& point : stroke) {
                    ASSERT_TRUE(std::isfinite(point.at.x) && std::isfinite(point.at.y)) << number << " " << label;
                    EXPECT_GT(point.at.x - point.radius, -9) << number << " " << label;
                    EXPECT_LT(point.at.y + point.radius, kPaperSize + 9) << number << " " << label;
                }
        }
    }
}

TEST(Handwriting, IsAWritersOwn) {
    const auto slant_of = [](std::uint32_t number) { return make_writer(3, number).slant; };
    EXPECT_EQ(slant_of(5), slant_of(5));
    EXPECT_NE(slant_of(5), slant_of(6));
}

TEST(Paper, CoversACapsule) {
    Paper paper;
    const InkStroke stroke = {{{20, 64}, 3}, {{100, 64}, 3}};
    paper.draw(stroke);
    RandomStream random(0, Purpose::kHandwriting);
    const auto scan = paper.scan(random, 0);
    for (int x = 20; x <= 100; ++x) {
        int inked = 0;
        for (int y = 0; y < kPaperSize; ++y) inked += scan[static_cast<std::size_t>(y * kPaperSize + x)] == 255 ? 1 : 0;
        EXPECT_EQ(inked, 7) << x;  // 61 to 67
    }
    EXPECT_EQ(scan[64 * kPaperSize + 16], 0);
    EXPECT_EQ(scan[64 * kPaperSize + 17], 255);
    paper.clear();
    const auto blank = paper.scan(random, 0.3f);
    EXPECT_EQ(std::count(blank.begin(), blank.end(), 0), kPaperSize * kPaperSize);
}

TEST(Paper, CutsOffWhatLiesOutside) {
    Paper paper;
    const InkStroke stroke = {{{-40, -40}, 2}, {{300, 300}, 5}};
    paper.draw(stroke);
    RandomStream random(0, Purpose::kHandwriting);
    EXPECT_EQ(paper.scan(random, 0)[50 * kPaperSize + 50], 255);
    EXPECT_EQ(paper.scan(random, 0)[50 * kPaperSize + 90], 0);
}

}  // namespace
}  // namespace inkling
