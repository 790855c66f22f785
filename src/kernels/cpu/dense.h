#pragma once

#include <memory>

#include "kernels/cpu/values.h"
#include "kernels/geometry.h"

namespace inkling::kernels {

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
