#pragma once

#include <cstdint>
#include <string>

namespace inkling {

/// A picture's size as its header has it.
struct PictureExtent {
    std::uint64_t width = 0;
    std::uint64_t height = 0;
};

/// Throws Error (bad data), with the file's `name`, unless memory may be taken for the picture.
void check_extent(PictureExtent extent, const std::string& name);

}  // namespace inkling
