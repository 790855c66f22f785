#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "formats/format.h"

namespace inkling {

/// EMNIST's emnist-SPLIT.mat: a struct `dataset` of `train` and `test`, each with `images`, `labels` and `writers`, and
/// `mapping`. Images are stored transposed.
std::vector<SplitFiles> find_matlab(const Listing& listing);

StoredPart read_matlab(const SplitFiles& split, Part part);

/// One part of such a file, in MATLAB's format of versions 5 to 7 ("MAT-File Format", The MathWorks), little-endian.
/// The reader is Inkling's own, as libmatio 1.5.23 hangs on damaged files. Throws Error (bad data) with `name`, the
/// field, what was found and what was expected.
StoredPart parse_matlab(std::span<const std::byte> file, const std::string& name, Part part);

}  // namespace inkling
