#pragma once

#include <vector>

#include "formats/format.h"

namespace inkling {

/// NumPy's archives: one NAME.npz with x_train, y_train, x_test and y_test, as Keras has MNIST; or, as KMNIST and
/// Kuzushiji-49 come, NAME-{train,test}-{imgs,labels}.npz with one array each. Images are stored upright.
std::vector<SplitFiles> find_numpy(const Listing& listing);

StoredPart read_numpy(const SplitFiles& split, Part part);

}  // namespace inkling
