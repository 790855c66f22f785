#include "deploy/explanation.h"

#include <algorithm>
#include <cmath>

#include "data/idx.h"
#include "pictures/canvas.h"

namespace inkling {
namespace {

constexpr int kSide = 28;
constexpr double kTile = 196;  // 7 pixels for each of the network's
constexpr double kPixel = kTile / kSide;
constexpr double kMargin = 16;
constexpr double kGap = 20;
constexpr double kCaption = 22;
constexpr double kTextSize = 12;
constexpr double kHeading = 24;
constexpr Colour kFrame{205, 205, 205};
constexpr Colour kBox{200, 80, 20};

void draw_frame(Canvas& canvas, double x, double y) {
    canvas.fill(x - 1, y - 1, kTile + 2, kTile + 2, kFrame);
    canvas.fill(x, y, kTile, kTile, kWhite);
}

void draw_picture(Canvas& canvas, double left, double top, const Explanation& shown) {
    GreyPicture small = shown.picture;
    // A canvas takes ink for bright.
    for (std::uint8_t& pixel : small.pixels) pixel = static_cast<std::uint8_t>(255 - pixel);
    const double scale = kTile / std::max(small.width, small.height);
    const double x = left + (kTile - scale * small.width) / 2;
    const double y = top + (kTile - scale * small.height) / 2;
    draw_frame(canvas, left, top);
    canvas.image(x, y, scale, small.pixels, {1, small.height, small.width});
    const PictureBox& box = shown.character.box;
    const double by = scale / shown.factor;
    const double right = x + by * (box.x + box.width), bottom = y + by * (box.y + box.height);
    const std::array<Point, 5> corners = {{{x + by * box.x, y + by * box.y},
                                           {right, y + by * box.y},
                                           {right, bottom},
                                           {x + by * box.x, bottom},
                                           {x + by * box.x, y + by * box.y}}};
    canvas.line(corners, 1, kBox);
}

/// Paper white, ink grey, and over it red for what spoke for the reading, blue for what spoke against it.
Colour colour_of(std::uint8_t ink, float share) {
    const double paper = 255 - 0.45 * ink;
    const double strength = std::min(1.0f, std::abs(share));
    const auto mixed = [&](double target) {
        return static_cast<std::uint8_t>(std::lround(paper + strength * (target - paper)));
    };
    return share >= 0 ? Colour{mixed(215), mixed(30), mixed(30)} : Colour{mixed(30), mixed(90), mixed(215)};
}

void draw_falls(Canvas& canvas, double left, double top, const Explanation& shown) {
    draw_frame(canvas, left, top);
    float most = 0.01f;  // a smaller change is none
    for (const float fall : shown.falls) most = std::max(most, std::abs(fall));
    std::size_t i = 0;
    for (int row = 0; row < kSide; ++row)
        for (int column = 0; column < kSide; ++column, ++i)
            canvas.fill(left + column * kPixel, top + row * kPixel, kPixel, kPixel,
                        colour_of(shown.character.pixels[i], shown.falls[i] / most));
}

/// As much of a text's end as fits, for a path ends with what tells it from others.
std::string fitting(const Canvas& canvas, const std::string& text) {
    if (canvas.text_width(text, kTextSize) <= kTile) return text;
    std::size_t begin = 0;
    while (begin < text.size() && canvas.text_width("..." + text.substr(begin), kTextSize) > kTile) do
            ++begin;
        while (begin < text.size() && (static_cast<unsigned char>(text[begin]) & 0xC0) == 0x80);
    return "..." + text.substr(begin);
}

}  // namespace

int explained_factor(const GreyPicture& picture) {
    return std::max(1, static_cast<int>(std::max(picture.width, picture.height) / kTile));
}

void draw_explanations(const std::filesystem::path& path, std::span<const Explanation> explanations) {
    constexpr double kStep = kTile + kGap;
    const double row = kTile + kCaption + kGap / 2;
    Canvas canvas(static_cast<int>(2 * kMargin + 3 * kTile + 2 * kGap),
                  static_cast<int>(2 * kMargin + kHeading + row * static_cast<double>(explanations.size())));
    const std::array headings = {"the picture", "what the network saw", "where it looked"};
    for (std::size_t i = 0; i < headings.size(); ++i)
        canvas.text(kMargin + kStep * (static_cast<double>(i) + 0.5) - kGap / 2, kMargin + kTextSize, headings[i],
                    kTextSize + 1, kBlack, Align::kCentre);
    double y = kMargin + kHeading;
    for (const Explanation& shown : explanations) {
        draw_picture(canvas, kMargin, y, shown);
        draw_frame(canvas, kMargin + kStep, y);
        canvas.image(kMargin + kStep, y, kPixel, shown.character.pixels, kIdxImageShape);
        draw_falls(canvas, kMargin + 2 * kStep, y, shown);
        const double baseline = y + kTile + kCaption - 6;
        canvas.text(kMargin + kTile / 2, baseline, fitting(canvas, shown.caption), kTextSize, kGrey, Align::kCentre);
        canvas.text(kMargin + kStep + kTile / 2, baseline, shown.reading, kTextSize, kBlack, Align::kCentre);
        canvas.text(kMargin + 2 * kStep + kTile / 2, baseline, "red for, blue against", kTextSize, kGrey,
                    Align::kCentre);
        y += row;
    }
    canvas.save(path);
}

}  // namespace inkling
