#pragma once

#include <memory>

#include "kernels/cpu/values.h"

namespace inkling::kernels {

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
