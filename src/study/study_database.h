#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "core/error.h"
#include "study/decision.h"
#include "study/sqlite.h"

namespace inkling {

/// Opens a study's SQLite file, and makes it where it is lacking and the mode is kCreate. It holds what the study is
/// (study_record.h) and its trainings (sqlite_job_store.h), and a view `configurations` of these for who looks with
/// other tools. Throws Error: bad data
/// where the file is damaged, or of another version; failed.
Database open_study_database(const std::filesystem::path& path, Database::Mode mode);

/// The last decision that a study with a time has come to.
std::optional<Decision> read_last_decision(Database& database);

/// That the file holds what a study cannot have.
Error damaged_store(const std::string& what);

}  // namespace inkling
