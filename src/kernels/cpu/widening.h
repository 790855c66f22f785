#pragma once

#include <cstddef>
#include <span>

#include "core/aligned_buffer.h"
#include "kernels/cpu/values.h"

namespace inkling::kernels {

/// In what numbers that are stored so are multiplied: bfloat16 in floats where the processor has no products of it
/// (onednn.h). With AVX2 oneDNN has none either; with AVX-512 it emulates them, at a quarter of the rate of floats.
Precision product_precision(Precision stored);

/// Rows of values in memory, `stride` from one to the next.
struct Rows {
    int count = 0;
    std::size_t width = 0, stride = 0;
};

/// Lets a product of floats stand for one of stored values, where these are multiplied as floats: operands are expanded
/// in front of the product's own scratch, results rounded from there.
class Widening {
  public:
    /// Of a product whose input and output, and the gradients by them, are stored so.
    Widening(Precision stored, const Rows& input, const Rows& output);

    /// Whether an operand must be expanded before it is multiplied.
    bool takes(const ConstValues& operand) const { return widens_ && operand.precision == Precision::kBfloat16; }

    /// Floats of scratch that it needs, whole cache lines.
    std::size_t scratch_size() const { return widens_ ? size(input_) + size(output_) : 0; }

    /// The weights as they are multiplied: rounded as the stored values are, until the next call.
    const float* factors(std::span<const float> weights);

    /// Calls product(input, output, scratch) with floats.
    template <class Product>
    void forward(const ConstValues& input, const Values& output, float* scratch, Product&& product) const {
        convert(input, input_, output, output_, scratch, product);
    }

    /// Calls product(output_gradient, input_gradient, scratch) with floats.
    template <class Product>
    void backward_data(const ConstValues& output_gradient, const Values& input_gradient, float* scratch,
                       Product&& product) const {
        convert(output_gradient, output_, input_gradient, input_, scratch, product);
    }

    /// Calls product(input, output_gradient, scratch) with floats.
    template <class Product>
    void backward_weights(const ConstValues& input, const ConstValues& output_gradient, float* scratch,
                          Product&& product) const {
        float* const gradient = expand(input, input_, scratch);
        float* const rest = expand(output_gradient, output_, gradient);
        product(scratch, gradient, rest);
    }

  private:
    template <class Product>
    static void convert(const ConstValues& from, const Rows& from_rows, const Values& to, const Rows& to_rows,
                        float* scratch, Product& product) {
        float* const result = expand(from, from_rows, scratch);
        product(scratch, result, result + size(to_rows));
        copy(result, to_rows, to);
    }

    static std::size_t size(const Rows& rows);
    static void copy(const ConstValues& from, const Rows& rows, const Values& to);
    /// Returns the end of the floats.
    static float* expand(const ConstValues& values, const Rows& rows, float* floats);

    bool widens_;
    Rows input_, output_;
    AlignedBuffer<float> factors_;
};

}  // namespace inkling::kernels
