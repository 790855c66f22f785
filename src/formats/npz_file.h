#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace inkling {

/// An array of whole numbers from 0 to 255, whatever type it is stored in.
struct ByteArray {
    std::vector<std::size_t> shape;
    std::vector<std::uint8_t> values;  // in C's order
};

/// An array of an .npz file; `array` is its name, empty for the only one there. Arrays of integers and of floats, of
/// either byte order, are read where every value is whole and from 0 to 255. Throws Error (bad data) with `name`, the
/// array, what was found and what was expected.
ByteArray parse_npz(std::span<const std::byte> file, const std::string& name, const std::string& array);

/// The array of an .npy file, likewise.
ByteArray parse_npy(std::span<const std::byte> file, const std::string& name);

/// Whether arrays of that shape are images of 28x28: (size, 28, 28), with one channel before or behind that or none, or
/// (size, 784).
bool has_image_shape(const std::vector<std::size_t>& shape);

}  // namespace inkling
