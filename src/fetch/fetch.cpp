#include "fetch/fetch.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <optional>
#include <vector>

#include "core/error.h"
#include "core/file_lock.h"
#include "core/files.h"
#include "core/hash.h"
#include "core/nearest_name.h"
#include "core/progress.h"
#include "data/catalogue.h"
#include "data/dataset.h"
#include "fetch/web_file.h"
#include "fetch/zip_archive.h"

namespace inkling {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kLargestMember = std::uint64_t{1} << 28;  // the largest of the official ones takes 166 MiB

void check_split(const std::string& split) {
    if (find_official_split(split) != nullptr) return;
    std::vector<std::string> names;
    for (const OfficialSplit& official : official_splits()) names.emplace_back(official.name);
    const std::string nearest = nearest_name(split, names);
    throw wrong_usage("no official split '{}', expected one of {}{}", split, fmt::join(names, ", "),
                      nearest.empty() ? "" : fmt::format("; did you mean '{}'?", nearest));
}

std::vector<OfficialFile> files_of_split(const FetchOptions& options) {
    const std::string prefix = fmt::format("emnist-{}-", options.split);
    std::vector<OfficialFile> files;
    std::copy_if(options.files.begin(), options.files.end(), std::back_inserter(files),
                 [&](const OfficialFile& file) { return file.name.substr(0, prefix.size()) == prefix; });
    return files;
}

bool is_here(const fs::path& folder, const OfficialFile& file) {
    const fs::path path = folder / file.name;
    return fs::is_regular_file(path) && sha256(read_file(path)) == file.sha256;
}

/// Reads the split's files from the archive into `staging` and checks them. Returns their bytes.
std::uint64_t fetch_into(const fs::path& staging, const fs::path& partial, const std::vector<OfficialFile>& files,
                         const FetchOptions& options) {
    std::optional<Progress> progress;
    WebFile file(options.url, partial, options.http, [&](std::uint64_t bytes) { progress->update(bytes >> 10); });
    std::uint64_t total = 0;
    for (const OfficialFile& wanted : files) total += wanted.size;
    if (!file.has_ranges()) total = file.size_if_known().value_or(0);
    total -= std::min(total, file.kept());
    progress.emplace(fmt::format("fetching {}", options.split), total >> 10, "KiB", options.quiet);

    std::uint64_t fetched = 0;
    ZipArchive archive(file, options.url);
    for (const OfficialFile& wanted : files) {
        const auto contents = archive.read(std::string(wanted.name), kLargestMember);
        if (!contents) throw bad_data("{}: no {} in the archive", options.url, wanted.name);
        const std::string found = sha256(*contents);
        if (found != wanted.sha256 && !options.allow_hash_mismatch)
            throw bad_data("{}: {} has sha256 {}, expected {}; if you trust this archive, add --allow-hash-mismatch",
                           options.url, wanted.name, found, wanted.sha256);
        write_file(staging / wanted.name, *contents);
        fetched += contents->size();
    }
    return fetched;
}

}  // namespace

std::uint64_t fetch_split(const FetchOptions& options) {
    check_split(options.split);
    make_folder(options.folder);
    const FileLock lock(options.folder / ".fetch.lock", options.quiet);
    const std::vector<OfficialFile> files = files_of_split(options);
    if (std::all_of(files.begin(), files.end(),
                    [&](const OfficialFile& file) { return is_here(options.folder, file); }))
        return 0;

    const fs::path partial = options.folder / ".fetch.partial";
    const fs::path staging = options.folder / ".fetch.staging";
    fs::remove_all(staging);
    make_folder(staging);
    std::uint64_t fetched = 0;
    try {
        fetched = fetch_into(staging, partial, files, options);
        for (const Part part : {Part::kTrain, Part::kTest}) load_dataset(staging, options.split, part);
    } catch (const Error& error) {
        fs::remove_all(staging);
        // Blocks of an unsound archive must not spoil the next attempt.
        if (error.status() == ExitStatus::kData) fs::remove_all(partial);
        throw;
    }
    const std::vector<fs::path> staged(fs::directory_iterator(staging), fs::directory_iterator{});
    for (const fs::path& file : staged) fs::rename(file, options.folder / file.filename());
    fs::remove_all(staging);
    fs::remove_all(partial);
    return fetched;
}

}  // namespace inkling
