#include "data/split_files.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <regex>

#include "core/error.h"
#include "core/nearest_name.h"
#include "core/text.h"
#include "data/catalogue.h"

namespace inkling {
namespace {

namespace fs = std::filesystem;

std::string advice(const std::string& folder, const std::string& split = {}) {
    return fmt::format("run 'inkling data fetch{}' or name {} folder with --data DIR",
                       split.empty() ? "" : " --split " + split, folder.empty() ? "a" : "another");
}

std::vector<fs::path> list_folder(const fs::path& folder) {
    std::error_code error;
    std::vector<fs::path> files;
    for (auto entry = fs::directory_iterator(folder, error); !error && entry != fs::directory_iterator();
         entry.increment(error))
        files.push_back(entry->path());
    if (error == std::errc::no_such_file_or_directory)
        throw bad_data("{}: no such folder, expected EMNIST's files; {}", folder.string(), advice(folder.string()));
    if (error)
        throw bad_data("{}: cannot list the folder ({}); {}", folder.string(), error.message(),
                       advice(folder.string()));
    // Plain files come before gzipped ones of the same name.
    std::sort(files.begin(), files.end());
    return files;
}

}  // namespace

std::vector<SplitFiles> find_splits(const fs::path& folder) {
    static const std::regex idx("emnist-(.+)-(train|test)-(images-idx3|labels-idx1)-ubyte(\\.gz)?");
    std::map<std::string, SplitFiles> splits;
    for (const fs::path& file : list_folder(folder)) {
        const std::string file_name = file.filename().string();
        std::smatch match;
        // A split's name goes into records, which are UTF-8.
        if (!is_utf8(file_name) || !std::regex_match(file_name, match, idx)) continue;
        const std::string name = match[1];
        SplitFiles& split = splits[name];
        split.name = name;
        PartFiles& part = match[2] == "train" ? split.train : split.test;
        fs::path& place = match[3] == "images-idx3" ? part.images : part.labels;
        if (place.empty()) place = file;
    }
    std::vector<SplitFiles> found;
    for (auto& [name, split] : splits) {
        const fs::path mapping = folder / fmt::format("emnist-{}-mapping.txt", name);
        std::error_code error;
        if (fs::exists(mapping, error)) split.mapping = mapping;
        found.push_back(std::move(split));
    }
    return found;
}

SplitFiles find_split(const fs::path& folder, const std::string& split) {
    if (folder.empty())
        throw bad_data("split '{}' needs a folder; {}", split,
                       advice(folder.string(), find_official_split(split) != nullptr ? split : ""));
    const std::vector<SplitFiles> splits = find_splits(folder);
    std::vector<std::string> names;
    for (const SplitFiles& candidate : splits) {
        if (candidate.name == split) return candidate;
        names.push_back(candidate.name);
    }
    // Only what can be fetched is worth the advice to fetch it.
    const std::string fetch = advice(folder.string(), find_official_split(split) != nullptr ? split : "");
    if (names.empty())
        throw bad_data("{}: no files of EMNIST, expected emnist-{}-train-images-idx3-ubyte.gz and the like; {}",
                       folder.string(), split, fetch);
    const std::string nearest = nearest_name(split, names);
    throw bad_data(
        "{}: no split '{}', found {}; {}", folder.string(), split, fmt::join(names, ", "),
        nearest.empty() ? "name one of these with --split, or " + fetch : fmt::format("did you mean '{}'?", nearest));
}

}  // namespace inkling
