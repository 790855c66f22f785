#include "data/split_writer.h"

#include "core/files.h"
#include "data/gzip.h"
#include "data/idx.h"
#include "data/orientation.h"

namespace inkling {
namespace {

namespace fs = std::filesystem;

/// As parse_mapping() reads it.
std::string mapping_text(const std::vector<std::string>& class_names) {
    std::string text;
    for (std::size_t label = 0; label < class_names.size(); ++label)
        text += std::to_string(label) + " " + std::to_string(static_cast<int>(class_names[label].front())) + "\n";
    return text;
}

}  // namespace

std::vector<fs::path> write_part(const fs::path& folder, const Dataset& data) {
    const std::string prefix = "emnist-" + data.split + "-";
    const std::string part = prefix + part_name(data.part);
    std::vector<std::uint8_t> stored = data.images;
    transpose_images(stored);
    std::vector<fs::path> paths = {folder / (part + "-images-idx3-ubyte.gz"), folder / (part + "-labels-idx1-ubyte.gz"),
                                   folder / (prefix + "mapping.txt")};
    make_folder(folder);
    write_file(paths[0], gzip_compressed(encode_idx_images(stored)));
    write_file(paths[1], gzip_compressed(encode_idx_labels(data.labels)));
    write_file(paths[2], mapping_text(data.class_names));
    return paths;
}

}  // namespace inkling
