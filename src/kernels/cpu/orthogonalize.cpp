#include "kernels/cpu/orthogonalize.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "core/threads.h"
#include "kernels/cpu/onednn_primitives.h"
#include "kernels/cpu/updates.h"
#include "kernels/update_rules.h"

namespace inkling::cpu {
namespace {

constexpr std::size_t kRows = 64;  // of a product, for a thread

/// sum = factor * left * right + kept * sum, (rows, columns); left (rows, inner), right (inner, columns), or given
/// transposed.
void multiply(std::size_t rows, std::size_t columns, std::size_t inner, float factor, const float* left,
              const float* right, bool transposed, float kept, float* sum) {
    kernels::onednn::limit_isa();
    run_tasks((rows + kRows - 1) / kRows, [&](std::size_t task, int) {
        const kernels::onednn::OneThread one;
        const std::size_t first = task * kRows;
        const auto count = static_cast<dnnl_dim_t>(std::min(kRows, rows - first));
        const auto width = static_cast<dnnl_dim_t>(columns);
        const auto depth = static_cast<dnnl_dim_t>(inner);
        dnnl::sgemm('N', transposed ? 'T' : 'N', count, width, depth, factor, left + first * inner, depth, right,
                    transposed ? depth : width, kept, sum + first * columns, width);
    });
}

void transpose(const float* matrix, std::size_t rows, std::size_t columns, float* transposed) {
    constexpr std::size_t kBlock = 16;
    for (std::size_t row = 0; row < rows; row += kBlock)
        for (std::size_t column = 0; column < columns; column += kBlock)
            for (std::size_t r = row; r < std::min(row + kBlock, rows); ++r)
                for (std::size_t c = column; c < std::min(column + kBlock, columns); ++c)
                    transposed[c * rows + r] = matrix[r * columns + c];
}

/// What a matrix is worked on in, kept from step to step.
struct Scratch {
    std::vector<float> matrix;
    std::vector<float> next;
    std::vector<float> gram;
    std::vector<float> polynomial;

    void reserve(std::size_t small, std::size_t large) {
        const auto grow = [](std::vector<float>& values, std::size_t size) {
            if (values.size() < size) values.resize(size);
        };
        grow(matrix, small * large);
        grow(next, small * large);
        grow(gram, small * small);
        grow(polynomial, small * small);
    }
};

}  // namespace

void orthogonalize(std::span<float> matrix, int rows, int columns, int steps) {
    thread_local Scratch scratch;
    const auto small = static_cast<std::size_t>(std::min(rows, columns));
    const auto large = static_cast<std::size_t>(std::max(rows, columns));
    scratch.reserve(small, large);
    const bool turned = rows > columns;
    float* x = scratch.matrix.data();
    float* next = scratch.next.data();
    const double norm = std::max(std::sqrt(sum_of_squares(matrix)), MuonRule::kLeastNorm);
    const auto scale = static_cast<float>(1 / norm);
    for (float& value : matrix) value *= scale;
    if (turned)
        transpose(matrix.data(), large, small, x);
    else
        std::copy(matrix.begin(), matrix.end(), x);
    for (int step = 0; step < steps; ++step) {
        const auto [a, b, c] = MuonRule::kCoefficients;
        multiply(small, small, large, 1, x, x, true, 0, scratch.gram.data());
        std::copy_n(scratch.gram.data(), small * small, scratch.polynomial.data());
        multiply(small, small, small, c, scratch.gram.data(), scratch.gram.data(), false, b, scratch.polynomial.data());
        std::copy_n(x, small * large, next);
        multiply(small, large, small, 1, scratch.polynomial.data(), x, false, a, next);
        std::swap(x, next);
    }
    if (turned)
        transpose(x, small, large, matrix.data());
    else
        std::copy_n(x, matrix.size(), matrix.begin());
}

}  // namespace inkling::cpu
