#include "pictures/page_ink.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "core/error.h"
#include "pictures/pix.h"
#include "pictures/ruled_lines.h"

namespace inkling {
namespace {

constexpr int kMostSide = 3000;
constexpr int kLeastSide = 12;  // of a page: on less there is nothing to read

Pix made(PIX* picture) {
    if (picture == nullptr) throw failed("memory is short for a page; make the picture smaller");
    return Pix(picture);
}

Pix pix_of(const GreyPicture& picture) {
    Pix pix = made(pixCreate(picture.width, picture.height, 8));
    const std::uint8_t* value = picture.pixels.data();
    for (int y = 0; y < picture.height; ++y) {
        l_uint32* line = pixGetData(pix.get()) + static_cast<std::ptrdiff_t>(y) * pixGetWpl(pix.get());
        for (int x = 0; x < picture.width; ++x) SET_DATA_BYTE(line, x, *value++);
    }
    return pix;
}

GreyPicture picture_of(const Pix& pix) {
    GreyPicture picture{.width = pixGetWidth(pix.get()), .height = pixGetHeight(pix.get()), .pixels = {}};
    picture.pixels.reserve(static_cast<std::size_t>(picture.width) * static_cast<std::size_t>(picture.height));
    for (int y = 0; y < picture.height; ++y) {
        const l_uint32* line = pixGetData(pix.get()) + static_cast<std::ptrdiff_t>(y) * pixGetWpl(pix.get());
        for (int x = 0; x < picture.width; ++x)
            picture.pixels.push_back(static_cast<std::uint8_t>(GET_DATA_BYTE(line, x)));
    }
    return picture;
}

int odd(int value) { return value | 1; }

bool has_light_ink(const GreyPicture& grey) {
    const int reach = std::max(2, std::max(grey.width, grey.height) / 20);
    const GreyPicture mean = picture_of(made(pixBlockconvGray(pix_of(grey).get(), nullptr, reach, reach)));
    double sum = 0;
    for (std::size_t i = 0; i < grey.pixels.size(); ++i) {
        const double difference = double{1} * grey.pixels[i] - mean.pixels[i];
        sum += difference * std::abs(difference);
    }
    return sum > 0;
}

/// The share of the paper's light that is missing, 0 to 255.
GreyPicture missing_light(const GreyPicture& grey) {
    const int window = odd(std::max(3, std::max(grey.width, grey.height) / 12));
    GreyPicture missing = picture_of(made(pixCloseGray(pix_of(grey).get(), window, window)));
    for (std::size_t i = 0; i < missing.pixels.size(); ++i) {
        const int paper = std::max<int>(missing.pixels[i], 1);
        missing.pixels[i] = static_cast<std::uint8_t>(255 - 255 * std::min<int>(grey.pixels[i], paper) / paper);
    }
    return missing;
}

/// Where Sauvola's threshold finds ink, and what is near to it.
Pix possible_ink(const GreyPicture& missing) {
    constexpr float kFactor = 0.2f;
    constexpr int kTile = 600;
    GreyPicture light = missing;
    for (std::uint8_t& pixel : light.pixels) pixel = static_cast<std::uint8_t>(255 - pixel);
    const int side = std::min(light.width, light.height);
    const int reach = std::clamp(std::max(light.width, light.height) / 40, 2, (side - 4) / 2);
    PIX* binary = nullptr;
    const int columns = std::max(1, light.width / kTile), rows = std::max(1, light.height / kTile);
    if (pixSauvolaBinarizeTiled(pix_of(light).get(), reach, kFactor, columns, rows, nullptr, &binary) != 0)
        throw failed("memory is short for a page; make the picture smaller");
    const Pix ink(binary);
    return made(pixDilateBrick(nullptr, ink.get(), 3, 3));
}

bool is_set(const Pix& binary, int x, int y) {
    return GET_DATA_BIT(pixGetData(binary.get()) + static_cast<std::ptrdiff_t>(y) * pixGetWpl(binary.get()), x) != 0;
}

/// What 90% of the ink do not exceed, 0 to 255; 0 where there is none.
int ink_level(const GreyPicture& missing, const Pix& possible) {
    std::array<std::size_t, 256> counts{};
    std::size_t all = 0;
    const Pix core = made(pixErodeBrick(nullptr, possible.get(), 3, 3));
    for (int y = 0; y < missing.height; ++y)
        for (int x = 0; x < missing.width; ++x) {
            if (!is_set(core, x, y)) continue;
            ++counts[missing.pixels[static_cast<std::size_t>(y) * missing.width + x]];
            ++all;
        }
    std::size_t above = 0;
    int level = 255;
    while (level > 0 && 10 * (above += counts[static_cast<std::size_t>(level)]) < all) --level;
    return all == 0 ? 0 : level;
}

Pix soft_ink(const GreyPicture& missing) {
    constexpr double kLeastLevel = 0.12 * 255;
    GreyPicture ink{.width = missing.width, .height = missing.height, .pixels = {}};
    ink.pixels.resize(missing.pixels.size());
    const Pix possible = possible_ink(missing);
    const double level = ink_level(missing, possible);
    if (level < kLeastLevel) return pix_of(ink);
    for (int y = 0; y < ink.height; ++y)
        for (int x = 0; x < ink.width; ++x) {
            if (!is_set(possible, x, y)) continue;
            const std::size_t at = static_cast<std::size_t>(y) * ink.width + x;
            ink.pixels[at] = static_cast<std::uint8_t>(
                std::lround(255 * std::clamp(2 * missing.pixels[at] / level - 0.5, 0.0, 1.0)));
        }
    return pix_of(ink);
}

/// Radians, clockwise, by which the page is to be turned; 0 where that is not clear.
double find_turn(const Pix& ink) {
    constexpr float kRange = 15;  // degrees
    constexpr float kStep = 1;
    constexpr float kPrecision = 0.01f;
    constexpr float kLeastConfidence = 1.3f;  // the greatest difference of rows to the least; handwriting has 1.5
    float angle = 0, confidence = 0, score = 0;
    const Pix binary = made(pixThresholdToBinary(ink.get(), 128));
    const Pix dark = made(pixInvert(nullptr, binary.get()));
    const int reduction = pixGetWidth(ink.get()) > 1000 ? 4 : 2;
    if (pixFindSkewSweepAndSearchScorePivot(dark.get(), &angle, &confidence, &score, reduction, reduction / 2, 0,
                                            kRange, kStep, kPrecision, L_SHEAR_ABOUT_CORNER) != 0 ||
        confidence < kLeastConfidence)
        return 0;
    return angle * std::numbers::pi / 180;
}

}  // namespace

PictureBox PageInk::box_in(const GreyPicture& picture, const PictureBox& upright) const {
    double left = 1e9, top = 1e9, right = -1e9, bottom = -1e9;
    for (const int across : {0, 1})
        for (const int down : {0, 1}) {
            const double x = upright.x + across * upright.width - 0.5 * ink.width;
            const double y = upright.y + down * upright.height - 0.5 * ink.height;
            const double back_x = std::cos(turn) * x + std::sin(turn) * y + 0.5 * width;
            const double back_y = -std::sin(turn) * x + std::cos(turn) * y + 0.5 * height;
            left = std::min(left, back_x);
            right = std::max(right, back_x);
            top = std::min(top, back_y);
            bottom = std::max(bottom, back_y);
        }
    const int x = std::clamp(static_cast<int>(std::floor(left * factor)), 0, picture.width - 1);
    const int y = std::clamp(static_cast<int>(std::floor(top * factor)), 0, picture.height - 1);
    return {.x = x,
            .y = y,
            .width = std::clamp(static_cast<int>(std::ceil(right * factor)) - x, 1, picture.width - x),
            .height = std::clamp(static_cast<int>(std::ceil(bottom * factor)) - y, 1, picture.height - y)};
}

PageInk find_page_ink(const GreyPicture& picture) {
    silence_leptonica();
    PageInk page{.ink = {}, .factor = (std::max(picture.width, picture.height) + kMostSide - 1) / kMostSide};
    GreyPicture grey = shrunk(picture, page.factor);
    page.width = grey.width;
    page.height = grey.height;
    if (std::min(grey.width, grey.height) < kLeastSide) {
        std::ranges::fill(grey.pixels, std::uint8_t{0});
        page.ink = std::move(grey);
        return page;
    }
    if (has_light_ink(grey))
        for (std::uint8_t& pixel : grey.pixels) pixel = static_cast<std::uint8_t>(255 - pixel);
    Pix ink = soft_ink(missing_light(grey));
    page.turn = find_turn(ink);
    if (page.turn != 0)
        ink = made(pixRotate(ink.get(), static_cast<float>(page.turn), L_ROTATE_AREA_MAP, L_BRING_IN_BLACK,
                             pixGetWidth(ink.get()), pixGetHeight(ink.get())));
    page.ink = picture_of(without_ruled_lines(ink));
    return page;
}

}  // namespace inkling
