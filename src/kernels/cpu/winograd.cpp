#include "kernels/cpu/winograd.h"

#include <algorithm>
#include <array>

#include "kernels/cpu/layout.h"
#include "kernels/cpu/winograd_product.h"
#include "kernels/cpu/winograd_weights.h"

namespace inkling::kernels {

using namespace winograd;

namespace {

// Blocks of tiles are to stay in a core's own cache, here of 1 to 2 MiB, from the first transform to the last, and
// weights from one block to the next. Where weights are too large for that, blocks are larger, so that weights are
// fetched less often.
constexpr std::size_t kBlockBytes = std::size_t{640} << 10;
constexpr std::size_t kMostBlockBytes = std::size_t{1536} << 10;
constexpr std::size_t kFittingWeights = std::size_t{1000} << 10;
constexpr std::size_t kFittingGradients = std::size_t{800} << 10;

std::size_t block_bytes(std::size_t weight_bytes) {
    const std::size_t beyond = weight_bytes - std::min(weight_bytes, kFittingWeights);
    return std::min(kBlockBytes + beyond, kMostBlockBytes);
}

/// Rows of tiles that are worked on at once, of so many planes and of no more images than there are.
int fitting_rows(int batch, const Tiling& tiling, int channels, int filters, int planes, std::size_t bytes) {
    const std::size_t row_bytes =
        sizeof(float) * planes * tiling.columns.tiles() * (padded_channels(channels) + padded_channels(filters));
    return static_cast<int>(std::clamp<std::size_t>(bytes / row_bytes, 1, batch * tiling.rows.tiles()));
}

/// The most rows of planes, of which there are no more at once, whose gradients fit.
int fitting_plane_rows(std::size_t plane_bytes) {
    for (const int rows : {6, 3, 2})
        if (rows * kPoints * plane_bytes <= kFittingGradients) return rows;
    return 1;
}

/// Calls body(begin, end) for about equal blocks of rows of tiles.
template <class Body>
void for_each_block(int rows, int at_once, Body&& body) {
    const int blocks = (rows + at_once - 1) / at_once;
    for (int block = 0; block < blocks; ++block) body(rows * block / blocks, rows * (block + 1) / blocks);
}

/// Hands out parts of what a call may use.
class Scratch {
  public:
    explicit Scratch(std::span<float> all) : left_(all) {}

    std::span<float> take(std::size_t size) {
        const std::span<float> part = left_.first(size);
        left_ = left_.subspan(size);
        return part;
    }

  private:
    std::span<float> left_;
};

/// Planes an odd number of cache lines apart, as PlaneStrides are.
std::size_t odd_lines(std::size_t floats) { return (floats / kLanes | 1) * kLanes; }

}  // namespace

Winograd::Pass::Pass(int batch, const Shape& from, const Shape& to, int zeros_around)
    : input(from),
      output(to),
      padding(zeros_around),
      tiling{fewest_points(to.height), fewest_points(to.width)},
      weight_stride(odd_lines(weight_plane(from.channels, channel_blocks(to.channels)))),
      rows_at_once(fitting_rows(batch, tiling, from.channels, to.channels, kPlanes,
                                block_bytes(sizeof(float) * kPlanes * weight_stride))),
      input_strides(channel_blocks(from.channels), rows_at_once * tiling.columns.tiles()),
      output_strides(channel_blocks(to.channels), rows_at_once * tiling.columns.tiles()),
      weights(kPlanes * weight_stride),
      zeros(static_cast<std::size_t>(std::max(from.width, to.width)) * kLanes) {}

std::size_t Winograd::Pass::scratch_size() const {
    return strip_size(tiling) + kPlanes * (input_strides.plane + output_strides.plane);
}

void Winograd::Pass::run(int images, const float* from, float* to, const float* bias, std::span<float> scratch) const {
    Scratch parts(scratch);
    const std::span<float> strip = parts.take(strip_size(tiling));
    float* const inputs = parts.take(kPlanes * input_strides.plane).data();
    float* const outputs = parts.take(kPlanes * output_strides.plane).data();
    for_each_block(images * tiling.rows.tiles(), rows_at_once, [&](int begin, int end) {
        const TileRows rows(tiling, begin, end);
        spread_input(rows, input, padding, from, zeros.data(), strip, input_strides, inputs);
        for (int plane = 0; plane < kPlanes; ++plane)
            multiply(rows.places.tiles[plane], input.channels, channel_blocks(output.channels),
                     inputs + plane * input_strides.plane, input_strides.block, weights.data() + plane * weight_stride,
                     outputs + plane * output_strides.plane, output_strides.block);
        gather_output(rows, output, outputs, output_strides, bias, to);
    });
}

Winograd::WeightPass::WeightPass(int batch, const Pass& forward)
    : gradient_stride(odd_lines(static_cast<std::size_t>(padded_channels(forward.input.channels)) *
                                padded_channels(forward.output.channels))),
      plane_rows(fitting_plane_rows(sizeof(float) * gradient_stride)),
      rows_at_once(fitting_rows(batch, forward.tiling, forward.input.channels, forward.output.channels,
                                plane_rows * kPoints, kBlockBytes)),
      input_strides(channel_blocks(forward.input.channels), rows_at_once * forward.tiling.columns.tiles()),
      output_strides(channel_blocks(forward.output.channels), rows_at_once * forward.tiling.columns.tiles()) {}

std::size_t Winograd::WeightPass::scratch_size() const {
    return plane_rows * kPoints * (input_strides.plane + output_strides.plane) + kPlanes * gradient_stride;
}

Winograd::Winograd(const ConvolutionGeometry& geometry)
    : geometry_(geometry),
      forward_(geometry.batch, geometry.input, geometry.output(), geometry.padding),
      weight_pass_(geometry.batch, forward_),
      bias_(static_cast<std::size_t>(padded_channels(geometry.filters))),
      no_bias_(static_cast<std::size_t>(padded_channels(geometry.input.channels))),
      scratch_size_(std::max(forward_.scratch_size(),
                             strip_size(forward_.tiling) + bias_.size() + weight_pass_.scratch_size())) {}

void Winograd::enable_backward_data() {
    if (backward_data_) return;
    backward_data_.emplace(geometry_.batch, geometry_.output(), geometry_.input, 2 - geometry_.padding);
    scratch_size_ = std::max(scratch_size_, backward_data_->scratch_size());
}

void Winograd::prepare(const float* weights, const float* bias) {
    const int channels = geometry_.input.channels, filters = geometry_.filters;
    transform_weights(channels, filters, weights, forward_.weights.data(), forward_.weight_stride);
    if (backward_data_)
        transform_weights_for_data(channels, filters, weights, backward_data_->weights.data(),
                                   backward_data_->weight_stride);
    if (geometry_.bias) std::copy_n(bias, geometry_.filters, bias_.data());
}

void Winograd::forward(int images, const float* input, float* output, std::span<float> scratch) const {
    forward_.run(images, input, output, bias_.data(), scratch);
}

void Winograd::backward_data(int images, const float* output_gradient, float* input_gradient,
                             std::span<float> scratch) const {
    backward_data_->run(images, output_gradient, input_gradient, no_bias_.data(), scratch);
}

void Winograd::backward_weights(int images, const float* input, const float* output_gradient, float* weight_gradient,
                                float* bias_gradient, std::span<float> scratch) const {
    const Pass& forward = forward_;
    const WeightPass& pass = weight_pass_;
    const int channels = geometry_.input.channels, filters = geometry_.filters;
    const int filter_blocks = channel_blocks(filters);
    Scratch parts(scratch);
    const std::span<float> strip = parts.take(strip_size(forward.tiling));
    float* const inputs = parts.take(pass.plane_rows * kPoints * pass.input_strides.plane).data();
    float* const gradients = parts.take(pass.plane_rows * kPoints * pass.output_strides.plane).data();
    const std::span<float> bias_sums = parts.take(bias_.size());
    float* const sums = parts.take(kPlanes * pass.gradient_stride).data();
    std::fill(bias_sums.begin(), bias_sums.end(), 0.0f);
    std::array<bool, kPlanes> begun{};
    for (int first = 0; first < kPoints; first += pass.plane_rows)
        for_each_block(images * forward.tiling.rows.tiles(), pass.rows_at_once, [&](int begin, int end) {
            const TileRows rows(forward.tiling, begin, end, {first, first + pass.plane_rows});
            spread_input(rows, forward.input, forward.padding, input, forward.zeros.data(), strip, pass.input_strides,
                         inputs);
            spread_output_gradient(rows, forward.output, output_gradient, forward.zeros.data(), strip,
                                   pass.output_strides, gradients, first == 0 ? bias_sums.data() : nullptr);
            for (int i = 0; i < rows.plane_rows.planes(); ++i) {
                const int plane = first * kPoints + i;
                if (rows.places.tiles[plane] == 0) continue;
                multiply_transposed(rows.places.tiles[plane], channels, filter_blocks,
                                    inputs + i * pass.input_strides.plane, pass.input_strides.block,
                                    gradients + i * pass.output_strides.plane, pass.output_strides.block, begun[plane],
                                    sums + plane * pass.gradient_stride);
                begun[plane] = true;
            }
        });
    for (int plane = 0; plane < kPlanes; ++plane)
        if (!begun[plane]) std::fill_n(sums + plane * pass.gradient_stride, pass.gradient_stride, 0.0f);
    transform_weight_gradients(channels, filters, sums, pass.gradient_stride, weight_gradient);
    if (geometry_.bias) std::copy_n(bias_sums.data(), filters, bias_gradient);
}

}  // namespace inkling::kernels
