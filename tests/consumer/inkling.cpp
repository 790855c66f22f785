#include <fmt/format.h>

#include <cstdint>
#include <vector>

#include "fetch/official_files.h"
#include "pictures/sheet.h"

int main() {
    constexpr inkling::Shape kShape{1, 28, 28};
    const std::vector<std::uint8_t> pixels(kShape.size(), 128);
    const std::vector<inkling::Tile> tiles{{.pixels = pixels, .caption = "grey"}};
    inkling::draw_sheet("sheet.png", "A sheet", tiles, /*columns=*/1, kShape);
    fmt::print("ran: {} official files\n", inkling::official_files().size());
}
