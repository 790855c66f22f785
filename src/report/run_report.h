#pragma once

#include <nlohmann/json_fwd.hpp>
#include <span>

#include "report/judged_run.h"

namespace inkling {

/// The figures of the report of one run, or of several side by side with McNemar's test for each pair. Each network is
/// tested again on the test part. Throws what load_report_data() and judge_run() throw.
nlohmann::ordered_json report_runs(std::span<const RunFolder> runs, const ReportOptions& options);

}  // namespace inkling
