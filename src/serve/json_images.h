#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "data/emnist_conversion.h"

namespace inkling::serve {

/// Reads {"images": [[784 whole numbers of 0 to 255], ...]}, `most` images at most, as it comes: nothing is kept but
/// the images. Throws Refusal (400) that says where it is something else, (413) for more images.
std::vector<EmnistImage> parse_json_images(std::string_view text, std::size_t most);

}  // namespace inkling::serve
