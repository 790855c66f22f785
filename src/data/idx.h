#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/shape.h"

namespace inkling {

// The IDX format (http://yann.lecun.com/exdb/mnist): big-endian 32-bit magic number, count, for images rows and
// columns, then one byte an item. Reading takes plain and gzipped bytes, checks everything before it trusts it, and
// throws Error (bad data) with `name`, the file's, what was found and what was expected.

/// The extent of every image that a file may hold.
constexpr Shape kIdxImageShape{1, 28, 28};

/// Pixels as stored, (count, 28, 28).
std::vector<std::uint8_t> parse_idx_images(std::span<const std::byte> file, const std::string& name);

/// Labels as stored, (count).
std::vector<std::uint8_t> parse_idx_labels(std::span<const std::byte> file, const std::string& name);

/// A table of 32-bit numbers: (rows) with one column, or (rows, columns) with 1 to 64.
struct IdxTable {
    std::size_t rows = 0;
    std::size_t columns = 1;
    std::vector<std::uint32_t> values;  // (rows, columns)
};

/// A file of type 0x0C, magic number 3073 or 3074, as QMNIST has labels and Inkling has writers.
IdxTable parse_idx_table(std::span<const std::byte> file, const std::string& name);

/// A plain file of images, (count, 28, 28), of labels, or of a table of one column.
std::vector<std::byte> encode_idx_images(std::span<const std::uint8_t> pixels);
std::vector<std::byte> encode_idx_labels(std::span<const std::uint8_t> labels);
std::vector<std::byte> encode_idx_column(std::span<const std::uint32_t> values);

}  // namespace inkling
