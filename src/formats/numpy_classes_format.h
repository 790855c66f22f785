#pragma once

#include <vector>

#include "formats/format.h"

namespace inkling {

/// A folder with an array of images for each class, CLASS.npy, as Quick, Draw! comes: full_numpy_bitmap_CLASS.npy,
/// (size, 784). Both parts are dealt from them; images are stored upright.
std::vector<SplitFiles> find_numpy_classes(const Listing& listing);

StoredPart read_numpy_classes(const SplitFiles& split, Part part);

}  // namespace inkling
