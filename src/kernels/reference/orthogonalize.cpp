#include "kernels/reference/orthogonalize.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include "kernels/update_rules.h"

namespace inkling::reference {
namespace {

struct Matrix {
    std::size_t rows;
    std::size_t columns;
    std::vector<double> values = std::vector<double>(rows * columns);

    double& operator()(std::size_t row, std::size_t column) { return values[row * columns + column]; }
    double operator()(std::size_t row, std::size_t column) const { return values[row * columns + column]; }
};

Matrix transposed(const Matrix& matrix) {
    Matrix result{matrix.columns, matrix.rows};
    for (std::size_t r = 0; r < matrix.rows; ++r)
        for (std::size_t c = 0; c < matrix.columns; ++c) result(c, r) = matrix(r, c);
    return result;
}

Matrix product(const Matrix& left, const Matrix& right) {
    Matrix result{left.rows, right.columns};
    for (std::size_t r = 0; r < left.rows; ++r)
        for (std::size_t k = 0; k < left.columns; ++k)
            for (std::size_t c = 0; c < right.columns; ++c) result(r, c) += left(r, k) * right(k, c);
    return result;
}

}  // namespace

void orthogonalize(std::span<double> matrix, int rows, int columns, int steps) {
    double norm = 0;
    for (const double value : matrix) norm += value * value;
    norm = std::max(std::sqrt(norm), MuonRule::kLeastNorm);
    Matrix x{static_cast<std::size_t>(rows), static_cast<std::size_t>(columns)};
    std::transform(matrix.begin(), matrix.end(), x.values.begin(), [&](double value) { return value / norm; });
    if (rows > columns) x = transposed(x);
    const auto [a, b, c] = MuonRule::kCoefficients;
    for (int step = 0; step < steps; ++step) {
        const Matrix gram = product(x, transposed(x));
        const Matrix first = product(gram, x);
        const Matrix second = product(gram, first);
        for (std::size_t i = 0; i < x.values.size(); ++i)
            x.values[i] = double{a} * x.values[i] + double{b} * first.values[i] + double{c} * second.values[i];
    }
    if (rows > columns) x = transposed(x);
    std::copy(x.values.begin(), x.values.end(), matrix.begin());
}

}  // namespace inkling::reference
