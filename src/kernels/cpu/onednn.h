#pragma once

#include <memory>
#include <span>
#include <string>

#include "core/shape.h"
#include "kernels/cpu/values.h"

namespace inkling::kernels {

// What oneDNN does for us. Only onednn.cpp includes its header.

/// "2.6.3"
std::string onednn_version();

/// Whether products of bfloat16 numbers run in hardware here: the processor has AVX-512 BF16 and this program was
/// built for AVX-512.
bool has_bfloat16();

struct ConvolutionGeometry {
    int batch = 0;
    Shape input;
    int filters = 0;
    int kernel = 3;
    int stride = 1;
    int padding = 1;
    bool bias = true;
    bool plain_input = false;                   // the input is (batch, C, H, W) as it stands, not in channel blocks
    Precision precision = Precision::kFloat32;  // of input, output and their gradients

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

    void forward(const ConstValues& input, const Values& output);

    /// Gradients of weights, (filters, C, kernel, kernel), and bias, (filters) or null.
    void backward_weights(const ConstValues& input, const ConstValues& output_gradient, float* weight_gradient,
                          float* bias_gradient);

    void backward_data(const ConstValues& output_gradient, const Values& input_gradient);

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

struct DenseGeometry {
    int batch = 0;
    int inputs = 0;
    int units = 0;
    int input_stride = 0;  // values from one sample to the next
    int output_stride = 0;
    bool bias = true;
    Precision precision = Precision::kBfloat16;         // of input, its gradient, and what is multiplied
    Precision output_precision = Precision::kBfloat16;  // of output and its gradient
};

/// A dense layer's products of one geometry, with the weights kept in the layouts and the precision that they are
/// multiplied in. Bound to the number of threads that it was made under.
class DenseProducts {
  public:
    explicit DenseProducts(const DenseGeometry& geometry);
    ~DenseProducts();
    DenseProducts(DenseProducts&&) noexcept;
    DenseProducts& operator=(DenseProducts&&) noexcept;

    /// Makes the backward pass possible: by the weights, and by the input too where `by_input`.
    void enable_backward(bool by_input);

    /// Takes weights, (units, inputs), and bias, (units) or null: to be called whenever they have changed.
    void prepare(const float* weights, const float* bias);

    void forward(const ConstValues& input, const Values& output);

    /// The weights' gradient, (units, inputs).
    void backward_weights(const ConstValues& input, const ConstValues& output_gradient, float* weight_gradient);

    void backward_data(const ConstValues& output_gradient, const Values& input_gradient);

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace inkling::kernels
