#include "formats/matlab_format.h"

#include <limits>
#include <regex>

#include "core/error.h"
#include "core/files.h"
#include "core/hash.h"
#include "core/text.h"
#include "data/idx.h"
#include "formats/class_names.h"
#include "formats/mat_file.h"

namespace inkling {
namespace {

namespace fs = std::filesystem;

/// Rows of a label and one or two characters' codes, as EMNIST's mapping files have them.
Mapping mapping_of(const MatValue& value) {
    const std::vector<std::uint8_t> numbers = value.bytes();
    if (value.columns() < 2 || value.columns() > 3 || value.rows() == 0 || value.rows() > kMostClasses)
        throw bad_data("{}: {}x{} numbers, expected a label and one or two characters' codes in each row",
                       value.place(), value.rows(), value.columns());
    Mapping mapping{.class_names = {}, .first_label = numbers[0]};
    for (std::size_t row = 0; row < value.rows(); ++row) {
        const int label = numbers[row * value.columns()];
        const auto code = static_cast<char>(numbers[row * value.columns() + 1]);
        if (label != mapping.first_label + static_cast<int>(row))
            throw bad_data("{}: label {} in row {}, expected labels that rise by one", value.place(), label, row + 1);
        if (code <= ' ' || code > '~')
            throw bad_data("{}: code {} in row {}, expected 33 to 126", value.place(),
                           static_cast<int>(static_cast<unsigned char>(code)), row + 1);
        mapping.class_names.emplace_back(1, code);
    }
    return mapping;
}

/// One number an image.
void check_column(const MatValue& value, std::size_t images) {
    if (value.rows() != images || value.columns() != 1)
        throw bad_data("{}: {}x{} numbers, expected {}x1, one for each image", value.place(), value.rows(),
                       value.columns(), images);
}

}  // namespace

std::vector<SplitFiles> find_matlab(const Listing& listing) {
    static const std::regex pattern("(?:emnist-)?(.+)\\.mat");
    std::vector<SplitFiles> found;
    for (const fs::path& file : listing.files) {
        const std::string name = file.filename().string();
        std::smatch match;
        if (!is_utf8(name) || !std::regex_match(name, match, pattern)) continue;
        const PartFiles part{.images = file, .labels = file};
        found.push_back({.name = match[1],
                         .train = part,
                         .test = part,
                         .usual = UsualOrientation{.orientation = Orientation::kTransposed, .measured = true}});
    }
    return found;
}

StoredPart parse_matlab(std::span<const std::byte> file, const std::string& name, Part part) {
    MatFile contents(file, name);
    const MatValue dataset = contents.variable("dataset");
    const MatValue data = dataset.field(part_name(part));
    const MatValue images = data.field("images");
    if (images.columns() != kIdxImageShape.pixels())
        throw bad_data("{}: {} columns, expected {}", images.place(), images.columns(), kIdxImageShape.pixels());
    const MatValue labels = data.field("labels");
    check_column(labels, images.rows());
    const MatValue writers = data.field("writers");
    check_column(writers, images.rows());
    return {.images = images.bytes(),
            .labels = labels.bytes(),
            .writers = writers.numbers(std::numeric_limits<std::uint32_t>::max()),
            .mapping = mapping_of(dataset.field("mapping")),
            .files = {},
            .images_name = name,
            .labels_name = name};
}

StoredPart read_matlab(const SplitFiles& split, Part part) {
    const fs::path& path = split.part(part).images;
    const std::vector<std::byte> contents = read_file(path);
    StoredPart stored = parse_matlab(contents, path.string(), part);
    stored.files.push_back({path.filename().string(), sha256(contents)});
    return stored;
}

}  // namespace inkling
