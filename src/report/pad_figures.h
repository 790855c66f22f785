#pragma once

#include <nlohmann/json_fwd.hpp>
#include <span>

#include "report/judged_run.h"

namespace inkling {

/// The networks that a reader can write for, under "networks" as the pad reads them (deploy/pad_network.h), as many as
/// leave the page small; the labels of the others under "left_out".
nlohmann::ordered_json pad_figures(std::span<const JudgedRun* const> runs, const ReportData& data);

}  // namespace inkling
