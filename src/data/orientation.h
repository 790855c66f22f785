#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace inkling {

/// How a file stores its pictures: row by row, or, as EMNIST does, column by column.
enum class Orientation { kUpright, kTransposed };
const char* orientation_name(Orientation orientation);  // "upright" or "transposed"

/// Empty where `name` is no orientation's.
std::optional<Orientation> find_orientation(std::string_view name);

/// Whether images, (count, 28, 28), have dark ink on bright paper: whether the pixels at their borders, where there is
/// hardly ever ink, are brighter than half on average, over at most 500 images, spread evenly over all.
bool are_dark_on_light(std::span<const std::uint8_t> images);

/// Tells the orientation of stored images, (count, 28, 28), by their ink, dark or bright. Characters are taller than
/// wide on average: over all of EMNIST ink scatters more from top to bottom than from side to side, by half a deviation
/// an image. Empty if the images, at most 2000 of them, spread evenly over all, do not show it beyond doubt (8 standard
/// errors), as for a few images (less than 250) or for classes that are as wide as tall.
std::optional<Orientation> measure_orientation(std::span<const std::uint8_t> images);

/// Turns each of the images, (count, 28, 28), about its diagonal.
void transpose_images(std::span<std::uint8_t> images);

}  // namespace inkling
