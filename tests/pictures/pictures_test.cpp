#include <cairo/cairo.h>
#include <gtest/gtest.h>

#include <cstring>

#include "core/error.h"
#include "core/files.h"
#include "data/samples.h"
#include "idx_files.h"
#include "pictures/line_chart.h"
#include "pictures/png.h"
#include "pictures/preview.h"
#include "pictures/sheet.h"
#include "temporary_folder.h"

namespace inkling {
namespace {

/// A PNG file read back: (height, width) of 0xRRGGBB.
struct Picture {
    int width = 0;
    int height = 0;
    std::vector<std::uint32_t> pixels;

    std::uint32_t at(int x, int y) const { return pixels[static_cast<std::size_t>(y * width + x)] & 0xFFFFFF; }

    /// Whether any pixel of a rectangle is not white.
    bool has_ink(int x, int y, int columns, int rows) const {
        for (int row = y; row < y + rows; ++row)
            for (int column = x; column < x + columns; ++column)
                if (at(column, row) != 0xFFFFFF) return true;
        return false;
    }
};

Picture read_png(const std::filesystem::path& path) {
    cairo_surface_t* surface = cairo_image_surface_create_from_png(path.c_str());
    EXPECT_EQ(cairo_surface_status(surface), CAIRO_STATUS_SUCCESS) << path;
    Picture picture;
    picture.width = cairo_image_surface_get_width(surface);
    picture.height = cairo_image_surface_get_height(surface);
    picture.pixels.resize(static_cast<std::size_t>(picture.width * picture.height));
    const int stride = cairo_image_surface_get_stride(surface);
    for (int row = 0; row < picture.height; ++row)
        std::memcpy(&picture.pixels[static_cast<std::size_t>(row * picture.width)],
                    cairo_image_surface_get_data(surface) + row * stride, static_cast<std::size_t>(picture.width) * 4);
    cairo_surface_destroy(surface);
    return picture;
}

TEST(Png, HoldsAByteAPixelWithInkInBlack) {
    const TemporaryFolder folder;
    const std::vector<std::uint8_t> pixels = {0, 255, 100, 1, 2, 3};
    const std::string png = png_of(pixels, {.channels = 1, .height = 2, .width = 3});
    EXPECT_EQ(png.substr(16, 13), std::string("\0\0\0\x03\0\0\0\x02\x08\0\0\0\0", 13));  // 8 bits, grey
    write_file(folder / "x.png", png);
    const Picture picture = read_png(folder / "x.png");
    ASSERT_EQ(picture.width, 3);
    ASSERT_EQ(picture.height, 2);
    for (int i = 0; i < 6; ++i)
        EXPECT_EQ(picture.at(i % 3, i / 3), 0x010101u * (255u - pixels[static_cast<std::size_t>(i)])) << i;
}

TEST(Canvas, DrawsInkDarkOnWhitePaperRowByRow) {
    const TemporaryFolder folder;
    Canvas canvas(20, 10);
    const std::vector<std::uint8_t> pixels = {255, 0, 0, 0, 0, 51};
    canvas.image(4, 2, 2, pixels, {1, 2, 3});
    canvas.save(folder / "x.png");
    const Picture picture = read_png(folder / "x.png");
    EXPECT_EQ(picture.width, 20);
    EXPECT_EQ(picture.height, 10);
    EXPECT_EQ(picture.at(4, 2), 0x000000u);
    EXPECT_EQ(picture.at(5, 3), 0x000000u);
    EXPECT_EQ(picture.at(6, 2), 0xFFFFFFu);
    EXPECT_EQ(picture.at(8, 4), 0xCCCCCCu);
    EXPECT_EQ(picture.at(10, 4), 0xFFFFFFu);
    EXPECT_EQ(picture.at(3, 2), 0xFFFFFFu);
}

TEST(Canvas, FillsInColour) {
    const TemporaryFolder folder;
    Canvas canvas(4, 4);
    canvas.fill(1, 1, 2, 2, {10, 20, 30});
    canvas.save(folder / "x.png");
    EXPECT_EQ(read_png(folder / "x.png").at(2, 2), 0x0A141Eu);
    EXPECT_EQ(read_png(folder / "x.png").at(3, 3), 0xFFFFFFu);
}

TEST(Canvas, WritesTextWhereItIsTold) {
    const TemporaryFolder folder;
    Canvas canvas(300, 30);
    const double width = canvas.text_width("Hello", 12);
    EXPECT_GT(width, 15);
    EXPECT_LT(width, 60);
    canvas.text(150, 20, "Hello", 12, kBlack, Align::kRight);
    canvas.save(folder / "x.png");
    const Picture picture = read_png(folder / "x.png");
    EXPECT_TRUE(picture.has_ink(90, 5, 60, 20));
    EXPECT_FALSE(picture.has_ink(152, 0, 148, 30));
    EXPECT_FALSE(picture.has_ink(0, 0, 80, 30));
}

TEST(Canvas, WritesBytesThatAreNoTextByTheirNumbers) {
    const TemporaryFolder folder;
    Canvas canvas(300, 30);
    EXPECT_EQ(canvas.text_width("gr\xfc\xdf"
                                "e \xc3\xbc.png\xe2",
                                12),
              canvas.text_width("gr\\xfc\\xdf"
                                "e \xc3\xbc.png\\xe2",
                                12));
    canvas.text(10, 20, "gr\xfc.png", 12);
    canvas.text(150, 20, "sound", 12);
    canvas.save(folder / "x.png");
    const Picture picture = read_png(folder / "x.png");
    EXPECT_TRUE(picture.has_ink(10, 5, 60, 20));
    EXPECT_TRUE(picture.has_ink(150, 5, 60, 20));
}

TEST(Canvas, RefusesAPictureThatIsTooLarge) { EXPECT_THROW(Canvas(40'000, 10), Error); }

TEST(Sheet, HasEveryTileInItsPlaceWithItsCaption) {
    const TemporaryFolder folder;
    const std::vector<std::uint8_t> full(kPixels, 255);
    const std::vector<Tile> tiles(5, {full, "A", kRed});
    draw_sheet(folder / "sheet.png", "five", tiles, 3, {1, 28, 28});
    const Picture picture = read_png(folder / "sheet.png");
    std::size_t black = 0;
    bool red = false;
    for (const std::uint32_t pixel : picture.pixels) {
        black += (pixel & 0xFFFFFF) == 0 ? 1 : 0;
        red = red || (pixel & 0xFFFFFF) == 0xBE1E1E;
    }
    EXPECT_GE(black, 5 * 84u * 84);
    EXPECT_LT(black, 5 * 84u * 84 + 500);
    EXPECT_TRUE(red);
    EXPECT_GT(picture.width, 3 * 84);
    EXPECT_LT(picture.width, 4 * 84 + 60);
    EXPECT_GT(picture.height, 2 * 84);
    EXPECT_LT(picture.height, 3 * 84 + 60);
    // The sixth place is empty.
    EXPECT_FALSE(picture.has_ink(picture.width - 80, picture.height - 80, 80, 80));
}

TEST(Preview, ShowsTwoRowsOfPixelsALine) {
    const std::vector<std::uint8_t> pixels = {255, 0, 255, 0,  //
                                              255, 0, 0,   255};
    const std::vector<Tile> tiles = {{pixels, "x"}};
    EXPECT_EQ(draw_preview(tiles, {1, 2, 4}, 80, PreviewStyle::kPlain), "█ ▀▄  \n x    \n");
    EXPECT_EQ(draw_preview(tiles, {1, 2, 4}, 80, PreviewStyle::kGreys),
              "\x1b[38;5;255;48;5;255m▀\x1b[38;5;232;48;5;232m▀\x1b[38;5;255;48;5;232m▀\x1b[38;5;232;48;5;255m▀"
              "\x1b[0m  \n x    \n");
}

TEST(Preview, ShowsAsManyTilesAsFitButOne) {
    const std::vector<std::uint8_t> pixels(kPixels);
    const std::vector<Tile> tiles(5, {pixels, "x"});
    const auto captions = [&](int width) {
        const std::string text = draw_preview(tiles, {1, 28, 28}, width, PreviewStyle::kPlain);
        return std::count(text.begin(), text.end(), 'x');
    };
    EXPECT_EQ(captions(10), 1);
    EXPECT_EQ(captions(57), 1);
    EXPECT_EQ(captions(58), 2);
    EXPECT_EQ(captions(88), 3);
    EXPECT_EQ(captions(1000), 5);
}

TEST(LineChart, DrawsLinesAndMarksWhereTheirValuesAre) {
    const TemporaryFolder folder;
    LineChart chart{
        .title = "loss", .x_name = "rate", .y_name = "loss", .x = {1e-4, 1e-2, 1}, .lines = {}, .marks = {}};
    chart.lines.push_back({.name = "steady", .y = {0.5, 0.5, 0.5}, .colour = kGreen, .width = 3});
    chart.lines.push_back({.name = "beyond", .y = {7, 7, 7}, .colour = kBlack, .width = 3});
    chart.marks.push_back({.name = "here", .x = 1e-3, .colour = kRed});
    draw_line_chart(folder / "chart.png", chart);
    const Picture picture = read_png(folder / "chart.png");
    ASSERT_EQ(picture.width, 840);
    ASSERT_EQ(picture.height, 460);
    // The axes span 70 to 820 and, upwards, 404 to 84.
    EXPECT_EQ(picture.at(600, 244), 0x00783Cu);
    EXPECT_EQ(picture.at(600, 84), 0x000000u) << "a value beyond the axis stands at its end";
    const std::uint32_t mark = picture.at(257, 300);
    EXPECT_GT(mark >> 16, 2 * (mark & 0xFF)) << "a quarter of the way";
    EXPECT_EQ(picture.at(300, 300), 0xFFFFFFu);
    EXPECT_TRUE(picture.has_ink(60, 10, 100, 20)) << "title";
    EXPECT_TRUE(picture.has_ink(430, 408, 40, 20)) << "tick of 0.01";
}

Dataset labelled(const std::vector<std::uint8_t>& labels) {
    Dataset data;
    data.labels = labels;
    data.class_names = {"a", "b", "c"};
    return data;
}

TEST(PickSamples, TakesTheClassesInTurn) {
    const Dataset data = labelled({0, 0, 0, 0, 1, 1, 2, 0});
    const auto samples = pick_samples(data, {}, 6, 1);
    std::vector<int> labels;
    for (const std::uint32_t sample : samples) labels.push_back(data.labels[sample]);
    EXPECT_EQ(labels, (std::vector<int>{0, 1, 2, 0, 1, 0}));
}

TEST(PickSamples, TakesOneClassOnlyIfAsked) {
    auto samples = pick_samples(labelled({0, 1, 0, 1, 2, 1}), 1, 10, 1);
    std::sort(samples.begin(), samples.end());
    EXPECT_EQ(samples, (std::vector<std::uint32_t>{1, 3, 5}));
}

TEST(PickSamples, IsTheSeedsChoice) {
    const Dataset data = labelled(std::vector<std::uint8_t>(1000, 1));
    EXPECT_EQ(pick_samples(data, {}, 20, 3), pick_samples(data, {}, 20, 3));
    EXPECT_NE(pick_samples(data, {}, 20, 3), pick_samples(data, {}, 20, 4));
}

}  // namespace
}  // namespace inkling
