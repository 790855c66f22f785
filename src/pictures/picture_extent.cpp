#include "pictures/picture_extent.h"

#include "core/error.h"
#include "pictures/read_picture.h"

namespace inkling {

void check_extent(PictureExtent extent, const std::string& name) {
    if (extent.width == 0 || extent.height == 0)
        throw bad_data("{}: {}x{} pixels, expected one at least", name, extent.width, extent.height);
    constexpr std::uint64_t kLongestSide = 100'000;
    if (extent.width > kLongestSide || extent.height > kLongestSide ||
        extent.width * extent.height > kMostPicturePixels)
        throw bad_data("{}: {}x{} pixels, expected {} million at most; make it smaller", name, extent.width,
                       extent.height, kMostPicturePixels / 1'000'000);
}

}  // namespace inkling
