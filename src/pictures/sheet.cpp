#include "pictures/sheet.h"

#include <algorithm>
#include <cmath>

namespace inkling {
namespace {

constexpr double kScale = 3;
constexpr double kMargin = 16;
constexpr double kGap = 12;
constexpr double kTitleSize = 16;
constexpr double kCaptionSize = 12;
constexpr double kCaptionHeight = 18;
constexpr Colour kFrame{205, 205, 205};

}  // namespace

void draw_sheet(const std::filesystem::path& path, const std::string& title, std::span<const Tile> tiles, int columns,
                Shape shape) {
    const int count = static_cast<int>(tiles.size());
    const int rows = (count + columns - 1) / columns;
    double widest = kScale * shape.width;
    const Canvas ruler(1, 1);
    for (const Tile& tile : tiles) widest = std::max(widest, ruler.text_width(tile.caption, kCaptionSize));
    const double step_x = std::ceil(widest) + kGap;
    const double step_y = kScale * shape.height + kCaptionHeight + kGap;
    const double top = kMargin + kTitleSize + kGap;
    const double inner = std::max(std::min(columns, count) * step_x - kGap, ruler.text_width(title, kTitleSize));

    Canvas canvas(static_cast<int>(std::ceil(inner + 2 * kMargin)),
                  static_cast<int>(std::ceil(top + rows * step_y - kGap + kMargin)));
    canvas.text(kMargin, kMargin + kTitleSize - 3, title, kTitleSize);
    for (int i = 0; i < count; ++i) {
        const Tile& tile = tiles[static_cast<std::size_t>(i)];
        const int row = i / columns;
        const int column = i % columns;
        const double centre = kMargin + column * step_x + (step_x - kGap) / 2;
        const double x = std::floor(centre - kScale * shape.width / 2);
        const double y = top + row * step_y;
        canvas.fill(x - 1, y - 1, kScale * shape.width + 2, kScale * shape.height + 2, kFrame);
        canvas.image(x, y, kScale, tile.pixels, shape);
        canvas.text(centre, y + kScale * shape.height + kCaptionHeight - 4, tile.caption, kCaptionSize, tile.colour,
                    Align::kCentre);
    }
    canvas.save(path);
}

}  // namespace inkling
