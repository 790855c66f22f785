#pragma once

#include <filesystem>
#include <functional>
#include <string>

namespace inkling {

/// The split that is taken where nobody named one.
constexpr const char* kUsualSplit = "balanced";

/// What a person said about the data of a main job, and what may be tried.
struct DataRequest {
    std::filesystem::path folder;                              // that was named; empty: none
    std::string split;                                         // that was named; empty: none
    std::filesystem::path cache;                               // empty: there is none
    std::function<void(const std::string& split)> fetch = {};  // brings an official split into the cache, or throws
};

struct FoundData {
    std::filesystem::path folder;  // empty: Inkling makes the images in memory
    std::string split;
    std::string why_synthetic = {};  // why there is no EMNIST, where nobody asked for synthetic images; else empty
};

/// Looks for data in this order:
///
/// 1. In the named folder, if there is one: the named split; else balanced; else the only split there.
/// 2. The named split: synthetic is made in memory; any other is read from the cache, or fetched into it.
/// 3. Balanced in the cache.
/// 4. Balanced, fetched into the cache.
/// 5. Synthetic images, made in memory.
///
/// What was named and is missing is never replaced: it throws Error (bad data), or what `fetch` throws.
FoundData find_data(const DataRequest& request);

}  // namespace inkling
