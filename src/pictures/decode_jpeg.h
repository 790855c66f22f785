#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "pictures/grey_picture.h"

namespace inkling {

/// Decodes a JPEG's brightness, as it is stored. By TurboJPEG, for libjpeg under other decoders writes what it finds
/// wrong on the terminal, and takes any number of scans. Throws Error (bad data) with `name`.
GreyPicture decode_jpeg(std::span<const std::byte> file, const std::string& name);

}  // namespace inkling
