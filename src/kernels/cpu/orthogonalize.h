#pragma once

#include <span>

namespace inkling::cpu {

/// Replaces a matrix, (rows, columns), by about the nearest with orthonormal rows or columns, whichever are fewer, as
/// reference/orthogonalize.h says. The result does not depend on the number of threads. Takes no memory once matrices
/// so large were given.
void orthogonalize(std::span<float> matrix, int rows, int columns, int steps);

}  // namespace inkling::cpu
