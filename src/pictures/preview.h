#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "core/shape.h"
#include "pictures/sheet.h"

namespace inkling {

/// How a preview shows brightness: in 24 greys by ANSI colours, or only as ink or none.
enum class PreviewStyle { kGreys, kPlain };

/// Tiles side by side for a terminal, two rows of pixels a line by half-block characters, as many tiles as fit into
/// `width` columns (one at least), captions below. Ends with a line break.
std::string draw_preview(std::span<const Tile> tiles, Shape shape, int width, PreviewStyle style);

}  // namespace inkling
