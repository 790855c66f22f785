#pragma once

#include <filesystem>
#include <string>

#include "study/job.h"
#include "train/run_folder.h"

namespace inkling {

/// A study's folder: where each of its files lies.
struct StudyFolder {
    std::filesystem::path path;

    std::filesystem::path recipe() const { return path / "study.toml"; }   // one budget, every value that applies
    std::filesystem::path store() const { return path / "study.sqlite"; }  // all that is known
    std::filesystem::path lock() const { return path / "test.lock"; }      // held while the test part is read

    /// The run of a configuration on the whole training part: best/mlp/seed-0. `role` is kBaseline or kBest.
    RunFolder run(const std::string& family, Role role, int index) const {
        return {path / role_name(role) / family / ("seed-" + std::to_string(index))};
    }

    /// A training that confirms the configuration of that recipe_key().
    RunFolder confirming_run(const std::string& family, const std::string& key, int index) const {
        return {path / role_name(Role::kConfirm) / family / key.substr(0, 16) / ("seed-" + std::to_string(index))};
    }

    bool has_runs() const {
        return std::filesystem::exists(path / role_name(Role::kBaseline)) ||
               std::filesystem::exists(path / role_name(Role::kBest));
    }
    bool is_study() const { return std::filesystem::exists(store()); }
};

}  // namespace inkling
