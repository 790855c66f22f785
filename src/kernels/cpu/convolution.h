#pragma once

#include <memory>

#include "kernels/cpu/values.h"
#include "kernels/geometry.h"

namespace inkling::kernels {

/// A convolution of one geometry. Activations are blocked (layout.h), but for a
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

}  // namespace inkling::kernels
