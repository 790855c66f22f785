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

}  // namespace inkling
