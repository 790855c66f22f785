#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>

#include "study/job.h"
#include "study/study_folder.h"

namespace inkling {

// Finished runs on their way to another machine, packed (MessagePack: an object of names and bytes): by a message, or
// by a folder that several machines share, whose `runs` has a file for each, named by its SHA-256.

/// More bytes no packed run has.
inline constexpr std::size_t kMostRunBytes = std::size_t{1} << 30;

/// The folder of a training that leaves a run: of baseline, best, and what confirms.
std::optional<RunFolder> run_of(const StudyFolder& folder, const Job& job);

/// Throws Error (bad data) where a file of the run cannot be read, or all have more than kMostRunBytes.
std::string pack_run(const RunFolder& run);

/// Writes a run that another process has packed in place of what is there: all of it or, but for files without
/// metrics.json, nothing. Throws BadValue where it is damaged; Error (failed), also where a process works in its
/// folder.
void unpack_run(const std::string& packed, const RunFolder& run);

/// Packs a finished run there. Returns its SHA-256. Throws Error (failed, bad data).
std::string share_run(const std::filesystem::path& shared, const RunFolder& run);

/// Brings a run here that another worker has finished, unless one is here, as unpack_run() does; waits for who works in
/// its folder. Throws Error: bad data where the packed run is damaged or missing; failed; interrupted.
void fetch_run(const std::filesystem::path& shared, const std::string& sha256, const RunFolder& run);

}  // namespace inkling
