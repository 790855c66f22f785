#pragma once

#include <cstddef>
#include <span>

#include "core/shape.h"
#include "kernels/cpu/winograd_tiling.h"

// Between activations in channel blocks (layout.h) and planes of transformed values, (pair of points, channel blocks,
// tiles, kLanes). All that work together work on the same rows of tiles, `begin` to `end`, counted through all images
// of a slice.

namespace inkling::kernels::winograd {

/// How one geometry's images are cut.
struct Tiling {
    Cut rows, columns;
};

/// Rows of planes: pairs of points whose first one is in [begin, end).
struct PlaneRows {
    int begin = 0;
    int end = kPoints;

    int planes() const { return (end - begin) * kPoints; }
};

/// Rows of tiles of a slice, and where their tiles stand in the planes that are worked on.
struct TileRows {
    TileRows(const Tiling& tiling, int begin, int end, const PlaneRows& plane_rows = {});

    /// Calls body(image, row of tiles in the image, whether it is the last, how many of that class were before).
    template <class Body>
    void for_each(Body&& body) const {
        int seen[2] = {0, 0};
        for (int row = begin; row < end; ++row) {
            const int in_image = row % tiling.rows.tiles();
            const bool last = in_image == tiling.rows.count;
            body(row / tiling.rows.tiles(), in_image, last, seen[last]++);
        }
    }

    Tiling tiling;
    int begin, end;
    PlaneRows plane_rows;
    Places places;
};

/// Floats from one block of channels to the next, and from one plane to the next.
struct PlaneStrides {
    PlaneStrides(int blocks, int tiles);

    std::size_t block, plane;
};

/// What spreading an image of that shape needs in `strip`.
std::size_t strip_size(const Tiling& tiling);

/// Transforms the tiles' inputs: `input`, (image, block, H, W, kLanes) with `padding` zeros around. `zeros` is a row of
/// an image.
void spread_input(const TileRows& rows, const Shape& input, int padding, const float* values, const float* zeros,
                  std::span<float> strip, const PlaneStrides& strides, float* planes);

/// Transforms the tiles' output gradients for the gradient by weights, and adds their sums to `sums`, one number a
/// filter in whole blocks, or null.
void spread_output_gradient(const TileRows& rows, const Shape& output, const float* values, const float* zeros,
                            std::span<float> strip, const PlaneStrides& strides, float* planes, float* sums);

/// Transforms products, of all planes, into outputs. `bias`: one number a filter, whole blocks of them.
void gather_output(const TileRows& rows, const Shape& output, const float* planes, const PlaneStrides& strides,
                   const float* bias, float* values);

}  // namespace inkling::kernels::winograd
