#include "formats/picture_format.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "core/error.h"
#include "core/files.h"
#include "core/hash.h"
#include "core/text.h"
#include "core/threads.h"
#include "formats/class_names.h"
#include "pictures/character.h"
#include "pictures/read_picture.h"

namespace inkling {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostPictures = 10'000'000;

bool is_folder(const fs::path& path) {
    std::error_code error;
    return fs::is_directory(path, error);
}

/// What systems and people put beside pictures.
bool is_no_data(const fs::path& path) {
    const std::string name = lower_case(path.filename().string());
    return name.starts_with('.') || name == "thumbs.db" || name == "desktop.ini" ||
           (name.starts_with("readme") && !has_picture_name(path) && !is_folder(path));
}

/// What stands in a folder, by name; as much of it as can be listed, else with `error`.
std::vector<fs::path> entries(const fs::path& folder, std::error_code& error) {
    std::vector<fs::path> found;
    for (auto entry = fs::directory_iterator(folder, error); !error && entry != fs::directory_iterator();
         entry.increment(error))
        if (!is_no_data(entry->path())) found.push_back(entry->path());
    std::sort(found.begin(), found.end());
    return found;
}

std::vector<fs::path> entries(const fs::path& folder) {
    std::error_code error;
    std::vector<fs::path> found = entries(folder, error);
    if (error) throw bad_data("{}: cannot list the folder ({}), expected pictures", folder.string(), error.message());
    return found;
}

bool is_link_to_nothing(const fs::path& path) {
    std::error_code error;
    return fs::is_symlink(path, error) && !fs::exists(path, error);
}

// The layout is known by folders that have pictures; what else stands beside them matters when they are read.

bool has_pictures(const fs::path& folder) {
    std::error_code error;
    const std::vector<fs::path> inside = entries(folder, error);
    return std::any_of(inside.begin(), inside.end(), has_picture_name);
}

bool holds_classes(const fs::path& folder) {
    std::error_code error;
    const std::vector<fs::path> inside = entries(folder, error);
    return std::any_of(inside.begin(), inside.end(),
                       [](const fs::path& path) { return is_folder(path) && has_pictures(path); });
}

/// Whether a part's folder, beside one that holds classes, has something that must be read or refused.
bool holds_anything(const fs::path& folder) {
    std::error_code error;
    const std::vector<fs::path> inside = entries(folder, error);
    return error || std::any_of(inside.begin(), inside.end(), [](const fs::path& path) {
               std::error_code unlisted;
               const bool filled = is_folder(path) && (!entries(path, unlisted).empty() || unlisted);
               return filled || is_link_to_nothing(path);
           });
}

bool is_split_by_class(const fs::path& folder) {
    std::error_code error;
    const std::vector<fs::path> inside = entries(folder, error);
    return std::count_if(inside.begin(), inside.end(), has_pictures) >= 2;
}

/// What a class's folder has.
struct ClassFolder {
    std::string name;
    std::vector<fs::path> pictures;
    std::size_t skipped = 0;  // files that are none, and folders
};

/// Of kinds that are not read.
bool is_other_picture(const fs::path& path) {
    static constexpr std::array<std::string_view, 9> kEndings = {".gif", ".heic", ".heif", ".avif", ".svg",
                                                                 ".jp2", ".jxl",  ".psd",  ".pdf"};
    return std::ranges::count(kEndings, lower_case(path.extension().string())) > 0;
}

/// Without pictures where the folder has none.
ClassFolder list_class(const fs::path& folder) {
    const std::vector<fs::path> inside = entries(folder);
    ClassFolder found{.name = folder.filename().string(), .pictures = inside};
    found.skipped = std::erase_if(found.pictures, [](const fs::path& path) { return !has_picture_name(path); });
    // Runs and studies may be there too, whose files are no pictures of any kind.
    if (const auto other = std::ranges::find_if(inside, is_other_picture);
        found.pictures.empty() && other != inside.end())
        throw bad_data(
            "{}: no picture in it but {}, expected names that end in {}; save them anew or move the folder away",
            folder.string(), other->filename().string(), picture_endings());
    if (!found.pictures.empty()) check_class_name(found.name, folder.string());
    return found;
}

/// What a part's folder has.
struct ClassFolders {
    std::vector<ClassFolder> classes;
    std::size_t skipped = 0;
};

ClassFolders list_classes(const fs::path& folder) {
    ClassFolders all;
    for (const fs::path& path : entries(folder)) {
        if (is_link_to_nothing(path) && !path.has_extension())
            throw bad_data("{}: a link to nothing, expected a folder of pictures; mend or remove it", path.string());
        if (!is_folder(path)) continue;
        ClassFolder found = list_class(path);
        all.skipped += found.skipped;
        if (!found.pictures.empty()) all.classes.push_back(std::move(found));
    }
    if (all.classes.size() > kMostClasses)
        throw bad_data("{}: {} folders of pictures, expected one for each of {} classes at most", folder.string(),
                       all.classes.size(), kMostClasses);
    return all;
}

Mapping mapping_of(const std::vector<ClassFolder>& classes) {
    Mapping mapping;
    for (const ClassFolder& of_class : classes) mapping.class_names.push_back(of_class.name);
    sort_class_names(mapping.class_names);
    return mapping;
}

/// One picture to read.
struct Labelled {
    fs::path path;
    std::uint8_t label = 0;
};

/// Class by class, in the order of their labels.
std::vector<Labelled> list_pictures(const std::vector<ClassFolder>& classes, const Mapping& mapping) {
    std::vector<Labelled> all;
    for (std::size_t label = 0; label < mapping.class_names.size(); ++label) {
        const auto found = std::ranges::find(classes, mapping.class_names[label], &ClassFolder::name);
        for (const fs::path& path : found->pictures) all.push_back({path, static_cast<std::uint8_t>(label)});
    }
    return all;
}

}  // namespace

std::vector<SplitFiles> find_pictures(const Listing& listing) {
    SplitFiles split{.name = folder_name(listing.where, "pictures"), .train = {}, .test = {}};
    bool known = false;
    for (const fs::path& folder : listing.folders) {
        const std::string name = folder.filename().string();
        if (name != "train" && name != "test") continue;
        PartFiles& part = name == "train" ? split.train : split.test;
        if (holds_anything(folder)) part = {.images = folder, .labels = folder};
        known = known || holds_classes(folder);
    }
    if (known) return {split};
    if (listing.is_file || !is_split_by_class(listing.where)) return {};
    split.train = split.test = {.images = listing.where, .labels = listing.where};
    split.dealt = true;
    return {split};
}

StoredPart read_pictures(const SplitFiles& split, Part part) {
    const fs::path& folder = split.part(part).images;
    const auto [classes, skipped] = list_classes(folder);
    StoredPart stored{.images = {},
                      .labels = {},
                      .mapping = mapping_of(classes),
                      .files = {},
                      .images_name = folder.string(),
                      .labels_name = folder.string()};
    if (skipped == 1) stored.left_out = {"1 file or folder that is no picture left out"};
    if (skipped > 1) stored.left_out = {fmt::format("{} files or folders that are no pictures left out", skipped)};
    const std::vector<Labelled> pictures = list_pictures(classes, *stored.mapping);
    if (pictures.size() > kMostPictures)
        throw bad_data("{}: {} pictures, expected {} at most", folder.string(), pictures.size(), kMostPictures);
    constexpr std::size_t kPixels = EmnistImage().size();
    stored.images.resize(pictures.size() * kPixels);
    std::vector<std::string> hashes(pictures.size());
    parallel_for(pictures.size(), 8, [&](std::size_t begin, std::size_t end, int) {
        for (std::size_t i = begin; i < end; ++i) {
            const std::vector<std::byte> contents = read_file(pictures[i].path);
            const CharacterImage image = convert_picture(parse_picture(contents, pictures[i].path.string()));
            if (image.box.empty())
                throw bad_data("{}: no ink, expected a picture of one character", pictures[i].path.string());
            std::copy(image.pixels.begin(), image.pixels.end(),
                      stored.images.begin() + static_cast<std::ptrdiff_t>(i * kPixels));
            hashes[i] =
                fmt::format("{} {}\n", sha256(contents), fs::relative(pictures[i].path, folder).generic_string());
        }
    });
    std::string together;
    for (std::size_t i = 0; i < pictures.size(); ++i) {
        stored.labels.push_back(pictures[i].label);
        together += hashes[i];
    }
    stored.files.push_back({fmt::format("{} pictures in {}", pictures.size(), folder.filename().string()),
                            sha256(std::as_bytes(std::span(together)))});
    stored.details = fmt::format("{} of them", pictures.size());
    return stored;
}

}  // namespace inkling
