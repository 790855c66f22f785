#include "kernels/reference/pool2d.h"

#include <algorithm>
#include <cstddef>
#include <limits>
#include <vector>

namespace inkling::reference {
namespace {

/// Calls visit(output index, input index) for every value of every window of so many outputs, row by row.
template <class Visit>
void for_each_window_value(const Pool& pool, std::size_t outputs, Visit&& visit) {
    for (std::size_t output = 0; output < outputs; ++output) {
        const std::size_t row = output / pool.output_width();
        const std::size_t plane = row / pool.output_height();
        const std::size_t top = row % pool.output_height() * pool.stride_height;
        const std::size_t left = output % pool.output_width() * pool.stride_width;
        for (std::size_t y = top; y < top + pool.kernel_height; ++y)
            for (std::size_t x = left; x < left + pool.kernel_width; ++x)
                visit(output, (plane * pool.height + y) * pool.width + x);
    }
}

/// The index of each window's largest value.
std::vector<std::size_t> largest_values(const Pool& pool, std::size_t outputs, std::span<const double> input) {
    std::vector<std::size_t> largest(outputs, input.size());
    for_each_window_value(pool, outputs, [&](auto o, auto i) {
        if (largest[o] == input.size() || input[i] > input[largest[o]]) largest[o] = i;
    });
    return largest;
}

int window_size(const Pool& pool) { return pool.kernel_height * pool.kernel_width; }

}  // namespace

void pool2d_forward(const Pool& pool, std::span<const double> input, std::span<double> output) {
    const bool is_max = pool.kind == kernels::PoolKind::kMax;
    std::fill(output.begin(), output.end(), is_max ? -std::numeric_limits<double>::infinity() : 0.0);
    for_each_window_value(pool, output.size(), [&](auto o, auto i) {
        output[o] = is_max ? std::max(output[o], input[i]) : output[o] + input[i] / window_size(pool);
    });
}

void pool2d_backward(const Pool& pool, std::span<const double> input, std::span<const double> output_gradient,
                     std::span<double> input_gradient) {
    std::fill(input_gradient.begin(), input_gradient.end(), 0.0);
    if (pool.kind == kernels::PoolKind::kMax) {
        const std::vector<std::size_t> largest = largest_values(pool, output_gradient.size(), input);
        for (std::size_t o = 0; o < largest.size(); ++o) input_gradient[largest[o]] += output_gradient[o];
    } else {
        for_each_window_value(pool, output_gradient.size(),
                              [&](auto o, auto i) { input_gradient[i] += output_gradient[o] / window_size(pool); });
    }
}

}  // namespace inkling::reference
