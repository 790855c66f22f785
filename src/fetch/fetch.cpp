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
#include "fetch/source_error.h"
#include "fetch/sources.h"
#include "fetch/web_file.h"
#include "fetch/zip_archive.h"
#include "formats/load_dataset.h"

namespace inkling {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kLargestArchive = std::uint64_t{2} << 30;  // the official one takes a quarter of it
constexpr std::uint64_t kLargestMember = std::uint64_t{1} << 28;   // the largest of the official ones takes 166 MiB

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

std::vector<OfficialFile> missing(const fs::path& folder, std::vector<OfficialFile> files) {
    std::erase_if(files, [&](const OfficialFile& file) { return is_here(folder, file); });
    return files;
}

std::uint64_t total_size(const std::vector<OfficialFile>& files) {
    std::uint64_t total = 0;
    for (const OfficialFile& file : files) total += file.size;
    return total;
}

/// A folder within the one that is filled, gone when the fetch ends.
class Staging {
  public:
    explicit Staging(fs::path folder) : folder_(std::move(folder)) {
        fs::remove_all(folder_);
        make_folder(folder_);
    }
    ~Staging() {
        std::error_code ignored;
        fs::remove_all(folder_, ignored);
    }
    Staging(const Staging&) = delete;
    Staging& operator=(const Staging&) = delete;

    const fs::path& folder() const { return folder_; }

  private:
    fs::path folder_;
};

/// One attempt to bring files from one source into the folder `staging`.
struct Attempt {
    const FetchOptions& options;
    const Source& source;
    const std::vector<OfficialFile>& files;
    fs::path staging;
    fs::path kept;  // for what came of it before it broke

    void run() const {
        if (source.is_folder())
            from_folder();
        else
            from_archive();
        try {
            for (const Part part : {Part::kTrain, Part::kTest}) load_dataset(staging, options.split, part);
        } catch (const Error& error) {
            throw SourceError(error.status(), fmt::format("{}: {}", source.url, error.what()));
        }
    }

    std::string title() const { return fmt::format("fetching {}", options.split); }

    void from_archive() const {
        std::optional<Progress> progress;
        WebFile file(source.url, kept, kLargestArchive, options.http,
                     [&](std::uint64_t bytes) { progress->update(bytes >> 10); });
        std::uint64_t total = file.has_ranges() ? total_size(files) : file.size_if_known().value_or(0);
        total -= std::min(total, file.kept());
        progress.emplace(title(), total >> 10, "KiB", options.quiet);
        ZipArchive archive(file, source.url);
        for (const OfficialFile& wanted : files) {
            const auto contents = archive.read(std::string(wanted.name), kLargestMember);
            if (!contents) throw source_unsound("{}: no {} in the archive", source.url, wanted.name);
            store(wanted, *contents);
        }
    }

    void from_folder() const {
        std::uint64_t total = total_size(files);
        std::uint64_t before = 0;
        Progress progress(title(), total >> 10, "KiB", options.quiet);
        for (const OfficialFile& wanted : files) {
            const std::string url = source.file_url(wanted.name);
            std::uint64_t bytes_of_file = 0;
            WebFile file(url, kept, kLargestMember, options.http, [&](std::uint64_t bytes) {
                bytes_of_file = bytes;
                progress.update((before + bytes) >> 10);
            });
            if (file.size_if_known().value_or(wanted.size) != wanted.size && !options.allow_hash_mismatch)
                throw source_unsound("{}: {} bytes, expected {}", url, *file.size_if_known(), wanted.size);
            total -= std::min(total, file.kept());
            progress.set_total(total >> 10);
            store(wanted, file.read_all());
            before += bytes_of_file;
        }
    }

    void store(const OfficialFile& wanted, const std::vector<std::byte>& contents) const {
        const std::string found = sha256(contents);
        if (found != wanted.sha256 && !options.allow_hash_mismatch)
            throw source_unsound("{}: {} has sha256 {}, expected {} (--allow-hash-mismatch takes it all the same)",
                                 source.url, wanted.name, found, wanted.sha256);
        write_file(staging / wanted.name, contents);
    }
};

/// What a person can still do when no source has served.
Error none_served(const FetchOptions& options, const std::vector<SourceError>& failures) {
    std::vector<std::string> said;
    ExitStatus status = ExitStatus::kFailed;
    for (const SourceError& failure : failures) {
        said.emplace_back(failure.what());
        if (failure.status() == ExitStatus::kData) status = ExitStatus::kData;
    }
    return {status, fmt::format("{} could not be fetched: {}; try again later, which goes on where it stopped, name "
                                "another source with --url, or download {} by hand and put its emnist-{}-*-ubyte.gz "
                                "into {}",
                                options.split, fmt::join(said, "; "), known_sources(options.split).front().url,
                                options.split, options.folder.string())};
}

}  // namespace

Fetched fetch_split(const FetchOptions& options) {
    check_split(options.split);
    std::vector<Source> sources;
    for (const std::string& url : options.urls) sources.push_back(source_at(url));
    if (sources.empty()) sources = known_sources(options.split);
    make_folder(options.folder);
    const FileLock lock(options.folder / ".fetch.lock", options.quiet);
    const std::vector<OfficialFile> files = files_of_split(options);
    if (missing(options.folder, files).empty()) return {};

    FetchOptions each = options;
    each.http.persistent = options.http.persistent && sources.size() == 1;
    const fs::path partial = options.folder / ".fetch.partial";
    const Staging staging(options.folder / ".fetch.staging");
    Fetched fetched;
    std::vector<SourceError> failures;
    for (const Source& source : sources) {
        const std::vector<OfficialFile> wanted = missing(staging.folder(), files);
        const fs::path kept = partial / sha256(std::as_bytes(std::span(source.url))).substr(0, 16);
        try {
            Attempt{each, source, wanted, staging.folder(), kept}.run();
        } catch (const SourceError& error) {
            // Blocks of an unsound file must not spoil the next attempt.
            if (error.status() == ExitStatus::kData) fs::remove_all(kept);
            std::error_code not_empty;
            fs::remove(partial, not_empty);
            if (missing(staging.folder(), wanted).size() < wanted.size()) fetched.sources.push_back(source.url);
            failures.push_back(error);
            if (failures.size() < sources.size()) options.on_failure(error.what());
            continue;
        }
        fetched.sources.push_back(source.url);
        const std::vector<fs::path> staged(fs::directory_iterator(staging.folder()), fs::directory_iterator{});
        for (const fs::path& file : staged) {
            fetched.bytes += fs::file_size(file);
            fs::rename(file, options.folder / file.filename());
        }
        fs::remove_all(partial);
        return fetched;
    }
    throw none_served(options, failures);
}

}  // namespace inkling
