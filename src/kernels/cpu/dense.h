#pragma once

#include <memory>

#include "kernels/cpu/values.h"
#include "kernels/geometry.h"

namespace inkling::kernels {

/// A dense layer's products of one geometry, run by `workers` workers, each on its own slice of a batch and with its
/// own scratch memory, with the weights kept in the layouts and the precision that they are multiplied in.
/// geometry.batch is the slice's.
class DenseProducts {
  public:
    DenseProducts(const DenseGeometry& geometry, int workers);
    ~DenseProducts();
    DenseProducts(DenseProducts&&) noexcept;
    DenseProducts& operator=(DenseProducts&&) noexcept;

    /// Makes backward_data() possible.
    void enable_backward_data();

    /// Floats of scratch that a call needs.
    std::size_t scratch_size() const;

    /// Takes weights, (units, inputs), and bias, (units) or null: to be called whenever they have changed, while no
    /// worker is in another call.
    void prepare(const float* weights, const float* bias, float* scratch);

    void forward(int worker, const ConstValues& input, const Values& output, float* scratch);

    /// `output_gradient` is stored in geometry.precision.
    void backward_data(int worker, const ConstValues& output_gradient, const Values& input_gradient, float* scratch);

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

/// A dense layer's gradient by its weights: output_gradient^T input over a whole batch, geometry.batch, for some of its
/// units at a time, so that workers share it out by units.
class DenseWeightGradient {
  public:
    DenseWeightGradient(const DenseGeometry& geometry, int workers);
    ~DenseWeightGradient();
    DenseWeightGradient(DenseWeightGradient&&) noexcept;
    DenseWeightGradient& operator=(DenseWeightGradient&&) noexcept;

    std::size_t scratch_size() const;

    /// Into how many parts it is shared out.
    int parts() const;

    /// A part's rows of weight_gradient, (units, inputs). `output_gradient` is stored in geometry.precision.
    void run(int part, int worker, const ConstValues& input, const ConstValues& output_gradient, float* weight_gradient,
             float* scratch);

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace inkling::kernels
