#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/random.h"
#include "core/shape.h"

namespace inkling {

/// Smooth random displacements of an image's pixels, for elastic distortion. P. Simard et al., "Best practices for
/// convolutional neural networks", 2003: a value uniform in [-1, 1] for each pixel and axis, smoothed by a Gaussian of
/// standard deviation `sigma` pixels (whose weights add up to 1), times `alpha` pixels.
///
/// So a displacement has mean 0 and standard deviation alpha / (sigma * sqrt(12 pi)) pixels along each axis, is all but
/// normally distributed, and has correlation e^(-(d / (2 sigma))^2) with that of a pixel d pixels away. The paper's
/// alpha 34 and sigma 4 move pixels by 1.38.
///
/// Here the uniform values stand not at every pixel but on a grid as wide as sigma, and a Gaussian of the same sigma
/// spreads them. The field's deviation and correlation are the same within 1e-4, for a twentieth of the random numbers.
class ElasticField {
  public:
    /// For images of height and width of `shape`; alpha 0 or more, sigma more than 0.
    ElasticField(float alpha, float sigma, const Shape& shape);

    /// Floats of scratch that a field takes.
    std::size_t scratch_size() const { return 2 * (node_count() + row_weights_.size() * stride_); }

    /// Draws a field into `scratch`, which add_row() reads.
    void draw(RandomStream& random, std::span<float> scratch) const;

    /// Adds the displacements of the pixels of row `y` to `xs` and `ys`, of padded_width() floats.
    void add_row(int y, std::span<const float> scratch, float* xs, float* ys) const;

    /// The width rounded up to whole vectors; what stands behind the width may be anything.
    static std::size_t padded_width(int width) { return (static_cast<std::size_t>(width) + 15) / 16 * 16; }

  private:
    std::size_t node_count() const { return row_weights_.size() * column_weights_.size(); }

    std::size_t stride_;                              // padded width
    std::vector<std::vector<float>> row_weights_;     // for each row of nodes, its weight in each row of pixels
    std::vector<std::vector<float>> column_weights_;  // for each column of nodes, likewise, times the amplitude
};

}  // namespace inkling
