#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "deploy/page_reader.h"

namespace inkling {

/// Writes a PNG file of a page, 2,000 pixels at most on its longer side, paled, with a box about each character and
/// what it was read as: blue, and red for what is no character. Throws Error (failed).
void draw_page(const std::filesystem::path& path, const GreyPicture& picture, const PageReading& page,
               const std::vector<std::string>& class_names);

}  // namespace inkling
