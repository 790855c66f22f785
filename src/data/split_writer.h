#pragma once

#include <filesystem>
#include <vector>

#include "data/dataset.h"

namespace inkling {

/// Writes a part of a split as EMNIST's own files are: IDX, gzipped, images transposed, labels from 0, under the
/// official names, and the mapping beside them. Each file is there whole or not at all; load_dataset() reads the same
/// images. Returns the paths. Throws Error (failed).
std::vector<std::filesystem::path> write_part(const std::filesystem::path& folder, const Dataset& data);

}  // namespace inkling
