#pragma once

#include <filesystem>
#include <vector>

#include "data/dataset.h"

namespace inkling {

/// Throws Error (failed) where a file of the part is there uncompressed, which would be read in place of the one that
/// write_part() writes.
void check_can_write_part(const std::filesystem::path& folder, const std::string& split, Part part);

/// Writes a part of a split as EMNIST's own files are: IDX, gzipped, images transposed, labels from 0, under the
/// official names, and the mapping beside them, or a list of the classes where their names are not one character each;
/// and who wrote each image, where that is known. Each file is there whole or not at all; load_dataset() reads the same
/// images, labels, classes and writers. Returns the paths, images first. Throws Error (failed), and what
/// check_can_write_part() throws.
std::vector<std::filesystem::path> write_part(const std::filesystem::path& folder, const Dataset& data);

}  // namespace inkling
