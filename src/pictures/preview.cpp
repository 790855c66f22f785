#include "pictures/preview.h"

#include <fmt/format.h>

#include <algorithm>

namespace inkling {
namespace {

constexpr int kGap = 2;

/// The palette's 24 greys, 232 to 255, follow one another from nearly black to nearly white.
int grey(std::uint8_t pixel) { return 232 + pixel * 23 / 255; }

/// Two pixels, one above the other, in one character.
std::string half_blocks(std::uint8_t upper, std::uint8_t lower, PreviewStyle style) {
    if (style == PreviewStyle::kGreys) return fmt::format("\x1b[38;5;{};48;5;{}m▀", grey(upper), grey(lower));
    constexpr std::uint8_t kInk = 96;
    if (upper < kInk) return lower < kInk ? " " : "▄";
    return lower < kInk ? "▀" : "█";
}

}  // namespace

std::string draw_preview(std::span<const Tile> tiles, Shape shape, int width, PreviewStyle style) {
    const auto fitting = static_cast<std::size_t>(std::max((width + kGap) / (shape.width + kGap), 1));
    const auto shown = tiles.first(std::min(tiles.size(), fitting));
    const std::string gap(kGap, ' ');
    std::string text;
    for (int row = 0; row < shape.height; row += 2) {
        for (const Tile& tile : shown) {
            for (int column = 0; column < shape.width; ++column) {
                const int upper = row * shape.width + column;
                const bool last_row = row + 1 == shape.height;
                text += half_blocks(tile.pixels[upper], last_row ? 0 : tile.pixels[upper + shape.width], style);
            }
            if (style == PreviewStyle::kGreys) text += "\x1b[0m";
            text += gap;
        }
        text += '\n';
    }
    for (const Tile& tile : shown) text += fmt::format("{:^{}}", tile.caption, shape.width) + gap;
    return text + '\n';
}

}  // namespace inkling
