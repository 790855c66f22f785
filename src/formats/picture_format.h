#pragma once

#include <vector>

#include "formats/format.h"

namespace inkling {

/// A folder of pictures for each class, by whose name the class goes: all in `train` and `test`, or in neither, and
/// then the parts are made. The split has the name of the folder.
std::vector<SplitFiles> find_pictures(const Listing& listing);

/// Each picture goes through convert_picture(), on all threads; one without ink is refused, and so is a class's folder
/// that cannot be listed, has none but pictures of other kinds, or is a link to nothing. Folders without pictures are
/// no classes, and files of other kinds are left out, which is said.
StoredPart read_pictures(const SplitFiles& split, Part part);

}  // namespace inkling
