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

constexpr std::uint64_t kMostRunBytes = std::uint64_t{1} << 30;

/// What is packed of a run's folder; metrics.json, which says that the run is finished, last.
constexpr std::array<std::string_view, 6> kFiles{"recipe.toml",       "record.json",     "history.csv",
                                                 "model.safetensors", "predictions.csv", "metrics.json"};

fs::path packed_path(const fs::path& shared, const std::string& sha256) { return shared / "runs" / (sha256 + ".run"); }

Error damaged(const fs::path& path) {
    return bad_data(
        "{}: a finished run of the study, damaged or half copied; the shared folder must be one file system that all "
        "workers see, not copies of it",
        path.string());
}

Json unpack(const std::string& bytes, const fs::path& path) try {
    Json files = from_bytes(bytes);
    if (!files.is_object()) throw damaged(path);
    for (const auto& [name, contents] : files.items())
        if (!contents.is_binary() || std::find(kFiles.begin(), kFiles.end(), name) == kFiles.end()) throw damaged(path);
    for (const char* const needed : {"recipe.toml", "record.json", "model.safetensors", "metrics.json"})
        if (!files.contains(needed)) throw damaged(path);
    return files;
} catch (const BadValue&) {
    throw damaged(path);
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

std::string share_run(const fs::path& shared, const RunFolder& run) {
    Json files = Json::object();
    for (const std::string_view name : kFiles) {
        const fs::path path = run.path / name;
        if (!fs::exists(path)) continue;
        const std::vector<std::byte> bytes = read_file(path, kMostRunBytes);
        const auto* const begin = reinterpret_cast<const std::uint8_t*>(bytes.data());
        files[std::string(name)] = Json::binary({begin, begin + bytes.size()});
    }
    const std::string packed = to_bytes(files);
    const auto bytes = std::as_bytes(std::span(packed));
    std::string hash = sha256(bytes);
    const fs::path path = packed_path(shared, hash);
    make_folder(path.parent_path());
    if (!fs::exists(path)) write_file(path, bytes);
    return hash;
}

void fetch_run(const fs::path& shared, const std::string& hash, const RunFolder& run) {
    if (fs::exists(run.metrics())) return;
    // A worker of this folder whose claim ran out while it was silent may still train it.
    const FolderLock lock(run.path, FolderLock::Use::kAlone, FolderLock::WhenHeld::kWait);
    if (fs::exists(run.metrics())) return;
    const fs::path path = packed_path(shared, hash);
    const std::string bytes = read_text(path, kMostRunBytes);
    if (sha256(std::as_bytes(std::span(bytes))) != hash) throw damaged(path);
    const Json files = unpack(bytes, path);
    fs::remove_all(run.checkpoint().parent_path());
    for (const std::string_view name : kFiles)
        if (const auto file = files.find(std::string(name)); file != files.end())
            write_file(run.path / name, std::as_bytes(std::span(file->get_binary())));
}

}  // namespace inkling
