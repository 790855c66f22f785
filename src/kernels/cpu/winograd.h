#pragma once

#include <cstddef>
#include <optional>
#include <span>

#include "core/aligned_buffer.h"
#include "kernels/cpu/winograd_tiles.h"
#include "kernels/geometry.h"

namespace inkling::kernels {

/// A 3x3 convolution with stride 1 of blocked activations (layout.h) in floats, by Winograd's algorithm with tiles of
/// 4, 3 and 2 outputs a side (winograd_transforms.h). All calls run on the calling thread. Those that are const may run
/// at once on several, each with a slice of the batch and scratch of its own; they take no memory.
class Winograd {
  public:
    /// For a geometry that suits it; `geometry.batch` is the largest slice. Transformed weights take 4 times the memory
    /// of weights.
    explicit Winograd(const ConvolutionGeometry& geometry);

    /// Floats of scratch that a call needs, on a 64-byte boundary.
    std::size_t scratch_size() const { return scratch_size_; }

    /// Makes backward_data() possible, from the next prepare() on; costs a second copy of the weights and may raise
    /// scratch_size().
    void enable_backward_data();

    /// Takes weights, (filters, C, 3, 3), and bias, (filters) or null: to be called whenever they have changed.
    void prepare(const float* weights, const float* bias);

    void forward(int images, const float* input, float* output, std::span<float> scratch) const;

    void backward_data(int images, const float* output_gradient, float* input_gradient, std::span<float> scratch) const;

    /// Writes the slice's gradients of weights, (filters, C, 3, 3), and bias, (filters) or null.
    void backward_weights(int images, const float* input, const float* output_gradient, float* weight_gradient,
                          float* bias_gradient, std::span<float> scratch) const;

  private:
    /// A correlation of the kernels with images of one shape, which gives another.
    struct Pass {
        Pass(int batch, const Shape& from, const Shape& to, int padding);

        std::size_t scratch_size() const;
        void run(int images, const float* from, float* to, const float* bias, std::span<float> scratch) const;

        Shape input, output;
        int padding;
        winograd::Tiling tiling;
        std::size_t weight_stride;  // from one plane of transformed weights to the next
        int rows_at_once;           // rows of tiles
        winograd::PlaneStrides input_strides, output_strides;
        AlignedBuffer<float> weights;
        AlignedBuffer<float> zeros;  // a row of an image
    };

    /// The gradients of weights: the forward pass's tiles, but more of them at once, for some of the planes at once.
    struct WeightPass {
        WeightPass(int batch, const Pass& forward);

        std::size_t scratch_size() const;

        std::size_t gradient_stride;  // from one plane of the transformed weights' gradients to the next
        int plane_rows;               // at once
        int rows_at_once;             // rows of tiles
        winograd::PlaneStrides input_strides, output_strides;
    };

    ConvolutionGeometry geometry_;
    Pass forward_;
    std::optional<Pass> backward_data_;
    WeightPass weight_pass_;
    AlignedBuffer<float> bias_, no_bias_;
    std::size_t scratch_size_;
};

}  // namespace inkling::kernels
