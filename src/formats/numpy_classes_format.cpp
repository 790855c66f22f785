#include "formats/numpy_classes_format.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <map>

#include "core/error.h"
#include "core/files.h"
#include "core/hash.h"
#include "formats/class_names.h"
#include "formats/npz_file.h"

namespace inkling {
namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t kMostBytes = std::uintmax_t{4} << 30;  // of all files
constexpr std::string_view kQuickDraw = "full_numpy_bitmap_";

std::string class_name(const fs::path& file) {
    const std::string stem = file.stem().string();
    return stem.starts_with(kQuickDraw) ? stem.substr(kQuickDraw.size()) : stem;
}

/// By class. Throws Error (bad data) where they cannot all be classes, or are too large together.
std::map<std::string, fs::path> class_files(const fs::path& folder) {
    std::map<std::string, fs::path> files;
    std::uintmax_t bytes = 0;
    std::error_code error;
    for (auto entry = fs::directory_iterator(folder, error); !error && entry != fs::directory_iterator();
         entry.increment(error)) {
        if (entry->path().extension() != ".npy") continue;
        std::error_code unknown;
        const std::uintmax_t size = fs::file_size(entry->path(), unknown);
        bytes += unknown ? 0 : size;
        const std::string name = class_name(entry->path());
        check_class_name(name, entry->path().string());
        if (!files.try_emplace(name, entry->path()).second)
            throw bad_data("{}: class {} is there twice, expected one file for each", folder.string(), name);
    }
    if (error) throw bad_data("{}: cannot list the folder ({})", folder.string(), error.message());
    if (files.size() > kMostClasses)
        throw bad_data("{}: {} .npy files, expected one for each of {} classes at most", folder.string(), files.size(),
                       kMostClasses);
    if (bytes > kMostBytes)
        throw bad_data("{}: its .npy files have {} bytes together, expected {} at most; keep fewer classes or images",
                       folder.string(), bytes, kMostBytes);
    return files;
}

}  // namespace

std::vector<SplitFiles> find_numpy_classes(const Listing& listing) {
    const auto arrays = std::ranges::count(listing.files, fs::path(".npy"), &fs::path::extension);
    if (listing.is_file || arrays < 2) return {};
    const PartFiles folder{.images = listing.where, .labels = listing.where};
    return {{.name = folder_name(listing.where, "arrays"),
             .train = folder,
             .test = folder,
             .usual = UsualOrientation{.orientation = Orientation::kUpright, .measured = false},
             .dealt = true}};
}

StoredPart read_numpy_classes(const SplitFiles& split, Part part) {
    const fs::path& folder = split.part(part).images;
    const std::map<std::string, fs::path> files = class_files(folder);
    StoredPart stored{.images = {},
                      .labels = {},
                      .mapping = Mapping{},
                      .files = {},
                      .images_name = folder.string(),
                      .labels_name = folder.string()};
    std::vector<std::string>& names = stored.mapping->class_names;
    for (const auto& [name, path] : files) names.push_back(name);
    sort_class_names(names);
    for (std::size_t label = 0; label < names.size(); ++label) {
        const fs::path& path = files.at(names[label]);
        const std::vector<std::byte> contents = read_file(path);
        const ByteArray array = parse_npy(contents, path.string());
        if (!has_image_shape(array.shape))
            throw bad_data("{}: an array of shape ({}), expected images, (N, 784)", path.string(),
                           fmt::join(array.shape, ", "));
        stored.images.insert(stored.images.end(), array.values.begin(), array.values.end());
        stored.labels.insert(stored.labels.end(), array.shape.front(), static_cast<std::uint8_t>(label));
        stored.files.push_back({path.filename().string(), sha256(contents)});
    }
    return stored;
}

}  // namespace inkling
