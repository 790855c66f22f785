#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "study/job.h"
#include "study/study_folder.h"

namespace inkling {

// Finished runs in a folder that several machines share: `runs` in it has a file for each, named by its SHA-256, in
// which the run's files are packed (MessagePack: an object of names and bytes).

/// The folder of a training that leaves a run: of baseline, best, and what confirms.
std::optional<RunFolder> run_of(const StudyFolder& folder, const Job& job);

/// Packs a finished run. Returns its SHA-256. Throws Error (failed, bad data).
std::string share_run(const std::filesystem::path& shared, const RunFolder& run);

/// Brings a run here that another worker has finished, unless it is here: all of it or, but for files without
/// metrics.json, nothing. Throws Error: bad data where the packed run is damaged or missing; failed; interrupted.
void fetch_run(const std::filesystem::path& shared, const std::string& sha256, const RunFolder& run);

}  // namespace inkling
