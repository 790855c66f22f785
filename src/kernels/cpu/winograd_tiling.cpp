#include "kernels/cpu/winograd_tiling.h"

#include <algorithm>
#include <initializer_list>
#include <limits>

namespace inkling::kernels::winograd {
namespace {

bool needs(int tile, int point) {
    bool is_there = false;
    with_tile(tile, [&](auto size) {
        for (const int own : Tile<size>::kPointsOf) is_there |= own == point;
    });
    return is_there;
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
    for (int plane = 0; plane < kPlanes; ++plane)
        for (int row = 0; row < 2; ++row)
            for (int column = 0; column < 2; ++column) {
                result.first[2 * row + column][plane] = result.tiles[plane];
                if (!needs(row ? rows.last : rows.tile, plane / kPoints) ||
                    !needs(column ? columns.last : columns.tile, plane % kPoints))
                    continue;
                const int across = column ? (columns.last > 0 ? 1 : 0) : columns.count;
                result.tiles[plane] += (row ? last_rows : full_rows) * across;
            }
    return result;
}

}  // namespace inkling::kernels::winograd
