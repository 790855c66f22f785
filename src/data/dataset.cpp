#include "data/dataset.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "core/error.h"
#include "core/files.h"
#include "core/hash.h"
#include "data/catalogue.h"
#include "data/idx.h"
#include "data/orientation.h"
#include "data/split_files.h"
#include "data/synthetic.h"

namespace inkling {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kLargestFile = std::uint64_t{1} << 30;  // ByClass, not gzipped, takes half of it
constexpr std::uint64_t kLargestMapping = std::uint64_t{64} << 10;

/// Both files of a part, or an error that says which is missing.
const PartFiles& expect_part(const SplitFiles& split, Part part, const fs::path& folder) {
    const PartFiles& files = split.part(part);
    if (!files.any())
        throw bad_data("{}: split '{}' has no {} part, only the other one", folder.string(), split.name,
                       part_name(part));
    if (files.images.empty() || files.labels.empty()) {
        const bool images_there = files.labels.empty();
        throw bad_data("{}: no file emnist-{}-{}-{}-ubyte or .gz, expected it beside {}", folder.string(), split.name,
                       part_name(part), images_there ? "labels-idx1" : "images-idx3",
                       (images_there ? files.images : files.labels).filename().string());
    }
    return files;
}

std::vector<std::uint8_t> read_images(const fs::path& path, std::vector<DataFile>& files) {
    const std::vector<std::byte> contents = read_file(path, kLargestFile);
    files.push_back({path.filename().string(), sha256(contents)});
    return parse_idx_images(contents, path.string());
}

std::vector<std::uint8_t> read_labels(const fs::path& path, std::vector<DataFile>& files) {
    const std::vector<std::byte> contents = read_file(path, kLargestFile);
    files.push_back({path.filename().string(), sha256(contents)});
    return parse_idx_labels(contents, path.string());
}

/// What is unknown of a split is told by its training part for both, so that they are read alike and nothing is learned
/// from the test part before a test.
std::vector<std::uint8_t> deciding_labels(const SplitFiles& split, std::span<const std::uint8_t> own) {
    std::vector<DataFile> unused;
    if (!split.train.labels.empty())
        if (std::vector<std::uint8_t> labels = read_labels(split.train.labels, unused); !labels.empty()) return labels;
    return {own.begin(), own.end()};
}

/// Classes of a split that has no mapping file. Adds to `assumed` what was guessed.
Mapping assumed_mapping(const SplitFiles& split, std::span<const std::uint8_t> own_labels,
                        std::vector<std::string>& assumed) {
    if (const OfficialSplit* official = find_official_split(split.name)) return official_mapping(*official);
    const std::vector<std::uint8_t> labels = deciding_labels(split, own_labels);
    if (labels.empty()) return {};
    const auto [first, last] = std::minmax_element(labels.begin(), labels.end());
    const OfficialSplit* like = find_official_range(*first, *last);
    assumed.push_back(fmt::format(
        "its labels, {} to {}, {}, as there is no emnist-{}-mapping.txt", *first, *last,
        like != nullptr ? fmt::format("are those of {}", like->name) : std::string("are the names of its classes"),
        split.name));
    return like != nullptr ? official_mapping(*like) : numbered_mapping(*first, *last);
}

Mapping read_mapping(const SplitFiles& split, Dataset& data) {
    if (split.mapping.empty()) return assumed_mapping(split, data.labels, data.assumed);
    const std::string text = read_text(split.mapping, kLargestMapping);
    data.files.insert(data.files.begin(), {split.mapping.filename().string(), sha256(std::as_bytes(std::span(text)))});
    return parse_mapping(text, split.mapping.string());
}

/// Adds to `assumed` what was guessed.
Orientation stored_orientation(const SplitFiles& split, Part part, std::span<const std::uint8_t> images,
                               std::vector<std::string>& assumed) {
    if (find_official_split(split.name) != nullptr || split.name == kSyntheticSplit) {
        if (measure_orientation(images) == Orientation::kUpright)
            assumed.emplace_back(
                "its images are stored column by column, as the official ones are, though they look as if row by row "
                "(then say --orientation upright)");
        return Orientation::kTransposed;
    }
    std::vector<DataFile> unused;
    const bool decides = part == Part::kTrain || split.train.images.empty();
    const auto measured = measure_orientation(decides ? images : read_images(split.train.images, unused));
    if (!measured)
        assumed.emplace_back(
            "its images are stored column by column, as EMNIST's are, for they do not show it (if they lie on their "
            "side now, say --orientation upright)");
    return measured.value_or(Orientation::kTransposed);
}

/// Where the labels that a split may have are known from.
std::string mapping_source(const SplitFiles& split) {
    if (!split.mapping.empty()) return split.mapping.filename().string();
    return fmt::format("{} (there is no emnist-{}-mapping.txt)",
                       find_official_split(split.name) != nullptr ? "the catalogue" : "the training part", split.name);
}

/// Makes labels start at 0 and checks that each has a class.
void shift_labels(std::span<std::uint8_t> labels, const Mapping& mapping, const fs::path& path,
                  const SplitFiles& split) {
    const int first = mapping.first_label;
    const int last = first + static_cast<int>(mapping.class_names.size()) - 1;
    const auto wrong =
        std::find_if(labels.begin(), labels.end(), [&](std::uint8_t label) { return label < first || label > last; });
    if (wrong != labels.end())
        throw bad_data("{}: label {} of image {}, expected {} to {} as in {}", path.string(), *wrong,
                       wrong - labels.begin(), first, last, mapping_source(split));
    for (std::uint8_t& label : labels) label = static_cast<std::uint8_t>(label - first);
}

}  // namespace

const char* part_name(Part part) { return part == Part::kTrain ? "train" : "test"; }

Dataset subset(const Dataset& data, std::span<const std::uint32_t> indices) {
    Dataset part{.split = data.split,
                 .part = data.part,
                 .shape = data.shape,
                 .images = {},
                 .labels = {},
                 .class_names = data.class_names,
                 .files = data.files,
                 .stored = data.stored,
                 .assumed = data.assumed};
    part.images.reserve(indices.size() * data.shape.size());
    for (const std::uint32_t index : indices) {
        const auto image = data.image(index);
        part.images.insert(part.images.end(), image.begin(), image.end());
        part.labels.push_back(data.labels[index]);
        if (!data.writers.empty()) part.writers.push_back(data.writers[index]);
    }
    return part;
}

bool has_part(const fs::path& folder, const std::string& split, Part part) {
    return made_in_memory(folder, split) || find_split(folder, split).part(part).any();
}

std::string describe_source(const fs::path& folder, const std::string& split) {
    const std::string what =
        fmt::format("split {}{}", split, split == kSyntheticSplit ? fmt::format(" ({})", kSyntheticNote) : "");
    return folder.empty() ? what : fmt::format("{} in {}", what, folder.string());
}

std::string describe_assumptions(const Dataset& data) {
    return data.assumed.empty() ? ""
                                : fmt::format("assumed of split {}: {}", data.split, fmt::join(data.assumed, "; "));
}

Dataset load_dataset(const fs::path& folder, const std::string& split_name, Part part,
                     std::optional<Orientation> stored) {
    if (made_in_memory(folder, split_name)) {
        const SyntheticSize size;
        return make_synthetic(part, part == Part::kTrain ? size.train : size.test);
    }
    const SplitFiles split = find_split(folder, split_name);
    const PartFiles& paths = expect_part(split, part, folder);
    Dataset data;
    data.split = split_name;
    data.part = part;
    data.shape = kIdxImageShape;
    data.labels = read_labels(paths.labels, data.files);
    const Mapping mapping = read_mapping(split, data);
    data.class_names = mapping.class_names;
    data.images = read_images(paths.images, data.files);
    const std::size_t images = data.images.size() / data.shape.pixels();
    if (images != data.labels.size())
        throw bad_data("{}: {} images, expected {} as {} has labels", paths.images.string(), images, data.labels.size(),
                       paths.labels.filename().string());
    if (images == 0) throw bad_data("{}: no images, expected one at least", paths.images.string());
    shift_labels(data.labels, mapping, paths.labels, split);
    data.stored = stored ? *stored : stored_orientation(split, part, data.images, data.assumed);
    if (data.stored == Orientation::kTransposed) transpose_images(data.images);
    return data;
}

Normalization measure_normalization(const Dataset& data, std::span<const std::uint32_t> indices) {
    std::array<std::uint64_t, 256> counts{};
    const auto count_pixels = [&](std::size_t index) {
        for (const std::uint8_t pixel : data.image(index)) ++counts[pixel];
    };
    if (indices.empty())
        for (std::size_t i = 0; i < data.size(); ++i) count_pixels(i);
    else
        std::for_each(indices.begin(), indices.end(), count_pixels);

    double pixels = 0, sum = 0, squares = 0;
    for (std::size_t value = 0; value < counts.size(); ++value) {
        const auto count = static_cast<double>(counts[value]);
        const double scaled = static_cast<double>(value) / 255.0;
        pixels += count;
        sum += count * scaled;
        squares += count * scaled * scaled;
    }
    if (pixels == 0) return {};
    const double mean = sum / pixels;
    const double variance = squares / pixels - mean * mean;
    // Below a millionth of a grey step it is rounding, not contrast.
    const double deviation = variance > 1e-12 ? std::sqrt(variance) : 1.0;
    return {static_cast<float>(mean), static_cast<float>(deviation)};
}

std::vector<std::size_t> class_histogram(const Dataset& data) {
    std::vector<std::size_t> histogram(data.class_names.size());
    for (const std::uint8_t label : data.labels) ++histogram[label];
    return histogram;
}

}  // namespace inkling
