#include "formats/idx_format.h"

#include <map>
#include <regex>

#include "core/error.h"
#include "core/files.h"
#include "core/hash.h"
#include "core/text.h"
#include "data/idx.h"
#include "data/synthetic.h"

namespace inkling {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kLargestFile = std::uint64_t{1} << 30;  // ByClass, not gzipped, takes half of it

/// The splits whose files match `pattern`, which gives a split's name, unless `split_name` does, the part and the kind.
std::map<std::string, SplitFiles> find_parts(const Listing& listing, const std::regex& pattern,
                                             const std::string& split_name) {
    std::map<std::string, SplitFiles> splits;
    if (listing.is_file) return splits;  // it takes two
    for (const fs::path& file : listing.files) {
        const std::string file_name = file.filename().string();
        std::smatch match;
        // A split's name goes into records, which are UTF-8.
        if (!is_utf8(file_name) || !std::regex_match(file_name, match, pattern)) continue;
        const std::string name = split_name.empty() ? match[1].str() : split_name;
        SplitFiles& split = splits[name];
        split.name = name;
        PartFiles& part = match[2] == "train" ? split.train : split.test;
        const std::string kind = match[3];
        fs::path& place = kind.starts_with("images")   ? part.images
                          : kind.starts_with("labels") ? part.labels
                                                       : part.writers;
        if (place.empty()) place = file;
    }
    return splits;
}

std::vector<SplitFiles> with_images(const std::map<std::string, SplitFiles>& splits) {
    std::vector<SplitFiles> found;
    for (const auto& [name, split] : splits)
        if (split.train.any() || split.test.any()) found.push_back(split);
    return found;
}

std::vector<std::byte> read_and_note(const fs::path& path, std::vector<DataFile>& files) {
    std::vector<std::byte> contents = read_file(path, kLargestFile);
    files.push_back({path.filename().string(), sha256(contents)});
    return contents;
}

std::vector<std::uint32_t> read_writers(const fs::path& path, std::vector<DataFile>& files) {
    const IdxTable table = parse_idx_table(read_and_note(path, files), path.string());
    if (table.columns != 1)
        throw bad_data("{}: {} numbers for each image, expected the writer's alone", path.string(), table.columns);
    return {table.values.begin(), table.values.end()};
}

/// QMNIST's labels: class, series, writer and five more numbers for each image (C. Yadav, L. Bottou, "Cold case: the
/// lost MNIST digits", 2019, arXiv:1905.10498).
void read_qmnist_labels(const fs::path& path, StoredPart& stored) {
    constexpr std::size_t kWriter = 2;
    const IdxTable table = parse_idx_table(read_and_note(path, stored.files), path.string());
    if (table.columns <= kWriter)
        throw bad_data("{}: {} numbers for each image, expected 8 as in QMNIST", path.string(), table.columns);
    for (std::size_t row = 0; row < table.rows; ++row) {
        const std::uint32_t label = table.values[row * table.columns];
        if (label > 255)
            throw bad_data("{}: label {} of image {}, expected 0 to 255", path.string(),
                           static_cast<std::int32_t>(label), row);
        stored.labels.push_back(static_cast<std::uint8_t>(label));
        stored.writers.push_back(table.values[row * table.columns + kWriter]);
    }
}

}  // namespace

std::vector<SplitFiles> find_emnist_idx(const Listing& listing) {
    static const std::regex pattern(
        "emnist-(.+)-(train|test)-(images-idx3-ubyte|labels-idx1-ubyte|writers-idx1-int)(?:\\.gz)?");
    std::vector<SplitFiles> found = with_images(find_parts(listing, pattern, ""));
    for (SplitFiles& split : found) {
        split.official = find_official_split(split.name) != nullptr;
        split.usual = {.orientation = Orientation::kTransposed,
                       .measured = !split.official && split.name != kSyntheticSplit};
    }
    return found;
}

std::vector<SplitFiles> find_mnist_idx(const Listing& listing) {
    static const std::regex mnist("()(train|t10k)-(images[-.]idx3|labels[-.]idx1)-ubyte(?:\\.gz)?");
    static const std::regex qmnist("()qmnist-(train|test)-(images-idx3-ubyte|labels-idx2-int)(?:\\.gz)?");
    std::map<std::string, SplitFiles> splits = find_parts(listing, mnist, "mnist");
    splits.merge(find_parts(listing, qmnist, "qmnist"));
    std::vector<SplitFiles> found = with_images(splits);
    for (SplitFiles& split : found) split.usual = {.orientation = Orientation::kUpright, .measured = false};
    return found;
}

StoredPart read_idx(const SplitFiles& split, Part part) {
    const PartFiles& paths = split.part(part);
    StoredPart stored{.images = {},
                      .labels = {},
                      .files = {},
                      .images_name = paths.images.string(),
                      .labels_name = paths.labels.string()};
    if (paths.labels.filename().string().find("idx2-int") != std::string::npos)
        read_qmnist_labels(paths.labels, stored);
    else
        stored.labels = parse_idx_labels(read_and_note(paths.labels, stored.files), stored.labels_name);
    stored.images = parse_idx_images(read_and_note(paths.images, stored.files), stored.images_name);
    if (!paths.writers.empty()) stored.writers = read_writers(paths.writers, stored.files);
    if (stored.writers.size() != stored.labels.size() && !stored.writers.empty())
        throw bad_data("{}: {} writers, expected {} as {} has labels", paths.writers.string(), stored.writers.size(),
                       stored.labels.size(), paths.labels.filename().string());
    return stored;
}

}  // namespace inkling
