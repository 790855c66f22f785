#include "data/elastic_field.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace inkling {
namespace {

/// How many sigmas the grid reaches over the image; what lies further out has a weight below e^-4.5.
constexpr int kMargin = 3;

/// Weights of Gaussians on nodes sigma apart, (nodes, padded). For each of `extent` pixels, the squares of its weights
/// add up to the square of `amplitude`, so that the field's deviation is the same everywhere.
std::vector<std::vector<float>> gaussian_weights(int extent, std::size_t padded, double sigma, double amplitude) {
    const auto nodes = static_cast<std::size_t>(std::ceil((extent - 1) / sigma)) + 2 * kMargin + 1;
    std::vector<std::vector<float>> weights(nodes, std::vector<float>(padded));
    for (int pixel = 0; pixel < extent; ++pixel) {
        const auto weight = [&](std::size_t node) {
            const double distance = pixel / sigma - (static_cast<double>(node) - kMargin);
            return std::exp(-distance * distance / 2);
        };
        double squares = 0;
        for (std::size_t node = 0; node < nodes; ++node) squares += weight(node) * weight(node);
        for (std::size_t node = 0; node < nodes; ++node)
            weights[node][pixel] = static_cast<float>(amplitude * weight(node) / std::sqrt(squares));
    }
    return weights;
}

/// 16 bits as the middle of one of 65536 parts of [-1, 1].
float centred(std::uint32_t bits) { return (static_cast<float>(bits) + 0.5f) * 0x1p-15f - 1; }

}  // namespace

ElasticField::ElasticField(float alpha, float sigma, const Shape& shape)
    : stride_(padded_width(shape.width)),
      row_weights_(gaussian_weights(shape.height, static_cast<std::size_t>(shape.height), sigma, 1)),
      // Smoothing multiplies the deviation of a field of independent values by 1 / (2 sqrt(pi) sigma).
      column_weights_(
          gaussian_weights(shape.width, stride_, sigma, alpha / (2 * std::sqrt(std::numbers::pi) * sigma))) {}

void ElasticField::draw(RandomStream& random, std::span<float> scratch) const {
    const std::size_t columns = column_weights_.size();
    float* const node_xs = scratch.data();
    float* const node_ys = node_xs + node_count();
    for (std::size_t node = 0; node < node_count(); ++node) {
        const std::uint32_t bits = random.next_bits();
        node_xs[node] = centred(bits >> 16);
        node_ys[node] = centred(bits & 0xFFFF);
    }
    // Along rows first: each row of nodes becomes a row of pixels.
    float* xs = node_ys + node_count();
    std::fill_n(xs, 2 * row_weights_.size() * stride_, 0.0f);
    for (std::size_t row = 0; row < row_weights_.size(); ++row, xs += 2 * stride_) {
        for (std::size_t column = 0; column < columns; ++column) {
            const float* weights = column_weights_[column].data();
            const float x = node_xs[row * columns + column];
            const float y = node_ys[row * columns + column];
            for (std::size_t i = 0; i < stride_; ++i) {
                xs[i] += weights[i] * x;
                xs[stride_ + i] += weights[i] * y;
            }
        }
    }
}

void ElasticField::add_row(int y, std::span<const float> scratch, float* __restrict xs, float* __restrict ys) const {
    const float* rows = scratch.data() + 2 * node_count();
    for (std::size_t row = 0; row < row_weights_.size(); ++row, rows += 2 * stride_) {
        const float weight = row_weights_[row][y];
        for (std::size_t i = 0; i < stride_; ++i) {
            xs[i] += weight * rows[i];
            ys[i] += weight * rows[stride_ + i];
        }
    }
}

}  // namespace inkling
