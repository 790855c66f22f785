#pragma once

#include <nlohmann/json_fwd.hpp>
#include <span>

#include "report/judged_run.h"

namespace inkling {

/// Two networks on the same images: how many both, only one and neither of them read right, and the p-value of
/// McNemar's exact test.
nlohmann::ordered_json pair_figures(const JudgedRun& a, const JudgedRun& b, const ReportData& data);

}  // namespace inkling
