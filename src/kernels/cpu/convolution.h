#pragma once

#include <cstddef>
#include <variant>

#include "kernels/cpu/direct_convolution.h"
#include "kernels/cpu/values.h"
#include "kernels/cpu/widening.h"
#include "kernels/cpu/winograd.h"
#include "kernels/geometry.h"

namespace inkling::kernels {

/// A convolution of one geometry, run by `workers` workers, each on its own slice of a batch and with its own scratch
/// memory, on a 64-byte boundary: geometry.batch is the slice's. Activations are blocked (layout.h), but for a plain
/// input. Keeps copies of the weights in the layouts that it likes best.
class Convolution {
  public:
    /// By Winograd's algorithm wherever there is one, but for a few images: on one thread it was faster than oneDNN's
    /// direct convolution for every geometry measured (docs/performance.md).
    Convolution(const ConvolutionGeometry& geometry, ConvolutionUse use, int workers);

    /// Makes backward_data() possible, from the next prepare() on; costs a second copy of the weights and may raise
    /// scratch_size().
    void enable_backward_data();

    /// Floats of scratch that a call needs.
    std::size_t scratch_size() const;

    /// Takes weights, (filters, C, kernel, kernel), and bias, (filters) or null: to be called whenever they have
    /// changed, while no worker is in another call.
    void prepare(const float* weights, const float* bias, float* scratch);

    void forward(int worker, const ConstValues& input, const Values& output, float* scratch);

    /// The slice's gradients of weights, (filters, C, kernel, kernel), and bias, (filters) or null.
    void backward_weights(int worker, const ConstValues& input, const ConstValues& output_gradient,
                          float* weight_gradient, float* bias_gradient, float* scratch);

    void backward_data(int worker, const ConstValues& output_gradient, const Values& input_gradient, float* scratch);

  private:
    using Algorithm = std::variant<Winograd, DirectConvolution>;

    ConvolutionGeometry geometry_;
    Widening widening_;
    Algorithm algorithm_;
};

}  // namespace inkling::kernels
