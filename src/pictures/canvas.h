#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>

#include "core/shape.h"

namespace inkling {

struct Colour {
    std::uint8_t red = 0;
    std::uint8_t green = 0;
    std::uint8_t blue = 0;
};

constexpr Colour kBlack{0, 0, 0};
constexpr Colour kWhite{255, 255, 255};
constexpr Colour kGrey{110, 110, 110};
constexpr Colour kGreen{0, 120, 60};
constexpr Colour kRed{190, 30, 30};

struct Point {
    double x = 0;
    double y = 0;
};

enum class Align { kLeft, kCentre, kRight };

/// A picture to draw on, in pixels from the upper left corner, white at first. Every method throws Error (failed) if
/// memory is short or the picture is larger than 32767 pixels a side.
class Canvas {
  public:
    Canvas(int width, int height);
    ~Canvas();

    /// Fills a rectangle.
    void fill(double x, double y, double width, double height, Colour colour);

    /// Draws a line through points, `width` pixels wide.
    void line(std::span<const Point> points, double width, Colour colour);

    /// Draws an image of one channel, rows of `shape.width` bytes, `scale` pixels a pixel: ink (255) black on white
    /// paper.
    void image(double x, double y, double scale, std::span<const std::uint8_t> pixels, Shape shape);

    /// Writes one line of text with its left end, centre or right end at x and its baseline at y; bytes that are not
    /// UTF-8 as "\xfc".
    void text(double x, double y, const std::string& text, double size, Colour colour = kBlack,
              Align align = Align::kLeft);

    /// How wide text() would be.
    double text_width(const std::string& text, double size) const;

    /// Writes a PNG file whole or not at all.
    void save(const std::filesystem::path& path) const;

  private:
    struct Context;
    std::unique_ptr<Context> context_;
};

}  // namespace inkling
