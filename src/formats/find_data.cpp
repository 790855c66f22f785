#include "formats/find_data.h"

#include <fmt/ranges.h>

#include <algorithm>

#include "core/error.h"
#include "data/catalogue.h"
#include "data/synthetic.h"
#include "formats/split_files.h"

namespace inkling {
namespace {

namespace fs = std::filesystem;

FoundData in_folder(const fs::path& folder, const std::string& split) {
    if (!split.empty()) return {.folder = folder, .split = find_split(folder, split).name};
    const std::vector<SplitFiles> splits = find_splits(folder);
    const bool one = splits.size() == 1;
    return {.folder = folder, .split = one ? splits[0].name : find_split(folder, kUsualSplit).name};
}

bool has_split(const fs::path& folder, const std::string& split) {
    std::error_code error;
    if (folder.empty() || !fs::is_directory(folder, error)) return false;
    const std::vector<SplitFiles> splits = find_splits(folder);
    return std::any_of(splits.begin(), splits.end(), [&](const SplitFiles& found) { return found.name == split; });
}

FoundData named_split(const DataRequest& request) {
    FoundData found{.folder = request.cache, .split = request.split};
    if (request.split == kSyntheticSplit) return {.folder = {}, .split = kSyntheticSplit};
    if (has_split(request.cache, request.split)) return found;
    if (request.fetch && !request.cache.empty() && find_official_split(request.split) != nullptr)
        request.fetch(request.split);
    find_split(request.cache, request.split);
    return found;
}

}  // namespace

FoundData find_data(const DataRequest& request) {
    if (!request.folder.empty()) return in_folder(request.folder, request.split);
    if (!request.split.empty()) return named_split(request);
    FoundData usual{.folder = request.cache, .split = kUsualSplit};
    if (has_split(request.cache, kUsualSplit)) return usual;
    const auto synthetic = [](const std::string& why) {
        return FoundData{.folder = {}, .split = kSyntheticSplit, .why_synthetic = why};
    };
    if (request.cache.empty()) return synthetic("there is no folder to fetch it into");
    if (!request.fetch) return synthetic("fetching it was ruled out");
    try {
        request.fetch(kUsualSplit);
    } catch (const Error& error) {
        if (error.status() == ExitStatus::kInterrupted) throw;
        return synthetic(error.what());
    }
    return usual;
}

}  // namespace inkling
