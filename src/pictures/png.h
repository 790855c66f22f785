#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "core/shape.h"

namespace inkling {

/// The bytes of a PNG file, in greys, of an image of one channel, rows of `shape.width` bytes: ink (255) black on white
/// paper. Throws Error (failed) if memory is short.
std::string png_of(std::span<const std::uint8_t> pixels, Shape shape);

}  // namespace inkling
