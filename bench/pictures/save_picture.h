#pragma once

#include <filesystem>

#include "pictures/grey_picture.h"

namespace inkling {

/// Writes a picture into a folder as a PNG file named after the condition that it is of.
void save_picture(const std::filesystem::path& folder, const char* condition, const GreyPicture& picture);

}  // namespace inkling
