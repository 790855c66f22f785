#include "kernels/cpu/plain_input_gradient.h"

#include <gtest/gtest.h>

#include <vector>

#include "kernels/cpu/layout.h"
#include "kernels/reference/conv2d.h"
#include "random_values.h"

namespace inkling {
namespace {

using kernels::ConvolutionGeometry;

void expect_near(const std::vector<float>& actual, const std::vector<double>& expected) {
    ASSERT_EQ(actual.size(), expected.size());
    for (std::size_t i = 0; i < actual.size(); ++i) EXPECT_NEAR(actual[i], expected[i], 1e-4) << i;
}

void expect_as_reference(const ConvolutionGeometry& geometry) {
    const Shape output = geometry.output();
    const std::size_t weights =
        static_cast<std::size_t>(geometry.filters) * geometry.input.channels * geometry.kernel * geometry.kernel;
    const std::vector<float> input =
        random_values(static_cast<std::size_t>(geometry.batch) * geometry.input.channels * geometry.input.pixels(), 1);
    const std::size_t plain_size = static_cast<std::size_t>(geometry.filters) * output.pixels();
    const std::vector<float> output_gradient = random_values(geometry.batch * plain_size, 2);
    std::vector<float> blocked(geometry.batch * kernels::blocked_size(output));
    kernels::block_channels(output_gradient.data(), geometry.batch, output, plain_size, blocked.data());

    std::vector<float> weight_gradient(weights, 7), bias_gradient(geometry.filters, 7);
    kernels::plain_input_weight_gradient(geometry, input.data(), blocked.data(), weight_gradient.data(),
                                         geometry.bias ? bias_gradient.data() : nullptr);

    std::vector<double> input_gradient(input.size()), expected(weights),
        expected_bias(geometry.bias ? geometry.filters : 0);
    reference::conv2d_backward(geometry, doubles(input), std::vector<double>(weights), doubles(output_gradient),
                               input_gradient, expected, expected_bias);
    expect_near(weight_gradient, expected);
    if (geometry.bias) expect_near(bias_gradient, expected_bias);
}

TEST(PlainInputWeightGradient, IsTheReferences) {
    for (const ConvolutionGeometry& geometry : {
             ConvolutionGeometry{.batch = 3, .input = {1, 28, 28}, .filters = 32},
             ConvolutionGeometry{.batch = 2, .input = {1, 9, 7}, .filters = 5, .kernel = 5, .padding = 2},
             ConvolutionGeometry{.batch = 2, .input = {3, 11, 8}, .filters = 20, .kernel = 3, .stride = 2},
             ConvolutionGeometry{
                 .batch = 1, .input = {2, 6, 6}, .filters = 17, .kernel = 2, .padding = 0, .bias = false},
             ConvolutionGeometry{.batch = 1, .input = {1, 2, 3}, .filters = 4, .kernel = 7, .stride = 3, .padding = 4},
             ConvolutionGeometry{.batch = 2, .input = {1, 5, 5}, .filters = 8, .kernel = 1, .stride = 2, .padding = 0},
             ConvolutionGeometry{.batch = 2, .input = {1, 3, 3}, .filters = 8, .kernel = 3, .padding = 0},
         }) {
        SCOPED_TRACE(testing::Message() << "kernel " << geometry.kernel << " stride " << geometry.stride << " padding "
                                        << geometry.padding << " width " << geometry.input.width);
        expect_as_reference(geometry);
    }
}

}  // namespace
}  // namespace inkling
