#include "formats/numpy_format.h"

#include <fmt/ranges.h>

#include <map>
#include <regex>

#include "core/error.h"
#include "core/files.h"
#include "core/hash.h"
#include "core/text.h"
#include "formats/npz_file.h"

namespace inkling {
namespace {

namespace fs = std::filesystem;

/// What arrays a part's are called; empty: the only one in its file.
struct ArrayNames {
    std::string images;
    std::string labels;
};

ArrayNames array_names(const PartFiles& files, Part part) {
    if (files.images != files.labels) return {};
    return part == Part::kTrain ? ArrayNames{"x_train", "y_train"} : ArrayNames{"x_test", "y_test"};
}

ByteArray read_array(const fs::path& path, const std::string& array, std::vector<DataFile>& files) {
    const std::vector<std::byte> contents = read_file(path);
    const std::string name = path.filename().string();
    if (files.empty() || files.back().name != name) files.push_back({name, sha256(contents)});
    return parse_npz(contents, path.string(), array);
}

}  // namespace

std::vector<SplitFiles> find_numpy(const Listing& listing) {
    static const std::regex pair("(.+)[-_](train|test)[-_](imgs|images|labels)\\.npz");
    static const std::regex whole("(.+)\\.npz");
    std::map<std::string, SplitFiles> splits;
    for (const fs::path& file : listing.files) {
        const std::string name = file.filename().string();
        std::smatch match;
        if (!is_utf8(name)) continue;
        if (!listing.is_file && std::regex_match(name, match, pair)) {
            SplitFiles& split = splits[match[1]];
            PartFiles& part = match[2] == "train" ? split.train : split.test;
            (match[3] == "labels" ? part.labels : part.images) = file;
            split.name = match[1];
        } else if (std::regex_match(name, match, whole)) {
            const PartFiles part{.images = file, .labels = file};
            splits[match[1]] = {.name = match[1], .train = part, .test = part};
        }
    }
    std::vector<SplitFiles> found;
    for (auto& [name, split] : splits) {
        split.usual = {.orientation = Orientation::kUpright, .measured = false};
        found.push_back(split);
    }
    return found;
}

StoredPart read_numpy(const SplitFiles& split, Part part) {
    const PartFiles& paths = split.part(part);
    const ArrayNames names = array_names(paths, part);
    StoredPart stored{.images = {},
                      .labels = {},
                      .files = {},
                      .images_name = paths.images.string(),
                      .labels_name = paths.labels.string()};
    ByteArray labels = read_array(paths.labels, names.labels, stored.files);
    if (labels.shape.size() != 1 && !(labels.shape.size() == 2 && labels.shape[1] == 1))
        throw bad_data("{}: labels of shape ({}), expected one number an image", stored.labels_name,
                       fmt::join(labels.shape, ", "));
    ByteArray images = read_array(paths.images, names.images, stored.files);
    if (!has_image_shape(images.shape))
        throw bad_data("{}: images of shape ({}), expected (N, 28, 28)", stored.images_name,
                       fmt::join(images.shape, ", "));
    stored.images = std::move(images.values);
    stored.labels = std::move(labels.values);
    return stored;
}

}  // namespace inkling
