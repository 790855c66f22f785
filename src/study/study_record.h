#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "data/dataset.h"
#include "study/machine_needs.h"
#include "study/sqlite.h"
#include "train/environment.h"

namespace inkling {

/// What a study is and began with: all of it must be the same for the study to go on.
struct StudyRecord {
    std::string recipe;  // StudyRecipe as TOML
    std::string budget;  // that it is for
    std::string split;
    std::vector<DataFile> files;  // of the training part, and of teachers
    int threads = 1;              // of each training
    MachineNeeds needs = {};      // those that it began with hold, wherever it goes on
    std::optional<Orientation> stored =
        {};  // how the files store images; empty: in memory, or an older version's study
    // Of a study with a time: the recipe before it was sized, which must be the same in place of `recipe`, and the
    // seconds that trainings are to take.
    std::string asked = {};
    double seconds = 0;
};

/// Where a study was begun, for the report; may change when it goes on.
struct StudyOrigin {
    std::filesystem::path data;  // folder of the data set
    Environment environment;
    std::string begun;  // "2026-11-23 14:05:09", UTC
};

/// Begins the study in its file; or, where it has begun, compares. Returns the record that holds. Throws Error (wrong
/// usage) that shows what differs, and changes nothing.
StudyRecord begin_study(Database& database, const StudyRecord& record, const StudyOrigin& origin);

// These throw Error (bad data) where no study has begun.
StudyRecord read_study_record(Database& database);
StudyOrigin read_study_origin(Database& database);

}  // namespace inkling
