#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "core/shape.h"

namespace inkling {

/// A picture of one channel, rows of `shape.width` bytes, as the data URI of a PNG file: ink (255) black on white
/// paper.
std::string image_uri(std::span<const std::uint8_t> pixels, Shape shape);

/// "sha256-...", by which a Content-Security-Policy allows a script.
std::string script_hash(std::string_view script);

}  // namespace inkling
