#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "train/evaluate.h"
#include "train/history.h"
#include "train/run_folder.h"

namespace inkling {

/// The data that a report is about, both parts of a split.
struct ReportData {
    std::filesystem::path folder;
    Dataset train;
    Dataset test;
};

/// What a report's caller may say, and hear while its networks are tested and, behind a study of random combinations,
/// while it is found what mattered.
struct ReportOptions {
    std::filesystem::path data = {};  // folder of the data set; empty: the first run's
    std::string split = {};           // empty: the first run's
    std::optional<Orientation> stored =
        {};  // how its files store images; empty: as the first run recorded of its split
    std::function<void(const ReportData& data)> on_data = {};  // when they were read
    std::function<void(const std::string& run, std::size_t done, std::size_t images)> on_progress = {};
    std::function<void(const std::string& family, std::size_t done, std::size_t forests)> on_importance = {};
};

/// A finished run with its files read and its network tested again.
struct JudgedRun {
    std::string label;  // what the report calls it; no other run of the report has it
    RunFolder folder;
    RunRecord record;
    RunSummary summary;
    std::vector<EpochRecord> history;
    Model model;
    Evaluation evaluation;  // of the test part
};

/// Reads both parts of a split: those that `options` name, else `split` in `folder`, whose files store images as
/// `stored` says. Throws Error (bad data) where they cannot be read or there is no test part.
ReportData load_report_data(const std::filesystem::path& folder, const std::string& split,
                            std::optional<Orientation> stored, const ReportOptions& options);

/// Reads a run and tests its network. Throws Error: bad data where the run is not finished or a file of it is damaged;
/// wrong usage where it learned another split and `options` name none.
JudgedRun judge_run(const RunFolder& run, const std::string& label, const ReportData& data,
                    const ReportOptions& options);

/// A name for each run: its folder's, or the whole path where two folders have one name. Throws Error (wrong usage)
/// where a run is named twice.
std::vector<std::string> run_labels(std::span<const RunFolder> runs);

}  // namespace inkling
