#include "pictures/read_picture.h"

#include <gtest/gtest.h>
#include <leptonica/allheaders.h>
#include <png.h>
#include <zlib.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/error.h"
#include "core/random.h"
#include "pictures/exif_orientation.h"
#include "refusal.h"
#include "soak.h"

namespace inkling {
namespace {

using Bytes = std::vector<std::byte>;
using Pix = std::unique_ptr<PIX, void (*)(PIX*)>;

Pix held(PIX* picture) {
    return {picture, [](PIX* pointer) { pixDestroy(&pointer); }};
}

constexpr int kWidth = 24;
constexpr int kHeight = 16;

/// White, but black in the left third's upper half.
bool is_ink(int x, int y) { return x < kWidth / 3 && y < kHeight / 2; }

Pix corner(int depth, bool transparent = false) {
    Pix picture = held(pixCreate(kWidth, kHeight, depth));
    if (depth == 32) pixSetSpp(picture.get(), transparent ? 4 : 3);
    for (int y = 0; y < kHeight; ++y)
        for (int x = 0; x < kWidth; ++x) {
            const l_uint32 level = is_ink(x, y) ? 0 : depth == 1 ? 1 : 255;
            l_uint32 value = level;
            if (depth == 1) value = 1 - level;
            if (depth == 32) {
                composeRGBPixel(static_cast<l_int32>(level), static_cast<l_int32>(level), static_cast<l_int32>(level),
                                &value);
                if (transparent) value = is_ink(x, y) ? 255 : 0;  // black, and nothing
            }
            pixSetPixel(picture.get(), x, y, value);
        }
    return picture;
}

Bytes encoded(const Pix& picture, int format) {
    l_uint8* data = nullptr;
    std::size_t size = 0;
    EXPECT_EQ(pixWriteMem(&data, &size, picture.get(), format), 0);
    const auto* bytes = reinterpret_cast<const std::byte*>(data);
    Bytes file(bytes, bytes + size);
    lept_free(data);
    return file;
}

void expect_corner(const GreyPicture& picture, const std::string& what) {
    ASSERT_EQ(picture.width, kWidth) << what;
    ASSERT_EQ(picture.height, kHeight) << what;
    for (const auto& [x, y] : {std::pair(2, 2), std::pair(4, 5), std::pair(20, 3), std::pair(2, 13), std::pair(20, 13)})
        EXPECT_NEAR(picture.pixels[static_cast<std::size_t>(y) * kWidth + x], is_ink(x, y) ? 0 : 255, 25) << what;
}

std::string refusal(const Bytes& file) {
    return data_refusal([&] { parse_picture(file, "x"); });
}

void put_word(Bytes& file, std::size_t at, std::uint32_t word, bool big_endian) {
    for (std::size_t i = 0; i < 4; ++i) file[at + i] = static_cast<std::byte>(word >> 8 * (big_endian ? 3 - i : i));
}

/// A JPEG with the orientation that a camera writes.
Bytes with_exif(const Bytes& jpeg, std::uint8_t orientation) {
    const std::string segment = std::string("\xff\xe1\x00\x22", 4) + std::string("Exif\0\0", 6) +
                                std::string("MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0", 19) +
                                std::string(1, static_cast<char>(orientation)) + std::string(6, '\0');
    Bytes file(jpeg.begin(), jpeg.begin() + 2);
    for (const char byte : segment) file.push_back(static_cast<std::byte>(byte));
    file.insert(file.end(), jpeg.begin() + 2, jpeg.end());
    return file;
}

TEST(ReadPicture, ReadsEveryFormatInEveryDepth) {
    for (const auto& [name, format] : {std::pair("PNG", IFF_PNG), std::pair("BMP", IFF_BMP), std::pair("PNM", IFF_PNM),
                                       std::pair("TIFF", IFF_TIFF), std::pair("TIFF packed", IFF_TIFF_LZW)})
        for (const int depth : {1, 8, 32})
            expect_corner(parse_picture(encoded(corner(depth), format), "x"), fmt::format("{} {}", name, depth));
    for (const int depth : {8, 32}) expect_corner(parse_picture(encoded(corner(depth), IFF_JFIF_JPEG), "x"), "JPEG");
    expect_corner(parse_picture(encoded(corner(32), IFF_WEBP), "x"), "WebP");
    expect_corner(parse_picture(encoded(corner(1), IFF_TIFF_G4), "x"), "TIFF as faxes have it");
}

TEST(ReadPicture, TakesWhatIsTransparentForPaper) {
    expect_corner(parse_picture(encoded(corner(32, true), IFF_PNG), "x"), "black ink on nothing");
    Pix white = held(pixCreate(kWidth, kHeight, 32));
    pixSetSpp(white.get(), 4);
    for (int x = 0; x < 5; ++x) pixSetPixel(white.get(), x, 3, 0xFFFFFFFF);
    const GreyPicture picture = parse_picture(encoded(white, IFF_PNG), "x");
    EXPECT_EQ(picture.pixels[3 * kWidth + 2], 255) << "white ink on nothing";
    EXPECT_EQ(picture.pixels[3 * kWidth + 10], 0);
}

TEST(ReadPicture, WeighsColours) {
    Pix picture = held(pixCreate(3, 1, 32));
    pixSetPixel(picture.get(), 0, 0, 0xFF000000);
    pixSetPixel(picture.get(), 1, 0, 0x00FF0000);
    pixSetPixel(picture.get(), 2, 0, 0x0000FF00);
    EXPECT_EQ(parse_picture(encoded(picture, IFF_PNG), "x").pixels, (std::vector<std::uint8_t>{76, 150, 29}));
}

TEST(ReadPicture, TurnsAJpegAsItsExifSays) {
    const Bytes jpeg = encoded(corner(8), IFF_JFIF_JPEG);
    EXPECT_EQ(exif_orientation(jpeg), 1);
    // Where the dark corner comes to lie: left or right, above or below.
    struct Turned {
        bool right, below, on_its_side;
    };
    const std::vector<Turned> expected = {{false, false, false}, {true, false, false}, {true, true, false},
                                          {false, true, false},  {false, false, true}, {true, false, true},
                                          {true, true, true},    {false, true, true}};
    for (std::uint8_t orientation = 1; orientation <= 8; ++orientation) {
        const Bytes file = with_exif(jpeg, orientation);
        EXPECT_EQ(exif_orientation(file), orientation);
        const GreyPicture picture = parse_picture(file, "x");
        const auto [right, below, on_its_side] = expected[orientation - 1u];
        ASSERT_EQ(picture.width, on_its_side ? kHeight : kWidth) << int(orientation);
        for (const bool at_right : {false, true})
            for (const bool at_bottom : {false, true}) {
                const int x = at_right ? picture.width - 3 : 2;
                const int y = at_bottom ? picture.height - 3 : 2;
                const bool dark = at_right == right && at_bottom == below;
                EXPECT_NEAR(picture.pixels[static_cast<std::size_t>(y) * picture.width + x], dark ? 0 : 255, 30)
                    << int(orientation) << ", " << at_right << at_bottom;
            }
    }
    EXPECT_EQ(exif_orientation(with_exif(jpeg, 9)), 1);
}

TEST(ReadPicture, RefusesHeadersOfHugePictures) {
    const std::string rest = "50000x50000 pixels, expected 50 million at most; make it smaller";
    Bytes png = encoded(corner(8), IFF_PNG);
    put_word(png, 16, 50'000, true);
    put_word(png, 20, 50'000, true);
    put_word(png, 29, static_cast<std::uint32_t>(crc32(0, reinterpret_cast<const Bytef*>(&png[12]), 17)), true);
    EXPECT_EQ(refusal(png), "x: " + rest);
    Bytes bmp = encoded(corner(8), IFF_BMP);
    put_word(bmp, 18, 50'000, false);
    put_word(bmp, 22, static_cast<std::uint32_t>(-50'000), false);
    EXPECT_EQ(refusal(bmp), "x: " + rest);
    const std::string pnm = "P5 50000 50000 255\n" + std::string(100, 'x');
    const auto bytes = std::as_bytes(std::span(pnm));
    EXPECT_EQ(refusal(Bytes(bytes.begin(), bytes.end())), "x: " + rest);
    Bytes jpeg = encoded(corner(8), IFF_JFIF_JPEG);
    for (std::size_t at = 2; at + 9 < jpeg.size(); ++at)
        if (jpeg[at] == std::byte{0xff} && jpeg[at + 1] == std::byte{0xc0}) put_word(jpeg, at + 5, 0xC350C350, true);
    EXPECT_EQ(refusal(jpeg), "x: " + rest);
}

TEST(ReadPicture, ReadsTheFirstOfManyPagesOnly) {
    Bytes tiff = encoded(corner(8), IFF_TIFF);
    // Its directory names itself as the next one: a chain without end.
    const auto directory = std::to_integer<std::uint32_t>(tiff[4]) | std::to_integer<std::uint32_t>(tiff[5]) << 8 |
                           std::to_integer<std::uint32_t>(tiff[6]) << 16;
    const std::size_t entries =
        std::to_integer<std::size_t>(tiff[directory]) | std::to_integer<std::size_t>(tiff[directory + 1]) << 8;
    put_word(tiff, directory + 2 + 12 * entries, directory, false);
    expect_corner(parse_picture(tiff, "x"), "TIFF");
}

TEST(ReadPicture, RefusesWhatIsNoPicture) {
    const std::string expected = "x: no picture, expected PNG, JPEG, BMP, PNM, TIFF or WebP";
    EXPECT_EQ(refusal({}), expected);
    EXPECT_EQ(refusal(Bytes(5000, std::byte{7})), expected);
    const std::string text = "This is a text and no picture at all.";
    const auto bytes = std::as_bytes(std::span(text));
    EXPECT_EQ(refusal(Bytes(bytes.begin(), bytes.end())), expected);
}

TEST(ReadPicture, SaysWhatIsWrongWithAPng) {
    Bytes png = encoded(corner(8), IFF_PNG);
    EXPECT_TRUE(contains(refusal(Bytes(png.begin(), png.end() - 20)), "x: damaged or cut off ("));
    png[png.size() - 18] ^= std::byte{1};
    EXPECT_TRUE(contains(refusal(png), "x: damaged or cut off (IDAT: "));
}

Bytes bytes_of(const std::string& text) {
    const auto bytes = std::as_bytes(std::span(text));
    return {bytes.begin(), bytes.end()};
}

/// How a PNG of 16 bits a channel is stored, and what else it says.
struct Wide {
    int colour_type = PNG_COLOR_TYPE_GRAY;
    int interlace = PNG_INTERLACE_NONE;
    double gamma = 0;  // 0: not said
    bool transparent_level = false;
};

constexpr int kWideWidth = 19;
constexpr int kWideHeight = 11;

void put_info(png_structp png, png_infop info, const Wide& wide) {
    png_set_IHDR(png, info, kWideWidth, kWideHeight, 16, wide.colour_type, wide.interlace, PNG_COMPRESSION_TYPE_DEFAULT,
                 PNG_FILTER_TYPE_DEFAULT);
    if (wide.gamma > 0) png_set_gAMA(png, info, wide.gamma);
    const png_color_16 level{.index = 0, .red = 0x1234, .green = 0x1234, .blue = 0x1234, .gray = 0x1234};
    if (wide.transparent_level) png_set_tRNS(png, info, nullptr, 0, &level);
    png_write_info(png, info);
}

/// Random levels, the first of each row 0x1234.
Bytes wide_png(const Wide& wide) {
    Bytes file;
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, nullptr, nullptr);
    png_infop info = png_create_info_struct(png);
    const auto append = [](png_structp from, png_bytep data, std::size_t size) {
        auto& to = *static_cast<Bytes*>(png_get_io_ptr(from));
        for (std::size_t i = 0; i < size; ++i) to.push_back(std::byte{data[i]});
    };
    png_set_write_fn(png, &file, append, [](png_structp) {});
    put_info(png, info, wide);
    RandomStream random(5, Purpose::kPictures, static_cast<std::uint32_t>(wide.colour_type), 0);
    std::vector<std::vector<png_byte>> rows(kWideHeight, std::vector<png_byte>(png_get_rowbytes(png, info)));
    std::vector<png_bytep> pointers;
    for (auto& row : rows) {
        for (png_byte& byte : row) byte = static_cast<png_byte>(random.below(256));
        for (std::size_t i = 0; i < 6 && wide.transparent_level; ++i) row[i] = i % 2 == 0 ? 0x12 : 0x34;
        pointers.push_back(row.data());
    }
    png_write_image(png, pointers.data());
    png_write_end(png, info);
    png_destroy_write_struct(&png, &info);
    return file;
}

TEST(ReadPicture, ReadsInterlacedPngsOf16BitsAsOthers) {
    for (const int colour_type :
         {PNG_COLOR_TYPE_GRAY, PNG_COLOR_TYPE_RGB, PNG_COLOR_TYPE_GRAY_ALPHA, PNG_COLOR_TYPE_RGB_ALPHA})
        for (const double gamma : {0.0, 1 / 2.2, 1.0})
            for (const bool transparent_level : {false, true}) {
                if (transparent_level && (colour_type & PNG_COLOR_MASK_ALPHA) != 0) continue;
                Wide wide{.colour_type = colour_type, .gamma = gamma, .transparent_level = transparent_level};
                const GreyPicture plain = parse_picture(wide_png(wide), "x");
                wide.interlace = PNG_INTERLACE_ADAM7;
                const GreyPicture interlaced = parse_picture(wide_png(wide), "x");
                EXPECT_EQ(interlaced.width, kWideWidth);
                EXPECT_EQ(interlaced.pixels, plain.pixels) << colour_type << ", " << gamma << transparent_level;
            }
}

TEST(ReadPicture, SaysWhatIsWrongWithAnInterlacedPngOf16Bits) {
    Bytes png = wide_png({.interlace = PNG_INTERLACE_ADAM7});
    EXPECT_EQ(refusal(Bytes(png.begin(), png.end() - 60)),
              "x: damaged or cut off (read beyond end of data), expected a sound PNG");
    png[png.size() - 30] ^= std::byte{1};
    EXPECT_TRUE(contains(refusal(png), "x: damaged or cut off (IDAT: "));
}

TEST(ReadPicture, ReadsPnmsAsTheyMayBeWritten) {
    using Levels = std::vector<std::uint8_t>;
    const auto levels = [](const std::string& file) { return parse_picture(bytes_of(file), "x").pixels; };
    EXPECT_EQ(levels("P1\n3 2\n010110\n"), (Levels{255, 0, 255, 0, 0, 255})) << "no spaces between pixels";
    EXPECT_EQ(levels("P1 3 1 0 1\n0"), (Levels{255, 0, 255}));
    EXPECT_EQ(levels("P2\n# by a scanner\n2 # wide\n1\n100\n0 50"), (Levels{0, 128})) << "comments, and a maxval";
    EXPECT_EQ(levels("P3 1 1 7 7 0 0"), (Levels{76}));
    EXPECT_EQ(levels("P4#x\n9 2\n" + std::string("\x80\x80\x00\x00", 4)).at(8), 0) << "rows are whole bytes";
    EXPECT_EQ(levels("P5\n# a\n#b\n3 1\n# c\n15\n" + std::string("\x00\x05\x0f", 3)), (Levels{0, 85, 255}));
    EXPECT_EQ(levels("P5 2 1 1000\n" + std::string("\x03\xe8\x01\xf4", 4)), (Levels{255, 128}));
    EXPECT_EQ(levels("P5 2 1 65535\n" + std::string("\xff\xff\x80\x00", 4)), (Levels{255, 128}));
    EXPECT_EQ(levels("P5 1 1 255\n#"), (Levels{'#'})) << "behind the header there are no comments";
    EXPECT_EQ(levels("P6 1 1 31\n" + std::string("\x00\x1f\x00", 3)), (Levels{150}));
}

TEST(ReadPicture, SaysWhatIsWrongWithAPnm) {
    const auto refused = [](const std::string& file) { return refusal(bytes_of(file)); };
    EXPECT_EQ(refused("P5 2 2 255\nabc"), "x: damaged or cut off, expected 4 bytes of pixels, not 3");
    EXPECT_EQ(refused("P5 2 x 255\nabcd"), "x: damaged or cut off, expected a number");
    EXPECT_EQ(refused("P2 2 1 10 3 11"), "x: damaged or cut off, expected levels of 10 at most");
    EXPECT_EQ(refused("P1 2 1 0 2"), "x: damaged or cut off, expected 0 or 1");
    EXPECT_EQ(refused("P2 5000 5000 10 3 11"), "x: damaged or cut off, expected 49999999 bytes of pixels, not 5");
    EXPECT_EQ(refused("P5 1 1 0\na"), "x: its brightest level is 0, expected 1 to 65535");
    EXPECT_EQ(refused("P5 1 1 70000\na"), "x: its brightest level is above 65535, expected 1 to 65535");
    EXPECT_EQ(refused("P5 0 1 255\na"), "x: 0x1 pixels, expected one at least");
}

TEST(ReadPicture, NamesAnAnimatedWebp) {
    Bytes webp = bytes_of(std::string("RIFF\x16\0\0\0WEBPVP8X\x0a\0\0\0\x02\0\0\0\x17\0\0\x0f\0\0", 30));
    EXPECT_EQ(refusal(webp), "x: an animated WebP, expected one still image; save one of its images by itself");
    webp[20] = std::byte{0};
    EXPECT_FALSE(contains(refusal(webp), "animated"));
}

/// Thousands of mutations of each format: read or refused in a line, and no larger than is allowed.
TEST(ReadPicture, DamagedFilesAreReadOrRefused) {
    for (const int format : {IFF_PNG, IFF_JFIF_JPEG, IFF_BMP, IFF_PNM, IFF_TIFF, IFF_TIFF_LZW, IFF_WEBP}) {
        Bytes sound = encoded(corner(32), format);
        if (format == IFF_JFIF_JPEG) sound = with_exif(sound, 6);
        int refusals = 0;
        const auto count = static_cast<std::uint32_t>(soaked(10'000));
        for (std::uint32_t i = 0; i < count; ++i) {
            RandomStream random(3, Purpose::kPictures, static_cast<std::uint32_t>(format), i);
            Bytes file = sound;
            for (std::uint32_t damage = 1 + random.below(4); damage > 0; --damage) {
                const auto size = static_cast<std::uint32_t>(file.size());
                const std::size_t at = random.below(random.below(2) == 0 ? std::min(size, 64u) : size);
                if (random.below(8) == 0)
                    file.resize(std::max<std::size_t>(at, 1));
                else
                    file[at] = static_cast<std::byte>(random.below(256));
            }
            try {
                const GreyPicture picture = parse_picture(file, "x");
                EXPECT_EQ(picture.pixels.size(), static_cast<std::size_t>(picture.width) * picture.height);
            } catch (const Error& error) {
                ++refusals;
                EXPECT_EQ(error.status(), ExitStatus::kData);
                EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos);
            }
        }
        EXPECT_GT(refusals, 0) << format;
    }
}

}  // namespace
}  // namespace inkling
