#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "kernels/cpu/convolution.h"
#include "kernels/cpu/dense.h"
#include "kernels/cpu/layout.h"
#include "kernels/reference/conv2d.h"
#include "kernels/reference/dense.h"
#include "random_values.h"

namespace inkling {
namespace {

using kernels::Bfloat16;
using kernels::ConvolutionGeometry;
using kernels::DenseGeometry;

constexpr double kOfFloats = 1e-5;         // of the largest value
constexpr double kOfBfloat16 = 1.0 / 256;  // half a unit in the last place of the largest value, or less

std::vector<double> rounded(const std::vector<float>& values) {
    std::vector<double> result;
    for (const float value : values) result.push_back(kernels::to_float(kernels::from_float<Bfloat16>(value)));
    return result;
}

void expect_near(const std::vector<float>& actual, const std::vector<double>& expected, double tolerance,
                 const char* what) {
    ASSERT_EQ(actual.size(), expected.size()) << what;
    double largest = 0, error = 0;
    for (std::size_t i = 0; i < actual.size(); ++i) {
        ASSERT_TRUE(std::isfinite(actual[i])) << what << " " << i;
        largest = std::max(largest, std::abs(expected[i]));
        error = std::max(error, std::abs(actual[i] - expected[i]));
    }
    EXPECT_LE(error, tolerance * largest) << what;
}

/// Images as a convolution takes them.
struct Images {
    Images(int count, const Shape& of, bool as_it_stands)
        : batch(count),
          shape(of),
          plain(as_it_stands),
          values(batch * (plain ? shape.size() : kernels::blocked_size(shape))) {}

    void set(const std::vector<float>& from) {
        if (plain)
            kernels::copy_rows(from.data(), 0, 1, from.size(), 0, values.data());
        else
            kernels::block_channels(from.data(), batch, shape, shape.size(), values.data());
    }

    std::vector<float> get() const {
        std::vector<float> result(batch * shape.size());
        if (plain)
            kernels::copy_rows(values.data(), 0, 1, result.size(), 0, result.data());
        else
            kernels::unblock_channels(values.data(), batch, shape, shape.size(), result.data());
        return result;
    }

    int batch;
    Shape shape;
    bool plain;
    AlignedBuffer<Bfloat16> values;
};

/// Expects of all passes what double precision makes of the rounded numbers, whatever the processor has for bfloat16.
void expect_as_reference(ConvolutionGeometry geometry) {
    geometry.precision = Precision::kBfloat16;
    SCOPED_TRACE(testing::Message() << "kernel " << geometry.kernel << ", stride " << geometry.stride << ", batch "
                                    << geometry.batch << ", channels " << geometry.input.channels);
    const Shape output_shape = geometry.output();
    const int filter = geometry.input.channels * geometry.kernel * geometry.kernel;
    const std::vector<float> input = random_values(geometry.batch * geometry.input.size(), 1);
    const std::vector<float> weights = random_values(static_cast<std::size_t>(geometry.filters) * filter, 2);
    const std::vector<float> bias = random_values(geometry.bias ? geometry.filters : 0, 3);
    const std::vector<float> output_gradient = random_values(geometry.batch * output_shape.size(), 4);

    kernels::Convolution convolution(geometry, kernels::ConvolutionUse::kForwardAndBackward, 1);
    convolution.enable_backward_data();
    AlignedBuffer<float> scratch(convolution.scratch_size());
    convolution.prepare(weights.data(), geometry.bias ? bias.data() : nullptr, scratch.data());
    Images from(geometry.batch, geometry.input, geometry.plain_input), to(geometry.batch, output_shape, false);
    Images from_gradient = Images(geometry.batch, geometry.input, geometry.plain_input);
    Images to_gradient(geometry.batch, output_shape, false);
    from.set(input);
    to_gradient.set(output_gradient);
    std::vector<float> weight_gradient(weights.size(), 7), bias_gradient(bias.size(), 7);
    convolution.forward(0, from.values.data(), to.values.data(), scratch.data());
    convolution.backward_weights(0, from.values.data(), to_gradient.values.data(), weight_gradient.data(),
                                 geometry.bias ? bias_gradient.data() : nullptr, scratch.data());
    convolution.backward_data(0, to_gradient.values.data(), from_gradient.values.data(), scratch.data());

    std::vector<double> expected(output_gradient.size()), by_input(input.size()), by_weights(weights.size()),
        by_bias(bias.size());
    reference::conv2d_forward(geometry, rounded(input), rounded(weights), doubles(bias), expected);
    reference::conv2d_backward(geometry, rounded(input), rounded(weights), rounded(output_gradient), by_input,
                               by_weights, by_bias);
    expect_near(to.get(), expected, kOfBfloat16, "output");
    expect_near(from_gradient.get(), by_input, kOfBfloat16, "input gradient");
    expect_near(weight_gradient, by_weights, kOfFloats, "weight gradient");
    if (geometry.bias) expect_near(bias_gradient, by_bias, kOfFloats, "bias gradient");
}

TEST(Bfloat16Products, OfConvolutionsAreTheReferencesOfRoundedNumbers) {
    for (const ConvolutionGeometry& geometry : {
             ConvolutionGeometry{.batch = 5, .input = {20, 9, 8}, .filters = 24},
             ConvolutionGeometry{.batch = 2, .input = {16, 7, 7}, .filters = 16, .bias = false},
             ConvolutionGeometry{.batch = 4, .input = {5, 9, 8}, .filters = 17, .stride = 2},
             ConvolutionGeometry{.batch = 4, .input = {16, 6, 9}, .filters = 8, .kernel = 5, .padding = 2},
             ConvolutionGeometry{.batch = 6, .input = {1, 10, 9}, .filters = 12, .plain_input = true},
         })
        expect_as_reference(geometry);
}

/// Rows of features with room between them.
AlignedBuffer<Bfloat16> in_rows(const std::vector<float>& values, int batch, int stride) {
    AlignedBuffer<Bfloat16> rows(static_cast<std::size_t>(batch) * stride);
    const std::size_t width = values.size() / batch;
    kernels::copy_rows(values.data(), width, batch, width, stride, rows.data());
    return rows;
}

std::vector<float> from_rows(const kernels::ConstValues& rows, int batch, std::size_t width, int stride) {
    std::vector<float> values(batch * width);
    kernels::copy_rows(rows, stride, batch, width, width, values.data());
    return values;
}

void expect_as_reference(const DenseGeometry& geometry) {
    SCOPED_TRACE(testing::Message() << geometry.inputs << " to " << geometry.units);
    const auto [batch, inputs, units, input_stride, output_stride, has_bias, stored, output_stored] = geometry;
    const std::vector<float> input = random_values(static_cast<std::size_t>(batch) * inputs, 1);
    const std::vector<float> weights = random_values(static_cast<std::size_t>(units) * inputs, 2);
    const std::vector<float> bias = random_values(has_bias ? units : 0, 3);
    const std::vector<float> output_gradient = random_values(static_cast<std::size_t>(batch) * units, 4);

    kernels::DenseProducts products(geometry, 1);
    products.enable_backward_data();
    kernels::DenseWeightGradient weight_product(geometry, 1);
    AlignedBuffer<float> scratch(std::max(products.scratch_size(), weight_product.scratch_size()));
    products.prepare(weights.data(), has_bias ? bias.data() : nullptr, scratch.data());
    const AlignedBuffer<Bfloat16> from = in_rows(input, batch, input_stride);
    const AlignedBuffer<Bfloat16> to_gradient = in_rows(output_gradient, batch, output_stride);
    AlignedBuffer<Bfloat16> from_gradient(from.size());
    AlignedBuffer<float> output(to_gradient.size());  // room for either kind
    kernels::Values to = output.data();
    to.precision = output_stored;
    std::vector<float> weight_gradient(weights.size(), 7);
    products.forward(0, from.data(), to, scratch.data());
    products.backward_data(0, to_gradient.data(), from_gradient.data(), scratch.data());
    for (int part = 0; part < weight_product.parts(); ++part)
        weight_product.run(part, 0, from.data(), to_gradient.data(), weight_gradient.data(), scratch.data());

    std::vector<double> expected(output_gradient.size()), by_input(input.size()), by_weights(weights.size()),
        by_bias(bias.size());
    reference::dense_forward(geometry, rounded(input), rounded(weights), doubles(bias), expected);
    reference::dense_backward(geometry, rounded(input), rounded(weights), rounded(output_gradient), by_input,
                              by_weights, by_bias);
    expect_near(from_rows(to, batch, units, output_stride), expected,
                output_stored == Precision::kFloat32 ? kOfFloats : kOfBfloat16, "output");
    expect_near(from_rows(from_gradient.data(), batch, inputs, input_stride), by_input, kOfBfloat16, "input gradient");
    expect_near(weight_gradient, by_weights, kOfFloats, "weight gradient");
}

TEST(Bfloat16Products, OfDenseLayersAreTheReferencesOfRoundedNumbers) {
    expect_as_reference({.batch = 9, .inputs = 100, .units = 150, .input_stride = 112, .output_stride = 160});
    expect_as_reference({.batch = 5,
                         .inputs = 64,
                         .units = 47,
                         .input_stride = 64,
                         .output_stride = 47,
                         .output_precision = Precision::kFloat32});
    expect_as_reference(
        {.batch = 1, .inputs = 33, .units = 20, .input_stride = 40, .output_stride = 24, .bias = false});
}

}  // namespace
}  // namespace inkling
