#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "pictures/grey_picture.h"

namespace inkling {

/// Whether a file begins as PBM, PGM or PPM does, plain or raw: P1 to P6.
bool is_pnm(std::span<const std::byte> file);

/// Decodes PBM, PGM or PPM of any maxval, with comments or without; of many pictures in a file the first
/// (netpbm.sourceforge.net/doc/pnm.html). By its own hand, for Leptonica takes few maxvals and no comments. Throws
/// Error (bad data) with `name`.
GreyPicture decode_pnm(std::span<const std::byte> file, const std::string& name);

}  // namespace inkling
