#include "formats/picture_format.h"

#include <algorithm>

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

/// What stands in a folder, by name; nothing where it cannot be read.
std::vector<fs::path> entries(const fs::path& folder) {
    std::error_code error;
    std::vector<fs::path> found;
    for (auto entry = fs::directory_iterator(folder, error); !error && entry != fs::directory_iterator();
         entry.increment(error))
        if (!entry->path().filename().string().starts_with('.')) found.push_back(entry->path());
    std::sort(found.begin(), found.end());
    return found;
}

std::vector<fs::path> pictures_in(const fs::path& folder) {
    std::vector<fs::path> pictures = entries(folder);
    std::erase_if(pictures, [](const fs::path& path) { return !has_picture_name(path); });
    return pictures;
}

/// The folders within one that have pictures.
std::vector<fs::path> class_folders(const fs::path& folder) {
    std::vector<fs::path> folders = entries(folder);
    std::erase_if(folders, [](const fs::path& path) {
        std::error_code error;
        if (!fs::is_directory(path, error)) return true;
        const std::vector<fs::path> inside = entries(path);
        return std::none_of(inside.begin(), inside.end(), has_picture_name);
    });
    return folders;
}

/// One picture to read.
struct Labelled {
    fs::path path;
    std::uint8_t label = 0;
};

std::vector<Labelled> list_pictures(const fs::path& folder, const std::vector<std::string>& class_names) {
    std::vector<Labelled> all;
    for (std::size_t label = 0; label < class_names.size(); ++label)
        for (const fs::path& path : pictures_in(folder / class_names[label]))
            all.push_back({path, static_cast<std::uint8_t>(label)});
    if (all.size() > kMostPictures)
        throw bad_data("{}: {} pictures, expected {} at most", folder.string(), all.size(), kMostPictures);
    return all;
}

Mapping classes_of(const fs::path& folder) {
    Mapping mapping;
    for (const fs::path& of_class : class_folders(folder)) {
        mapping.class_names.push_back(of_class.filename().string());
        check_class_name(mapping.class_names.back(), of_class.string());
    }
    if (mapping.class_names.size() > kMostClasses)
        throw bad_data("{}: {} folders of pictures, expected one for each of {} classes at most", folder.string(),
                       mapping.class_names.size(), kMostClasses);
    sort_class_names(mapping.class_names);
    return mapping;
}

}  // namespace

std::vector<SplitFiles> find_pictures(const Listing& listing) {
    SplitFiles split{.name = folder_name(listing.where, "pictures"), .train = {}, .test = {}};
    for (const fs::path& folder : listing.folders) {
        const std::string name = folder.filename().string();
        if (name != "train" && name != "test") continue;
        if (class_folders(folder).empty()) continue;
        (name == "train" ? split.train : split.test) = {.images = folder, .labels = folder};
    }
    if (split.train.any() || split.test.any()) return {split};
    if (listing.is_file || class_folders(listing.where).size() < 2) return {};
    split.train = split.test = {.images = listing.where, .labels = listing.where};
    split.dealt = true;
    return {split};
}

StoredPart read_pictures(const SplitFiles& split, Part part) {
    const fs::path& folder = split.part(part).images;
    StoredPart stored{.images = {},
                      .labels = {},
                      .mapping = classes_of(folder),
                      .files = {},
                      .images_name = folder.string(),
                      .labels_name = folder.string()};
    const std::vector<Labelled> pictures = list_pictures(folder, stored.mapping->class_names);
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
