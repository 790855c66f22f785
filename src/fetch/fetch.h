#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "fetch/http.h"
#include "fetch/official_files.h"

namespace inkling {

struct FetchOptions {
    std::string split = "balanced";  // an official one
    std::filesystem::path folder;    // where the files go
    std::vector<std::string> urls;   // sources in place of the known ones: archives, or folders, which end with a slash
    bool allow_hash_mismatch = false;
    bool quiet = false;
    HttpOptions http;  // persistent: where there is but one source
    std::span<const OfficialFile> files = official_files();
    /// Hears what a source did wrong, in a line, before the next is tried.
    std::function<void(const std::string& failure)> on_failure = [](const std::string&) {};
};

struct Fetched {
    std::uint64_t bytes = 0;           // of files; 0 if all was there
    std::vector<std::string> sources;  // the addresses that served them
};

/// Brings the files of one split into the folder, unless they are there already. The sources are tried in turn; each is
/// asked only for what is still missing, so that several may serve together, and of an archive on a server with ranges
/// only the directory and the members that are needed are fetched. Whatever it came from, each file's SHA-256 is
/// checked and the split is loaded before any file gets its final name; what a broken fetch brought is kept for the
/// next one. Of several processes with one folder, one fetches and the others find the files. Throws Error: wrong usage
/// for a split that is not official or an address that is none; with what each source said, bad data where one served
/// unsound contents, else failed; interrupted; failed for the rest.
Fetched fetch_split(const FetchOptions& options);

}  // namespace inkling
