#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

#include "fetch/http.h"
#include "fetch/official_files.h"

namespace inkling {

struct FetchOptions {
    std::string split = "balanced";  // an official one
    std::filesystem::path folder;    // where the files go
    std::string url{kOfficialArchive};
    bool allow_hash_mismatch = false;
    bool quiet = false;
    HttpOptions http;
    std::span<const OfficialFile> files = official_files();
};

/// Brings the files of one split from the archive into the folder, unless they are there already: only the archive's
/// directory and the members that are needed if the server has ranges. Each file's SHA-256 is checked and the split is
/// loaded before any file gets its final name; what a broken fetch brought is kept for the next one. Of several
/// processes with one folder, one fetches and the others find the files. Returns how many bytes of files were fetched,
/// 0 if all was there. Throws Error: wrong usage for a split that is not official, bad data for unsound contents,
/// failed for the rest.
std::uint64_t fetch_split(const FetchOptions& options);

}  // namespace inkling
