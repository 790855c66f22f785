#pragma once

#include <nlohmann/json_fwd.hpp>
#include <span>

#include "report/judged_run.h"

namespace inkling {

/// Networks of one configuration that differ by their seed alone: each one's result, and of each measure mean and
/// standard deviation over the seeds. "accuracy_interval" is Wilson's for the mean accuracy on one test part. Null
/// where there are none.
nlohmann::ordered_json finals_figures(std::span<const JudgedRun> runs);

}  // namespace inkling
