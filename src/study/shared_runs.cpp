#include "study/shared_runs.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "core/files.h"
#include "core/folder_lock.h"
#include "core/hash.h"
#include "study/job_messages.h"

namespace inkling {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kPacking = 1024;  // bytes that names and lengths take, at most

/// What is packed of a run's folder; metrics.json, which says that the run is finished, last.
constexpr std::array<std::string_view, 6> kFiles{"recipe.toml",       "record.json",     "history.csv",
                                                 "model.safetensors", "predictions.csv", "metrics.json"};

fs::path packed_path(const fs::path& shared, const std::string& sha256) { return shared / "runs" / (sha256 + ".run"); }

Json files_in(const std::string& packed) {
    Json files = from_bytes(packed);
    if (!files.is_object()) throw BadValue("a packed run is no list of files");
    for (const auto& [name, contents] : files.items())
        if (!contents.is_binary() || std::find(kFiles.begin(), kFiles.end(), name) == kFiles.end())
            throw BadValue("a packed run has a file that no run has");
    for (const char* const needed : {"recipe.toml", "record.json", "model.safetensors", "metrics.json"})
        if (!files.contains(needed)) throw BadValue(fmt::format("a packed run has no {}", needed));
    return files;
}

/// In place of what is there. Under the folder's lock.
void write_run(const Json& files, const RunFolder& run) {
    fs::remove(run.metrics());
    fs::remove_all(run.checkpoint().parent_path());
    for (const std::string_view name : kFiles)
        if (const auto file = files.find(std::string(name)); file != files.end())
            write_file(run.path / name, std::as_bytes(std::span(file->get_binary())));
        else
            fs::remove(run.path / name);
}

}  // namespace

std::optional<RunFolder> run_of(const StudyFolder& folder, const Job& job) {
    switch (job.role) {
        case Role::kBaseline:
        case Role::kBest:
            return folder.run(job.family, job.role, job.index);
        case Role::kConfirm:
            return folder.confirming_run(job.family, job.key, job.index);
        default:
            return std::nullopt;
    }
}

std::string pack_run(const RunFolder& run) {
    Json files = Json::object();
    std::uint64_t left = kMostRunBytes - kPacking;
    for (const std::string_view name : kFiles) {
        const fs::path path = run.path / name;
        if (!fs::exists(path)) continue;
        const std::vector<std::byte> bytes = read_file(path, left);
        left -= bytes.size();
        const auto* const begin = reinterpret_cast<const std::uint8_t*>(bytes.data());
        files[std::string(name)] = Json::binary({begin, begin + bytes.size()});
    }
    return to_bytes(files);
}

void unpack_run(const std::string& packed, const RunFolder& run) {
    const FolderLock lock(run.path);
    write_run(files_in(packed), run);
}

std::string share_run(const fs::path& shared, const RunFolder& run) {
    const std::string packed = pack_run(run);
    const auto bytes = std::as_bytes(std::span(packed));
    std::string hash = sha256(bytes);
    const fs::path path = packed_path(shared, hash);
    make_folder(path.parent_path());
    if (!fs::exists(path)) write_file(path, bytes);
    return hash;
}

void fetch_run(const fs::path& shared, const std::string& hash, const RunFolder& run) try {
    if (fs::exists(run.metrics())) return;
    const std::string packed = read_text(packed_path(shared, hash), kMostRunBytes);
    if (sha256(std::as_bytes(std::span(packed))) != hash) throw BadValue("it has another hash");
    const Json files = files_in(packed);
    // A worker of this folder whose claim ran out while it was silent may still train it.
    const FolderLock lock(run.path, FolderLock::Use::kAlone, FolderLock::WhenHeld::kWait);
    if (!fs::exists(run.metrics())) write_run(files, run);
} catch (const BadValue&) {
    throw bad_data(
        "{}: a finished run of the study, damaged or half copied; the shared folder must be one file system that all "
        "workers see, not copies of it",
        packed_path(shared, hash).string());
}

}  // namespace inkling
