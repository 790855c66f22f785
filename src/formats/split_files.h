#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "data/dataset.h"

namespace inkling {

/// The files of one part; an empty path where there is none.
struct PartFiles {
    std::filesystem::path images;
    std::filesystem::path labels;

    bool any() const { return !images.empty() || !labels.empty(); }
};

/// The files of one split in a folder, by EMNIST's naming: emnist-SPLIT-{train,test}-{images-idx3,labels-idx1}-ubyte,
/// plain or with .gz after it (the plain one where both are there), and emnist-SPLIT-mapping.txt.
struct SplitFiles {
    std::string name;
    PartFiles train;
    PartFiles test;
    std::filesystem::path mapping;

    const PartFiles& part(Part which) const { return which == Part::kTrain ? train : test; }
};

/// The splits in a folder that have images or labels, by name. Throws Error (bad data) if there is no such folder or it
/// cannot be read.
std::vector<SplitFiles> find_splits(const std::filesystem::path& folder);

/// One split. Throws Error (bad data) that names what was found and the nearest name, or says how to get data.
SplitFiles find_split(const std::filesystem::path& folder, const std::string& split);

}  // namespace inkling
