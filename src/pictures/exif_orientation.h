#pragma once

#include <cstddef>
#include <span>

#include "pictures/grey_picture.h"

namespace inkling {

/// How a JPEG's camera was held, as EXIF numbers it: 1 to 8, where 1 is upright, also if nothing is said.
int exif_orientation(std::span<const std::byte> jpeg);

/// Turns and mirrors a picture of this orientation so that it is upright.
GreyPicture turned_upright(const GreyPicture& picture, int orientation);

}  // namespace inkling
