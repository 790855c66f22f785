#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "pictures/grey_picture.h"

namespace inkling {

/// Decodes a PNG by libpng itself, for under other decoders it writes what it finds wrong on the terminal. Throws Error
/// (bad data) with `name`.
GreyPicture decode_png(std::span<const std::byte> file, const std::string& name);

}  // namespace inkling
