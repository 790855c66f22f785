#include "kernels/cpu/winograd_tiling.h"

#include <algorithm>
#include <initializer_list>
#include <limits>

namespace inkling::kernels::winograd {
namespace {

/// A bit for each point.
template <int kTile>
constexpr unsigned points_of() {
    unsigned points = 0;
    for (const int point : Tile<kTile>::kPointsOf) points |= 1u << point;
    return points;
}

unsigned points_of(int tile) {
    unsigned points = 0;
    with_tile(tile, [&](auto size) { points = points_of<size>(); });
    return points;
}

}  // namespace

Cut fewest_points(int outputs) {
    Cut best;
    int fewest = std::numeric_limits<int>::max();
    for (const int tile : {4, 3, 2})
        for (const int last : {0, 2, 3, 4}) {
            if (last == tile) continue;
            const int left = std::max(outputs - last, 0);
            const Cut cut{.tile = tile, .count = (left + tile - 1) / tile, .last = last};
            const int points = cut.covered() + 2 * cut.tiles();
            if (points >= fewest) continue;
            fewest = points;
            best = cut;
        }
    return best;
}

Places places(const Cut& rows, const Cut& columns, int full_rows, int last_rows) {
    Places result;
    for (int of_class = 0; of_class < kClasses; ++of_class) {
        const bool last_row = of_class / 2 == 1, last_column = of_class % 2 == 1;
        const unsigned row_points = points_of(last_row ? rows.last : rows.tile);
        const unsigned column_points = points_of(last_column ? columns.last : columns.tile);
        const int across = last_column ? (columns.last > 0 ? 1 : 0) : columns.count;
        const int tiles = (last_row ? last_rows : full_rows) * across;
        for (int plane = 0; plane < kPlanes; ++plane) {
            result.first[of_class][plane] = result.tiles[plane];
            if ((row_points >> plane / kPoints & column_points >> plane % kPoints & 1) != 0)
                result.tiles[plane] += tiles;
        }
    }
    return result;
}

}  // namespace inkling::kernels::winograd
