#include "kernels/reference/conv2d.h"

#include <algorithm>
#include <cstddef>

namespace inkling::reference {
namespace {

/// Calls visit(output index, input index, weight index) for every product of the convolution.
template <class Visit>
void for_each_product(const Conv2dShape& s, Visit&& visit) {
    std::size_t output = 0;
    for (int n = 0; n < s.batch; ++n)
        for (int filter = 0; filter < s.out_channels; ++filter)
            for (int out_y = 0; out_y < s.out_height(); ++out_y)
                for (int out_x = 0; out_x < s.out_width(); ++out_x, ++output)
                    for (int c = 0; c < s.in_channels; ++c)
                        for (int ky = 0; ky < s.kernel; ++ky)
                            for (int kx = 0; kx < s.kernel; ++kx) {
                                const int y = out_y * s.stride - s.padding + ky;
                                const int x = out_x * s.stride - s.padding + kx;
                                if (y < 0 || y >= s.height || x < 0 || x >= s.width) continue;
                                const auto channel = static_cast<std::size_t>(n) * s.in_channels + c;
                                const auto plane = static_cast<std::size_t>(filter) * s.in_channels + c;
                                visit(output, (channel * s.height + y) * s.width + x,
                                      (plane * s.kernel + ky) * s.kernel + kx);
                            }
}

/// Calls visit(output index, filter) for every output value.
template <class Visit>
void for_each_output(const Conv2dShape& s, Visit&& visit) {
    const auto pixels = static_cast<std::size_t>(s.out_height()) * s.out_width();
    const std::size_t count = s.batch * s.out_channels * pixels;
    for (std::size_t i = 0; i < count; ++i) visit(i, i / pixels % s.out_channels);
}

}  // namespace

void conv2d_forward(const Conv2dShape& shape, std::span<const double> input, std::span<const double> weight,
                    std::span<const double> bias, std::span<double> output) {
    for_each_output(shape, [&](auto o, auto filter) { output[o] = bias.empty() ? 0.0 : bias[filter]; });
    for_each_product(shape, [&](auto o, auto i, auto w) { output[o] += input[i] * weight[w]; });
}

void conv2d_backward(const Conv2dShape& shape, std::span<const double> input, std::span<const double> weight,
                     std::span<const double> output_gradient, std::span<double> input_gradient,
                     std::span<double> weight_gradient, std::span<double> bias_gradient) {
    std::fill(input_gradient.begin(), input_gradient.end(), 0.0);
    std::fill(weight_gradient.begin(), weight_gradient.end(), 0.0);
    std::fill(bias_gradient.begin(), bias_gradient.end(), 0.0);
    for_each_product(shape, [&](auto o, auto i, auto w) {
        input_gradient[i] += output_gradient[o] * weight[w];
        weight_gradient[w] += output_gradient[o] * input[i];
    });
    if (bias_gradient.empty()) return;
    for_each_output(shape, [&](auto o, auto filter) { bias_gradient[filter] += output_gradient[o]; });
}

}  // namespace inkling::reference
