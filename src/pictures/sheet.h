#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

#include "core/shape.h"
#include "pictures/canvas.h"

namespace inkling {

/// One picture of a sheet, with a line of text under it. Keeps a view of the pixels.
struct Tile {
    std::span<const std::uint8_t> pixels;  // one channel, of the sheet's shape
    std::string caption;
    Colour colour = kBlack;  // the caption's
};

/// Writes a PNG file of tiles, row by row, `columns` (1 or more) a row, under a title. All tiles have `shape`.
void draw_sheet(const std::filesystem::path& path, const std::string& title, std::span<const Tile> tiles, int columns,
                Shape shape);

}  // namespace inkling
