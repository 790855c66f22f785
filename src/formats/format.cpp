#include "formats/format.h"

#include <array>

#include "core/text.h"
#include "formats/csv_format.h"
#include "formats/idx_format.h"
#include "formats/matlab_format.h"
#include "formats/numpy_classes_format.h"
#include "formats/numpy_format.h"
#include "formats/picture_format.h"

namespace inkling {
namespace {

constexpr std::array kFormats = {
    Format{kEmnistIdxName, find_emnist_idx, read_idx},
    Format{"MNIST's IDX files", find_mnist_idx, read_idx},
    Format{"CSV", find_csv, read_csv},
    Format{"EMNIST's MATLAB file", find_matlab, read_matlab},
    Format{"NumPy arrays", find_numpy, read_numpy},
    Format{"a NumPy array for each class", find_numpy_classes, read_numpy_classes},
    Format{"a folder of pictures for each class", find_pictures, read_pictures},
};

}  // namespace

std::string folder_name(const std::filesystem::path& folder, const std::string& otherwise) {
    std::error_code error;
    const std::filesystem::path whole = std::filesystem::weakly_canonical(folder, error);
    const std::string name = (whole.has_filename() ? whole : whole.parent_path()).filename().string();
    return name.empty() || !is_utf8(name) ? otherwise : name;
}

std::span<const Format> formats() { return kFormats; }

}  // namespace inkling
