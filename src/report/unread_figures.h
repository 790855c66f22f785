#pragma once

#include <nlohmann/json_fwd.hpp>
#include <span>

#include "report/judged_run.h"

namespace inkling {

/// The test images that no network of several reads as they are labelled, and how many some of them do: by pairs of
/// classes, and the pictures of those that the networks together are surest of. Null for fewer than two networks.
nlohmann::ordered_json unread_figures(std::span<const JudgedRun* const> runs, const ReportData& data);

}  // namespace inkling
