#pragma once

#include <cstddef>
#include <span>

namespace inkling {

/// Calls add(to, from) so that row 0 of `rows` becomes their sum, neighbours first: the sum of a part of 2, 4, 8, ...
/// rows that stand at a multiple of their number does not depend on what stands beside them.
template <class Add>
void add_as_tree(std::size_t rows, Add&& add) {
    for (std::size_t distance = 1; distance < rows; distance *= 2)
        for (std::size_t row = 0; row + distance < rows; row += 2 * distance) add(row, row + distance);
}

/// The same of rows of `width` values that stand one behind another.
template <class Value>
void add_rows_as_tree(std::span<Value> values, std::size_t width) {
    add_as_tree(values.size() / width, [&](std::size_t to, std::size_t from) {
        for (std::size_t i = 0; i < width; ++i) values[to * width + i] += values[from * width + i];
    });
}

}  // namespace inkling
