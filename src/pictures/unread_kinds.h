#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace inkling {

// Leptonica calls sound pictures damaged where it does not take their kind. These say what they are: they throw Error
// (bad data) with `name`, what was found, what was expected and what to do.

/// Refuses a WebP of several images.
void refuse_animated_webp(std::span<const std::byte> file, const std::string& name);

/// Refuses a TIFF, as its first directory says, of levels that are not whole numbers of 1, 2, 4, 8 or 16 bits, or that
/// stand in tiles or in a plane for each colour. Says nothing of BigTIFF (Adobe, "TIFF Revision 6.0", 1992).
void refuse_unread_tiff(std::span<const std::byte> file, const std::string& name);

}  // namespace inkling
