#pragma once

#include <memory>
#include <span>
#include <string>

#include "core/shape.h"

namespace inkling::kernels {

// What oneDNN does for us. Only onednn.cpp includes its header.

/// "2.6.3"
std::string onednn_version();

/// C = op(A) op(B) + beta C, all row by row: op(A) is (rows, depth), op(B) is (depth, columns), C is (rows, columns).
/// The leading dimensions are the floats from one stored row to the next.
struct MatrixProduct {
    bool transpose_a = false;
    bool transpose_b = false;
    std::size_t rows = 0, columns = 0, depth = 0;
    const float* a = nullptr;
    std::size_t leading_a = 0;
    const float* b = nullptr;
    std::size_t leading_b = 0;
    float beta = 0;
    float* c = nullptr;
    std::size_t leading_c = 0;
};
void multiply(const MatrixProduct& product);

struct ConvolutionGeometry {
    int batch = 0;
    Shape input;
    int filters = 0;
    int kernel = 3;
    int stride = 1;
    int padding = 1;
    bool bias = true;
    bool plain_input = false;  // the input is (batch, C, H, W) as it stands, not in channel blocks

    Shape output() const {
        return {filters, (input.height + 2 * padding - kernel) / stride + 1,
                (input.width + 2 * padding - kernel) / stride + 1};
    }
};

/// A 2-D convolution (cross-correlation, as in PyTorch) of one geometry. Activations are blocked (layout.h), but for a
/// plain input. Keeps copies of the weights in the layouts that it likes best. Bound to the number of threads that it
/// was made under.
class Convolution {
  public:
    enum class Use { kForward, kForwardAndBackward };

    Convolution(const ConvolutionGeometry& geometry, Use use);
    ~Convolution();
    Convolution(Convolution&&) noexcept;
    Convolution& operator=(Convolution&&) noexcept;

    /// Makes backward_data() possible; costs a second copy of the weights.
    void enable_backward_data();

    /// Takes weights, (filters, C, kernel, kernel), and bias, (filters) or null: to be called whenever they have
    /// changed.
    void prepare(const float* weights, const float* bias);

    void forward(const float* input, float* output);

    /// Gradients of weights, (filters, C, kernel, kernel), and bias, (filters) or null.
    void backward_weights(const float* input, const float* output_gradient, float* weight_gradient,
                          float* bias_gradient);

    void backward_data(const float* output_gradient, float* input_gradient);

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace inkling::kernels
