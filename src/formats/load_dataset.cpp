#include "formats/load_dataset.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "core/error.h"
#include "core/files.h"
#include "core/hash.h"
#include "data/catalogue.h"
#include "data/folds.h"
#include "data/idx.h"
#include "data/orientation.h"
#include "data/synthetic.h"
#include "formats/class_names.h"
#include "formats/format.h"
#include "formats/idx_format.h"
#include "formats/split_files.h"

namespace inkling {
namespace {

namespace fs = std::filesystem;

constexpr double kDealtToTest = 1.0 / 6;  // as MNIST, and as EMNIST's balanced splits
constexpr std::uint64_t kDealtBy = 0;     // the seed
constexpr std::uint64_t kLargestClasses = std::uint64_t{64} << 10;

/// What the file is called that belongs to one of images, or to one of labels.
std::string partner_name(const std::string& name) {
    struct Pair {
        std::string_view images, labels, more;
    };
    static constexpr std::array<Pair, 5> kPairs = {{{"images-idx3-ubyte", "labels-idx1-ubyte", " or .gz"},
                                                    {"images.idx3-ubyte", "labels.idx1-ubyte", " or .gz"},
                                                    {"images-idx3-ubyte", "labels-idx2-int", " or .gz"},
                                                    {"imgs.npz", "labels.npz", ""},
                                                    {"images.npz", "labels.npz", ""}}};
    for (const auto& [images, labels, more] : kPairs)
        for (const auto& [there, missing] : {std::pair(images, labels), std::pair(labels, images)})
            if (const std::size_t at = name.find(there); at != std::string::npos)
                return name.substr(0, at).append(missing).append(more);
    return "of the other kind";
}

/// Reads a part whose files are all there, or says which is missing, and checks that its counts agree.
StoredPart read_part(const SplitFiles& split, Part part, const fs::path& folder) {
    const PartFiles& files = split.part(part);
    if (!files.any())
        throw bad_data("{}: split '{}' has no {} part, only the other one", folder.string(), split.name,
                       part_name(part));
    if (!files.whole()) {
        const fs::path& there = files.labels.empty() ? files.images : files.labels;
        throw bad_data("{}: no file {}, expected it beside {}", folder.string(),
                       partner_name(there.filename().string()), there.filename().string());
    }
    StoredPart stored = split.format->read(split, part);
    const std::size_t images = stored.images.size() / kIdxImageShape.pixels();
    if (images != stored.labels.size())
        throw bad_data("{}: {} images, expected {} as {} has labels", stored.images_name, images, stored.labels.size(),
                       fs::path(stored.labels_name).filename().string());
    if (images == 0) throw bad_data("{}: no images, expected one at least", stored.images_name);
    return stored;
}

/// What is unknown of a split is told by its training part for both, so that they are read alike and nothing is learned
/// from the test part before a test. Reads it once, and only if it is asked.
class TrainingPart {
  public:
    TrainingPart(const SplitFiles& split, const StoredPart& own, Part part, const fs::path& folder)
        : split_(split), own_(own), folder_(folder), is_own_(part == Part::kTrain || !split.train.whole()) {}

    const StoredPart& get() {
        if (is_own_ || split_.dealt) return own_;
        if (!read_) read_ = read_part(split_, Part::kTrain, folder_);
        return *read_;
    }

  private:
    const SplitFiles& split_;
    const StoredPart& own_;
    const fs::path& folder_;
    bool is_own_;
    std::optional<StoredPart> read_;
};

/// The classes of a split, and where they are known from.
struct KnownClasses {
    Mapping mapping;
    std::string source;
};

/// Classes of a split that nobody named. Adds to `assumed` what was guessed.
KnownClasses assumed_classes(const SplitFiles& split, TrainingPart& training, std::vector<std::string>& assumed) {
    const std::string none = fmt::format("there is no emnist-{}-mapping.txt", split.name);
    if (split.official)
        return {official_mapping(*find_official_split(split.name)), fmt::format("the catalogue ({})", none)};
    const std::vector<std::uint8_t>& labels = training.get().labels;
    const auto [first, last] = std::minmax_element(labels.begin(), labels.end());
    const OfficialSplit* like = find_official_range(*first, *last);
    assumed.push_back(fmt::format(
        "its labels, {} to {}, {}, as {}", *first, *last,
        like != nullptr ? fmt::format("are those of {}", like->name) : std::string("are the names of its classes"),
        none));
    return {like != nullptr ? official_mapping(*like) : numbered_mapping(*first, *last),
            fmt::format("the training part ({})", none)};
}

/// A list of names; the training part tells whether it begins with label 0 or 1. Adds to `assumed` what was guessed.
Mapping read_class_list(const SplitFiles& split, const std::string& text, TrainingPart& training,
                        std::vector<std::string>& assumed) {
    Mapping mapping = parse_class_list(text, split.classes.string());
    const StoredPart& stored = training.get();
    // Where labels are names, the list need not number them.
    if (stored.mapping) return mapping;
    const auto [least, most] = std::minmax_element(stored.labels.begin(), stored.labels.end());
    const LabelRange labels = {.least = *least, .most = *most};
    mapping.first_label = first_label_of(mapping.class_names, labels, split.classes.string());
    if (may_begin_at_one(mapping.class_names, labels))
        assumed.push_back(fmt::format(
            "the first name in {} is label 0's, though no image has this label (if it is label 1's, write an "
            "emnist-{}-mapping.txt)",
            split.classes.filename().string(), split.name));
    return mapping;
}

/// A mapping file, or a list of names. Adds to `data` which file told, and what was guessed.
KnownClasses read_classes(const SplitFiles& split, TrainingPart& training, Dataset& data) {
    const std::string text = read_text(split.classes, kLargestClasses);
    const std::string name = split.classes.filename().string();
    data.files.insert(data.files.begin(), {name, sha256(std::as_bytes(std::span(text)))});
    if (name.ends_with("mapping.txt")) return {parse_mapping(text, split.classes.string()), name};
    if (name.ends_with("classmap.csv")) return {parse_class_map(text, split.classes.string()), name};
    return {read_class_list(split, text, training, data.assumed), name};
}

/// Makes labels that a part's own files name those of the classes' names. `source`: where these are from.
void rename_labels(StoredPart& stored, const Mapping& classes, const std::string& source) {
    const Mapping& own = *stored.mapping;
    std::vector<std::size_t> places;  // of own classes among all
    for (const std::string& name : own.class_names)
        places.push_back(
            static_cast<std::size_t>(std::ranges::find(classes.class_names, name) - classes.class_names.begin()));
    for (std::uint8_t& label : stored.labels) {
        const auto own_place = static_cast<std::size_t>(label - own.first_label);
        if (places[own_place] == classes.class_names.size())
            throw bad_data("{}: class {} is not among the {} of {}", stored.labels_name, own.class_names[own_place],
                           classes.class_names.size(), source);
        label = static_cast<std::uint8_t>(static_cast<std::size_t>(classes.first_label) + places[own_place]);
    }
}

/// Adds to `data` what was guessed and which file told.
KnownClasses find_classes(const SplitFiles& split, StoredPart& stored, TrainingPart& training, Dataset& data) {
    if (!split.classes.empty()) {
        KnownClasses known = read_classes(split, training, data);
        if (stored.mapping) rename_labels(stored, known.mapping, known.source);
        return known;
    }
    if (!stored.mapping) return assumed_classes(split, training, data.assumed);
    const StoredPart& first = training.get();
    if (first.mapping) rename_labels(stored, *first.mapping, "the training part");
    return {first.mapping ? *first.mapping : *stored.mapping, "the file's own list of classes"};
}

const char* as_stored(Orientation orientation) {
    return orientation == Orientation::kUpright ? "row by row" : "column by column";
}

Orientation other(Orientation orientation) {
    return orientation == Orientation::kUpright ? Orientation::kTransposed : Orientation::kUpright;
}

/// Adds to `assumed` what was guessed.
Orientation stored_orientation(const UsualOrientation& found, const StoredPart& own, TrainingPart& training,
                               std::vector<std::string>& assumed) {
    const auto [usual, is_measured] = found;
    const bool upright = usual == Orientation::kUpright;
    if (!is_measured) {
        if (measure_orientation(own.images) == other(usual))
            assumed.push_back(fmt::format(
                "its images are stored {}, as {} are, though they look as if {} (then say --orientation {})",
                as_stored(usual), upright ? "MNIST's" : "the official ones", as_stored(other(usual)),
                orientation_name(other(usual))));
        return usual;
    }
    const auto measured = measure_orientation(training.get().images);
    if (!measured)
        assumed.push_back(fmt::format(
            "its images are stored {}, as {} are, for they do not show it (if they lie on their side now, say "
            "--orientation {})",
            as_stored(usual), upright ? "MNIST's" : "EMNIST's", orientation_name(other(usual))));
    return measured.value_or(usual);
}

/// Makes labels start at 0 and checks that each has a class.
void shift_labels(std::span<std::uint8_t> labels, const KnownClasses& known, const std::string& file) {
    const int first = known.mapping.first_label;
    const int last = first + static_cast<int>(known.mapping.class_names.size()) - 1;
    const auto wrong =
        std::find_if(labels.begin(), labels.end(), [&](std::uint8_t label) { return label < first || label > last; });
    if (wrong != labels.end())
        throw bad_data("{}: label {} of image {}, expected {} to {} as in {}", file, *wrong, wrong - labels.begin(),
                       first, last, known.source);
    for (std::uint8_t& label : labels) label = static_cast<std::uint8_t>(label - first);
}

/// What people are told of data that are not EMNIST's own files.
std::string read_as(const SplitFiles& split, const StoredPart& stored, std::optional<Orientation> orientation) {
    if (split.format->name == kEmnistIdxName) return "";
    std::string text{split.format->name};
    if (!stored.details.empty()) text += ", " + stored.details;
    if (orientation) text += fmt::format(", images stored {}", as_stored(*orientation));
    if (!stored.writers.empty()) text += ", with their writers";
    if (split.dealt) text += ", of each class five sixths to learn from and a sixth to test by";
    return text;
}

Dataset dealt_part(const Dataset& whole, Part part) {
    const Holdout parts = stratified_holdout(whole, kDealtToTest, kDealtBy);
    const auto& samples = part == Part::kTrain ? parts.train : parts.validation;
    if (samples.empty())
        throw bad_data("split {}: too few images to make a test part of, expected 3 of a class at least", whole.split);
    Dataset dealt = subset(whole, samples);
    dealt.part = part;
    return dealt;
}

/// All that the part's files hold, before it is dealt.
Dataset load_whole(const SplitFiles& split, Part part, const fs::path& folder, std::optional<Orientation> said) {
    if (said == Orientation::kTransposed && !split.usual)
        throw wrong_usage("split {}: pictures are upright as they are seen; leave out --orientation", split.name);
    StoredPart stored = read_part(split, part, folder);
    TrainingPart training(split, stored, part, folder);
    Dataset data;
    data.split = split.name;
    data.part = part;
    data.shape = kIdxImageShape;
    data.files = stored.files;
    const KnownClasses classes = find_classes(split, stored, training, data);
    data.class_names = classes.mapping.class_names;
    shift_labels(stored.labels, classes, stored.labels_name);
    if (split.usual) data.stored = said ? *said : stored_orientation(*split.usual, stored, training, data.assumed);
    data.read_as = read_as(split, stored, data.stored);
    data.assumed.insert(data.assumed.end(), stored.left_out.begin(), stored.left_out.end());
    if (are_dark_on_light(stored.images))
        data.assumed.emplace_back("its images are dark on light, unlike EMNIST's and what predict makes of pictures");
    data.images = std::move(stored.images);
    data.labels = std::move(stored.labels);
    data.writers = std::move(stored.writers);
    if (data.stored == Orientation::kTransposed) transpose_images(data.images);
    return data;
}

}  // namespace

bool has_part(const fs::path& folder, const std::string& split, Part part) {
    return made_in_memory(folder, split) || find_split(folder, split).part(part).any();
}

std::vector<Part> parts_of(const fs::path& folder, const std::string& split) {
    std::vector<Part> parts;
    for (const Part part : {Part::kTrain, Part::kTest})
        if (has_part(folder, split, part)) parts.push_back(part);
    return parts;
}

std::string describe_source(const fs::path& folder, const std::string& split) {
    const std::string what =
        fmt::format("split {}{}", split, split == kSyntheticSplit ? fmt::format(" ({})", kSyntheticNote) : "");
    return folder.empty() ? what : fmt::format("{} in {}", what, folder.string());
}

Dataset load_dataset(const fs::path& folder, const std::string& split_name, Part part,
                     std::optional<Orientation> said) {
    if (made_in_memory(folder, split_name)) {
        const SyntheticSize size;
        return make_synthetic(part, part == Part::kTrain ? size.train : size.test);
    }
    const SplitFiles split = find_split(folder, split_name);
    Dataset data = load_whole(split, part, folder, said);
    return split.dealt ? dealt_part(data, part) : data;
}

std::vector<Dataset> load_parts(const fs::path& folder, const std::string& split_name, std::span<const Part> parts,
                                std::optional<Orientation> said) {
    std::vector<Dataset> loaded;
    if (!made_in_memory(folder, split_name)) {
        const SplitFiles split = find_split(folder, split_name);
        if (split.dealt) {
            const Dataset whole = load_whole(split, Part::kTrain, folder, said);
            for (const Part part : parts) loaded.push_back(dealt_part(whole, part));
            return loaded;
        }
    }
    for (const Part part : parts) {
        loaded.push_back(load_dataset(folder, split_name, part, said));
        said = loaded.back().stored;
    }
    return loaded;
}

}  // namespace inkling
