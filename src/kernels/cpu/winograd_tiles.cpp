#include "kernels/cpu/winograd_tiles.h"

#include <algorithm>

#include "kernels/cpu/layout.h"

namespace inkling::kernels::winograd {
namespace {

/// Where a class's first tile stands in each plane, from the first of those planes on that are worked on.
using Offsets = std::array<std::size_t, kPlanes>;

std::array<Offsets, kClasses> class_offsets(const TileRows& rows, const PlaneStrides& strides) {
    std::array<Offsets, kClasses> offsets{};
    const int first = rows.plane_rows.begin * kPoints;
    for (int of_class = 0; of_class < kClasses; ++of_class)
        for (int i = 0; i < rows.plane_rows.planes(); ++i)
            offsets[of_class][first + i] =
                i * strides.plane + static_cast<std::size_t>(rows.places.first[of_class][first + i]) * kLanes;
    return offsets;
}

struct InputTransform {
    static constexpr bool kSums = false;

    template <int kTile>
    static constexpr int kSize = kTile + 2;

    template <int kTile>
    static void apply(const Lanes (&d)[kTile + 2], Lanes (&v)[kTile + 2]) {
        Tile<kTile>::transform_input(d, v);
    }
};

struct GradientTransform {
    static constexpr bool kSums = true;

    template <int kTile>
    static constexpr int kSize = kTile;

    template <int kTile>
    static void apply(const Lanes (&y)[kTile], Lanes (&z)[kTile + 2]) {
        Tile<kTile>::transform_output_gradient(y, z);
    }
};

/// Transforms columns of a row of tiles: kSize rows of `width` pixels into kTile + 2 of them, `stride` apart. Gives the
/// pixels' sum.
template <class Transform, int kTile>
Lanes transform_columns(const float* const* rows, int width, float* strip, std::size_t stride) {
    constexpr int kSize = Transform::template kSize<kTile>;
    Lanes total{};
    for (int x = 0; x < width; ++x) {
        Lanes from[kSize], to[kTile + 2];
#pragma GCC unroll 8
        for (int i = 0; i < kSize; ++i) from[i] = load(rows[i] + x * kLanes);
        Transform::template apply<kTile>(from, to);
#pragma GCC unroll 8
        for (int i = 0; i < kTile + 2; ++i) store(strip + i * stride + x * kLanes, to[i]);
        if constexpr (Transform::kSums)
#pragma GCC unroll 8
            for (int i = 0; i < kSize; ++i) total += from[i];
    }
    return total;
}

/// Transforms `count` tiles' rows that were columns' results before. `offsets`: those of a row of planes.
template <class Transform, int kTile>
void transform_rows(const float* strip, int count, const std::size_t* offsets, float* planes) {
    constexpr int kSize = Transform::template kSize<kTile>;
    float* to_plane[kTile + 2];
#pragma GCC unroll 8
    for (int i = 0; i < kTile + 2; ++i) to_plane[i] = planes + offsets[Tile<kTile>::kPointsOf[i]];
    for (int tile = 0; tile < count; ++tile, strip += kTile * kLanes) {
        Lanes from[kSize], to[kTile + 2];
#pragma GCC unroll 8
        for (int i = 0; i < kSize; ++i) from[i] = load(strip + i * kLanes);
        Transform::template apply<kTile>(from, to);
#pragma GCC unroll 8
        for (int i = 0; i < kTile + 2; ++i) store(to_plane[i] + tile * kLanes, to[i]);
    }
}

/// One block of channels of all images' rows of tiles.
template <class Transform>
struct Spreading {
    const TileRows& rows;
    const Shape& image;
    int padding;
    const float* zeros;
    std::span<float> strip;
    const std::array<Offsets, kClasses>& offsets;

    /// `values`: the block in the first image; `planes`: the block in the first plane.
    /// Gives the sum of all pixels.
    Lanes run(const float* values, std::size_t image_stride, float* planes) const {
        Lanes total{};
        rows.for_each([&](int n, int row, bool last, int index) {
            with_tile(last ? rows.tiling.rows.last : rows.tiling.rows.tile, [&](auto tile) {
                total += spread_row<tile>(values + n * image_stride, row * rows.tiling.rows.tile - padding, last, index,
                                          planes);
            });
        });
        return total;
    }

  private:
    template <int kTile>
    Lanes spread_row(const float* values, int top, bool last, int index, float* planes) const {
        constexpr int kSize = Transform::template kSize<kTile>;
        const std::size_t stride = strip.size() / kPoints;
        const float* from[kSize];
        for (int i = 0; i < kSize; ++i)
            from[i] = top + i >= 0 && top + i < image.height
                          ? values + static_cast<std::size_t>(top + i) * image.width * kLanes
                          : zeros;
        const Lanes total =
            transform_columns<Transform, kTile>(from, image.width, strip.data() + padding * kLanes, stride);
        const Cut& columns = rows.tiling.columns;
        spread_tiles<kTile>(columns.tile, strip.data(), columns.count, offsets[2 * last],
                            planes + static_cast<std::size_t>(index) * columns.count * kLanes);
        if (columns.last > 0)
            spread_tiles<kTile>(columns.last,
                                strip.data() + static_cast<std::size_t>(columns.count) * columns.tile * kLanes, 1,
                                offsets[2 * last + 1], planes + static_cast<std::size_t>(index) * kLanes);
        return total;
    }

    /// Tiles in a row, of `size` columns.
    template <int kTile>
    void spread_tiles(int size, const float* columns, int count, const Offsets& own, float* planes) const {
        with_tile(size, [&](auto tile) {
            for (int i = 0; i < kTile + 2; ++i) {
                const int point = Tile<kTile>::kPointsOf[i];
                if (point < rows.plane_rows.begin || point >= rows.plane_rows.end) continue;
                transform_rows<Transform, tile>(columns + i * (strip.size() / kPoints), count, &own[point * kPoints],
                                                planes);
            }
        });
    }
};

template <class Transform>
void spread(const TileRows& rows, const Shape& image, int padding, const float* values, const float* zeros,
            std::span<float> strip, const PlaneStrides& strides, float* planes, float* sums) {
    // What lies beside the image stays so.
    std::fill(strip.begin(), strip.end(), 0.0f);
    const auto offsets = class_offsets(rows, strides);
    const Spreading<Transform> spreading{rows, image, padding, zeros, strip, offsets};
    for (int block = 0; block < channel_blocks(image.channels); ++block) {
        const Lanes total = spreading.run(values + block * image.pixels() * kLanes, blocked_size(image),
                                          planes + block * strides.block);
        if (sums != nullptr) store(sums + block * kLanes, load(sums + block * kLanes) + total);
    }
}

/// Makes `count` tiles' outputs, of which `height` and `width` lie in the image.
template <int kRows, int kColumns>
void gather_tiles(const float* planes, const Offsets& offsets, int count, Lanes bias, int height, int width,
                  float* output, std::size_t row_stride) {
    for (int tile = 0; tile < count; ++tile, planes += kLanes, output += kColumns * kLanes) {
        Lanes half[kRows][kColumns + 2];
#pragma GCC unroll 8
        for (int j = 0; j < kColumns + 2; ++j) {
            Lanes from[kRows + 2], to[kRows];
#pragma GCC unroll 8
            for (int i = 0; i < kRows + 2; ++i)
                from[i] = load(planes + offsets[Tile<kRows>::kPointsOf[i] * kPoints + Tile<kColumns>::kPointsOf[j]]);
            Tile<kRows>::transform_output(from, to);
#pragma GCC unroll 8
            for (int i = 0; i < kRows; ++i) half[i][j] = to[i];
        }
#pragma GCC unroll 8
        for (int i = 0; i < kRows; ++i) {
            if (i >= height) break;
            Lanes to[kColumns];
            Tile<kColumns>::transform_output(half[i], to);
#pragma GCC unroll 8
            for (int j = 0; j < kColumns; ++j)
                if (j < width) store(output + i * row_stride + j * kLanes, to[j] + bias);
        }
    }
}

}  // namespace

TileRows::TileRows(const Tiling& of, int first, int past, const PlaneRows& of_planes)
    : tiling(of), begin(first), end(past), plane_rows(of_planes) {
    const int in_image = tiling.rows.tiles();
    const int last_rows = tiling.rows.last > 0 ? end / in_image - begin / in_image : 0;
    places = winograd::places(tiling.rows, tiling.columns, end - begin - last_rows, last_rows);
}

// Planes an odd number of cache lines apart, so that one tile's values do not all fall into the same few places of a
// cache.
PlaneStrides::PlaneStrides(int blocks, int tiles)
    : block(static_cast<std::size_t>(tiles) * kLanes), plane((static_cast<std::size_t>(blocks) * tiles | 1) * kLanes) {}

std::size_t strip_size(const Tiling& tiling) {
    return static_cast<std::size_t>(kPoints) * (tiling.columns.covered() + 2) * kLanes;
}

void spread_input(const TileRows& rows, const Shape& input, int padding, const float* values, const float* zeros,
                  std::span<float> strip, const PlaneStrides& strides, float* planes) {
    spread<InputTransform>(rows, input, padding, values, zeros, strip, strides, planes, nullptr);
}

void spread_output_gradient(const TileRows& rows, const Shape& output, const float* values, const float* zeros,
                            std::span<float> strip, const PlaneStrides& strides, float* planes, float* sums) {
    spread<GradientTransform>(rows, output, 0, values, zeros, strip, strides, planes, sums);
}

void gather_output(const TileRows& rows, const Shape& output, const float* planes, const PlaneStrides& strides,
                   const float* bias, float* values) {
    const auto offsets = class_offsets(rows, strides);
    const Cut &row_cut = rows.tiling.rows, &column_cut = rows.tiling.columns;
    const std::size_t row_stride = static_cast<std::size_t>(output.width) * kLanes;
    for (int block = 0; block < channel_blocks(output.channels); ++block) {
        const Lanes own_bias = load(bias + block * kLanes);
        rows.for_each([&](int n, int row, bool last, int index) {
            const int top = row * row_cut.tile;
            float* const to =
                values + n * blocked_size(output) + (block * output.pixels() + top * output.width) * kLanes;
            const auto gather = [&](int size, int of_class, int before, int count, int left) {
                const float* const from = planes + block * strides.block + before * kLanes;
                with_tile(last ? row_cut.last : row_cut.tile, [&](auto tile_height) {
                    with_tile(size, [&](auto tile_width) {
                        gather_tiles<tile_height, tile_width>(from, offsets[of_class], count, own_bias,
                                                              output.height - top, output.width - left,
                                                              to + left * kLanes, row_stride);
                    });
                });
            };
            // Only the last tile may reach over the edge.
            if (column_cut.last > 0) {
                gather(column_cut.tile, 2 * last, index * column_cut.count, column_cut.count, 0);
                gather(column_cut.last, 2 * last + 1, index, 1, column_cut.count * column_cut.tile);
            } else {
                const int whole = column_cut.count - 1;
                gather(column_cut.tile, 2 * last, index * column_cut.count, whole, 0);
                gather(column_cut.tile, 2 * last, index * column_cut.count + whole, 1, whole * column_cut.tile);
            }
        });
    }
}

}  // namespace inkling::kernels::winograd
