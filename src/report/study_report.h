#pragma once

#include <nlohmann/json_fwd.hpp>

#include "report/judged_run.h"
#include "study/study_folder.h"

namespace inkling {

/// The figures of the report of a study that is done: its path, and every network of baseline and best tested again,
/// those of the first seed looked at closely. Throws Error (bad data) that says what to do where the study is not
/// done, and what load_report_data() and judge_run() throw.
nlohmann::ordered_json report_study(const StudyFolder& folder, const ReportOptions& options);

}  // namespace inkling
