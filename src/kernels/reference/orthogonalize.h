#pragma once

#include <span>

namespace inkling::reference {

/// Divides a matrix, (rows, columns), by its Frobenius norm, then `steps` times replaces it by
/// a X + b (X X^T) X + c (X X^T)^2 X, with rows and columns exchanged where rows are more: a Newton-Schulz iteration
/// that moves all singular values near to 1. K. Jordan et al., "Muon: an optimizer for hidden layers in neural
/// networks", 2024.
void orthogonalize(std::span<double> matrix, int rows, int columns, int steps);

}  // namespace inkling::reference
