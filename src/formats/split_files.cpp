#include "formats/split_files.h"

#include <fmt/ranges.h>

#include <algorithm>

#include "core/error.h"
#include "core/nearest_name.h"
#include "data/catalogue.h"
#include "formats/format.h"

namespace inkling {
namespace {

namespace fs = std::filesystem;

std::string advice(const std::string& folder, const std::string& split = {}) {
    return fmt::format("run 'inkling data fetch{}' or name {} folder with --data DIR",
                       split.empty() ? "" : " --split " + split, folder.empty() ? "a" : "another");
}

std::error_code list_into(Listing& listing) {
    std::error_code error;
    if (fs::is_regular_file(listing.where, error)) {
        listing.is_file = true;
        listing.files = {listing.where};
        return {};
    }
    for (auto entry = fs::directory_iterator(listing.where, error); !error && entry != fs::directory_iterator();
         entry.increment(error)) {
        std::error_code unknown;
        if (entry->is_directory(unknown)) listing.folders.push_back(entry->path());
        listing.files.push_back(entry->path());
    }
    return error;
}

Listing list(const fs::path& where) {
    Listing listing{.where = where, .files = {}, .folders = {}};
    const std::error_code error = list_into(listing);
    if (error == std::errc::no_such_file_or_directory)
        throw bad_data("{}: no such folder, expected EMNIST's files; {}", where.string(), advice(where.string()));
    if (error)
        throw bad_data("{}: cannot list the folder ({}); {}", where.string(), error.message(), advice(where.string()));
    std::sort(listing.files.begin(), listing.files.end());
    std::sort(listing.folders.begin(), listing.folders.end());
    return listing;
}

/// What else might have been there.
std::string other_formats() {
    std::vector<std::string_view> names;
    for (const Format& format : formats().subspan(1)) names.push_back(format.name);
    return fmt::format(", or {}", fmt::join(names, ", "));
}

/// The file that names a split's classes: EMNIST's mapping, Kuzushiji's, or one name a line.
fs::path classes_file(const Listing& listing, const std::string& split) {
    const fs::path folder = listing.is_file ? listing.where.parent_path() : listing.where;
    for (const std::string& name : {fmt::format("emnist-{}-mapping.txt", split), fmt::format("{}_classmap.csv", split),
                                    fmt::format("{}-classes.txt", split), std::string("classes.txt")}) {
        std::error_code error;
        if (fs::exists(folder / name, error)) return folder / name;
    }
    return {};
}

}  // namespace

std::vector<SplitFiles> find_splits(const fs::path& where) {
    const Listing listing = list(where);
    std::vector<SplitFiles> splits;
    for (const Format& format : formats())
        for (SplitFiles& split : format.find(listing)) {
            split.format = &format;
            split.classes = classes_file(listing, split.name);
            splits.push_back(std::move(split));
        }
    std::stable_sort(splits.begin(), splits.end(),
                     [](const SplitFiles& a, const SplitFiles& b) { return a.name < b.name; });
    return splits;
}

SplitFiles find_split(const fs::path& folder, const std::string& split) {
    if (folder.empty())
        throw bad_data("split '{}' needs a folder; {}", split,
                       advice(folder.string(), find_official_split(split) != nullptr ? split : ""));
    const std::vector<SplitFiles> splits = find_splits(folder);
    std::vector<std::string> names;
    const SplitFiles* found = nullptr;
    for (const SplitFiles& candidate : splits) {
        names.push_back(candidate.name);
        if (candidate.name != split) continue;
        if (found != nullptr)
            throw bad_data("{}: split '{}' is there twice, as {} and as {}; move one of them to a folder of its own",
                           folder.string(), split, found->format->name, candidate.format->name);
        found = &candidate;
    }
    if (found != nullptr) return *found;
    // Only what can be fetched is worth the advice to fetch it.
    const std::string fetch = advice(folder.string(), find_official_split(split) != nullptr ? split : "");
    if (names.empty())
        throw bad_data("{}: no files of EMNIST, expected emnist-{}-train-images-idx3-ubyte.gz and the like{}; {}",
                       folder.string(), split, other_formats(), fetch);
    const std::string nearest = nearest_name(split, names);
    throw bad_data(
        "{}: no split '{}', found {}; {}", folder.string(), split, fmt::join(names, ", "),
        nearest.empty() ? "name one of these with --split, or " + fetch : fmt::format("did you mean '{}'?", nearest));
}

}  // namespace inkling
