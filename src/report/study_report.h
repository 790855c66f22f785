#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "report/judged_run.h"
#include "study/results.h"

namespace inkling {

/// How a study that is not done goes on.
struct LiveStudy {
    std::filesystem::path folder;
    bool running = true;                      // or stopped
    std::string updated;                      // "2026-11-23 14:05:09", UTC
    std::optional<double> share = {};         // of the expected work that is done
    std::optional<double> seconds_left = {};  // expected
};

/// The figures of the report of a study that is not done: its path so far, and nothing of the test part.
nlohmann::ordered_json report_unfinished(const StudyResults& results, const LiveStudy& live);

/// The figures of the report of a study that is done: its path, and every network of baseline and best tested again,
/// those of median accuracy looked at closely, and the best of them to write for. Throws Error (bad data) that says
/// what to do where the study is not done, and what load_report_data() and judge_run() throw.
nlohmann::ordered_json report_study(const StudyFolder& folder, const ReportOptions& options);

}  // namespace inkling
