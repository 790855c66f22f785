#pragma once

#include <string_view>
#include <vector>

#include "formats/format.h"

namespace inkling {

constexpr std::string_view kEmnistIdxName = "EMNIST's IDX files";

/// EMNIST's naming: emnist-SPLIT-{train,test}-{images-idx3,labels-idx1}-ubyte, plain or with .gz after it, and who
/// wrote each image in emnist-SPLIT-{train,test}-writers-idx1-int where there is one. Images are stored transposed in
/// official splits, and probably in others.
std::vector<SplitFiles> find_emnist_idx(const Listing& listing);

/// MNIST's naming, which Fashion-MNIST and KMNIST share: {train,t10k}-{images-idx3,labels-idx1}-ubyte, with a dot for
/// the last dash too, as split "mnist"; and QMNIST's, qmnist-{train,test}-{images-idx3-ubyte,labels-idx2-int}, whose
/// labels have the writers beside them, as "qmnist". Images are stored upright.
std::vector<SplitFiles> find_mnist_idx(const Listing& listing);

StoredPart read_idx(const SplitFiles& split, Part part);

}  // namespace inkling
