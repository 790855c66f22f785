#include "data/split_writer.h"

#include <fmt/ranges.h>

#include <algorithm>

#include "core/error.h"
#include "core/files.h"
#include "data/gzip.h"
#include "data/idx.h"
#include "data/orientation.h"

namespace inkling {
namespace {

namespace fs = std::filesystem;

/// Whether a mapping, which has characters' codes, can name the classes.
bool are_characters(const std::vector<std::string>& class_names) {
    return std::all_of(class_names.begin(), class_names.end(), [](const std::string& name) {
        return name.size() == 1 && name.front() > ' ' && name.front() <= '~';
    });
}

/// As parse_mapping() reads it.
std::string mapping_text(const std::vector<std::string>& class_names) {
    std::string text;
    for (std::size_t label = 0; label < class_names.size(); ++label)
        text += std::to_string(label) + " " + std::to_string(static_cast<int>(class_names[label].front())) + "\n";
    return text;
}

/// What another data set of this name left must not be read with this one.
void remove_stale(const fs::path& path) {
    std::error_code error;
    fs::remove(path, error);
    if (error)
        throw failed("{}: cannot remove it ({}), though it would be read with what was written; remove it",
                     path.string(), error.message());
}

}  // namespace

void check_can_write_part(const fs::path& folder, const std::string& split, Part part) {
    for (const char* kind : {"-images-idx3-ubyte", "-labels-idx1-ubyte", "-writers-idx1-int"})
        if (const fs::path plain = folder / ("emnist-" + split + "-" + part_name(part) + kind); fs::exists(plain))
            throw failed(
                "{}: would be read in place of what is to be written, {}.gz; remove it, or choose another folder",
                plain.string(), plain.filename().string());
}

std::vector<fs::path> write_part(const fs::path& folder, const Dataset& data) {
    const std::string prefix = "emnist-" + data.split + "-";
    const std::string part = prefix + part_name(data.part);
    check_can_write_part(folder, data.split, data.part);
    std::vector<std::uint8_t> stored(data.pixels().begin(), data.pixels().end());
    transpose_images(stored);
    make_folder(folder);
    std::vector<fs::path> paths;
    const auto write = [&](const std::string& name, const auto& contents) {
        paths.push_back(folder / name);
        write_file(paths.back(), contents);
    };
    const std::string writers = part + "-writers-idx1-int.gz";
    const std::string mapping = prefix + "mapping.txt";
    const std::string classes = data.split + "-classes.txt";
    remove_stale(folder / writers);
    write(part + "-images-idx3-ubyte.gz", gzip_compressed(encode_idx_images(stored)));
    write(part + "-labels-idx1-ubyte.gz", gzip_compressed(encode_idx_labels(data.labels)));
    if (!data.writers.empty()) write(writers, gzip_compressed(encode_idx_column(data.writers)));
    const bool mapped = are_characters(data.class_names);
    remove_stale(folder / (mapped ? classes : mapping));
    if (mapped)
        write(mapping, mapping_text(data.class_names));
    else
        write(classes, fmt::format("{}\n", fmt::join(data.class_names, "\n")));
    return paths;
}

}  // namespace inkling
