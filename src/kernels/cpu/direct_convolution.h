#pragma once

#include <cstddef>
#include <memory>

#include "kernels/cpu/values.h"
#include "kernels/geometry.h"

namespace inkling::kernels {

enum class ConvolutionUse { kForward, kForwardAndBackward };

/// A Convolution (convolution.h) of any geometry and precision, by oneDNN: the sum of products as it is defined.
class DirectConvolution {
  public:
    DirectConvolution(const ConvolutionGeometry& geometry, ConvolutionUse use, int workers);
    ~DirectConvolution();
    DirectConvolution(DirectConvolution&&) noexcept;
    DirectConvolution& operator=(DirectConvolution&&) noexcept;

    void enable_backward_data();
    std::size_t scratch_size() const;
    void prepare(const float* weights, const float* bias, float* scratch);
    void forward(int worker, const ConstValues& input, const Values& output, float* scratch);
    void backward_weights(int worker, const ConstValues& input, const ConstValues& output_gradient,
                          float* weight_gradient, float* bias_gradient, float* scratch);
    void backward_data(int worker, const ConstValues& output_gradient, const Values& input_gradient, float* scratch);

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace inkling::kernels
