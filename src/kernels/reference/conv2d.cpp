#include "kernels/reference/conv2d.h"

#include <algorithm>
#include <cstddef>

namespace inkling::reference {
namespace {

/// Calls visit(output index, input index, weight index) for every product of the convolution.
template <class Visit>
void for_each_product(const ConvolutionGeometry& g, Visit&& visit) {
    const auto& [channels, height, width] = g.input;
    const Shape out = g.output();
    std::size_t output = 0;
    for (int n = 0; n < g.batch; ++n)
        for (int filter = 0; filter < g.filters; ++filter)
            for (int out_y = 0; out_y < out.height; ++out_y)
                for (int out_x = 0; out_x < out.width; ++out_x, ++output)
                    for (int c = 0; c < channels; ++c)
                        for (int ky = 0; ky < g.kernel; ++ky)
                            for (int kx = 0; kx < g.kernel; ++kx) {
                                const int y = out_y * g.stride - g.padding + ky;
                                const int x = out_x * g.stride - g.padding + kx;
                                if (y < 0 || y >= height || x < 0 || x >= width) continue;
                                const auto channel = static_cast<std::size_t>(n) * channels + c;
                                const auto plane = static_cast<std::size_t>(filter) * channels + c;
                                visit(output, (channel * height + y) * width + x,
                                      (plane * g.kernel + ky) * g.kernel + kx);
                            }
}

/// Calls visit(output index, filter) for every output value.
template <class Visit>
void for_each_output(const ConvolutionGeometry& g, Visit&& visit) {
    const std::size_t pixels = g.output().pixels();
    const std::size_t count = g.batch * g.filters * pixels;
    for (std::size_t i = 0; i < count; ++i) visit(i, i / pixels % g.filters);
}

}  // namespace

void conv2d_forward(const ConvolutionGeometry& geometry, std::span<const double> input, std::span<const double> weight,
                    std::span<const double> bias, std::span<double> output) {
    for_each_output(geometry, [&](auto o, auto filter) { output[o] = bias.empty() ? 0.0 : bias[filter]; });
    for_each_product(geometry, [&](auto o, auto i, auto w) { output[o] += input[i] * weight[w]; });
}

void conv2d_backward(const ConvolutionGeometry& geometry, std::span<const double> input, std::span<const double> weight,
                     std::span<const double> output_gradient, std::span<double> input_gradient,
                     std::span<double> weight_gradient, std::span<double> bias_gradient) {
    std::fill(input_gradient.begin(), input_gradient.end(), 0.0);
    std::fill(weight_gradient.begin(), weight_gradient.end(), 0.0);
    std::fill(bias_gradient.begin(), bias_gradient.end(), 0.0);
    for_each_product(geometry, [&](auto o, auto i, auto w) {
        input_gradient[i] += output_gradient[o] * weight[w];
        weight_gradient[w] += output_gradient[o] * input[i];
    });
    if (bias_gradient.empty()) return;
    for_each_output(geometry, [&](auto o, auto filter) { bias_gradient[filter] += output_gradient[o]; });
}

}  // namespace inkling::reference
