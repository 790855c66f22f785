#pragma once

#include <array>
#include <cstddef>

#include "kernels/cpu/winograd_transforms.h"

// How an image is cut into tiles, and where each tile's transformed values stand.

namespace inkling::kernels::winograd {

/// A side of an image in tiles of one size and, where that does not fit, one of another size at its end: 14 is three
/// tiles of 4 and one of 2, 7 is one of 4 and one of 3.
struct Cut {
    int tile = 4;
    int count = 0;
    int last = 0;  // the size of the other tile, or 0

    int tiles() const { return count + (last > 0 ? 1 : 0); }
    int covered() const { return count * tile + last; }
};

/// The cut of `outputs` numbers that takes the fewest multiplications.
Cut fewest_points(int outputs);

/// A row of tiles, as wide as the image, is full or the last of its image, and so is a tile in it: 2 * last row + last
/// column is the tile's class.
inline constexpr int kClasses = 4;

/// Pairs of points, row by row. Each has a plane of values: those of the tiles that need these points.
inline constexpr int kPlanes = kPoints * kPoints;

/// Where the tiles of some rows stand, class after class in each plane, which leaves out those that do not need it.
struct Places {
    std::array<int, kPlanes> tiles{};                        // how many need the plane
    std::array<std::array<int, kPlanes>, kClasses> first{};  // tile of a class, where the class needs the plane
};

Places places(const Cut& rows, const Cut& columns, int full_rows, int last_rows);

/// Calls body with the tile size as a constant.
template <class Body>
void with_tile(int tile, Body&& body) {
    if (tile == 4) return body(std::integral_constant<int, 4>{});
    if (tile == 3) return body(std::integral_constant<int, 3>{});
    body(std::integral_constant<int, 2>{});
}

}  // namespace inkling::kernels::winograd
