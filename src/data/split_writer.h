#pragma once

#include <filesystem>
#include <vector>

#include "data/dataset.h"

namespace inkling {

/// Writes a part of a split as EMNIST's own files are: IDX, gzipped, images transposed, labels from 0, under the
/// official names, and the mapping beside them, or a list of the classes where their names are not one character each;
/// and who wrote each image, where that is known. Each file is there whole or not at all; load_dataset() reads the same
/// images, labels, classes and writers. Returns the paths, images first. Throws Error (failed), also where one of the
/// files is there uncompressed.
std::vector<std::filesystem::path> write_part(const std::filesystem::path& folder, const Dataset& data);

}  // namespace inkling
