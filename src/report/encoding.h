#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "core/shape.h"

namespace inkling {

/// A picture of one channel, rows of `shape.width` bytes, as the data URI of a PNG file: ink (255) black on white
/// paper.
std::string image_uri(std::span<const std::uint8_t> pixels, Shape shape);

}  // namespace inkling
