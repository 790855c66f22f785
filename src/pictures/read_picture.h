#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>

#include "pictures/grey_picture.h"

namespace inkling {

/// The most pixels that a picture may have; a camera of 48 megapixels stays below.
constexpr std::uint64_t kMostPicturePixels = 50'000'000;

/// Decodes a picture of PNG, JPEG, BMP, PNM, TIFF (its first page) or WebP, upright as its EXIF orientation says, and
/// makes it grey as grey_of_rgba() does. The size is taken from the header and bounded before memory is taken. Throws
/// Error (bad data) with `name`, what was found and what was expected.
GreyPicture parse_picture(std::span<const std::byte> file, const std::string& name);

/// The same of a file.
GreyPicture read_picture(const std::filesystem::path& path);

/// Whether a file's name ends as a picture's that read_picture() knows.
bool has_picture_name(const std::filesystem::path& path);

/// How such names end, ".png, .jpg, ...", for people.
std::string picture_endings();

}  // namespace inkling
