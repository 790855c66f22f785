#include "kernels/reference/pool2d.h"

#include <algorithm>
#include <cstddef>
#include <limits>
#include <vector>

namespace inkling::reference {
namespace {

/// Calls visit(output index, input index) for every value of every window, row by row.
template <class Visit>
void for_each_window_value(const Pool2dShape& s, Visit&& visit) {
    std::size_t output = 0;
    for (std::size_t plane = 0; plane < static_cast<std::size_t>(s.batch) * s.channels; ++plane)
        for (int out_y = 0; out_y < s.out_height(); ++out_y)
            for (int out_x = 0; out_x < s.out_width(); ++out_x, ++output)
                for (int y = out_y * s.stride; y < out_y * s.stride + s.kernel; ++y)
                    for (int x = out_x * s.stride; x < out_x * s.stride + s.kernel; ++x)
                        visit(output, (plane * s.height + y) * s.width + x);
}

}  // namespace

void max_pool2d_forward(const Pool2dShape& shape, std::span<const double> input, std::span<double> output) {
    std::fill(output.begin(), output.end(), -std::numeric_limits<double>::infinity());
    for_each_window_value(shape, [&](auto o, auto i) { output[o] = std::max(output[o], input[i]); });
}

void max_pool2d_backward(const Pool2dShape& shape, std::span<const double> input,
                         std::span<const double> output_gradient, std::span<double> input_gradient) {
    std::vector<std::size_t> largest(output_gradient.size(), input.size());
    for_each_window_value(shape, [&](auto o, auto i) {
        if (largest[o] == input.size() || input[i] > input[largest[o]]) largest[o] = i;
    });
    std::fill(input_gradient.begin(), input_gradient.end(), 0.0);
    for (std::size_t o = 0; o < largest.size(); ++o) input_gradient[largest[o]] += output_gradient[o];
}

void avg_pool2d_forward(const Pool2dShape& shape, std::span<const double> input, std::span<double> output) {
    std::fill(output.begin(), output.end(), 0.0);
    for_each_window_value(shape, [&](auto o, auto i) { output[o] += input[i] / (shape.kernel * shape.kernel); });
}

void avg_pool2d_backward(const Pool2dShape& shape, std::span<const double> output_gradient,
                         std::span<double> input_gradient) {
    std::fill(input_gradient.begin(), input_gradient.end(), 0.0);
    for_each_window_value(
        shape, [&](auto o, auto i) { input_gradient[i] += output_gradient[o] / (shape.kernel * shape.kernel); });
}

void global_avg_pool_forward(const GlobalAvgPoolShape& shape, std::span<const double> input, std::span<double> output) {
    std::fill(output.begin(), output.end(), 0.0);
    for (std::size_t i = 0; i < input.size(); ++i) output[i / shape.pixels] += input[i] / shape.pixels;
}

void global_avg_pool_backward(const GlobalAvgPoolShape& shape, std::span<const double> output_gradient,
                              std::span<double> input_gradient) {
    for (std::size_t i = 0; i < input_gradient.size(); ++i)
        input_gradient[i] = output_gradient[i / shape.pixels] / shape.pixels;
}

}  // namespace inkling::reference
