#pragma once

#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>

#include "report/judged_run.h"

namespace inkling {

/// Networks of one configuration that differ by their seed alone: each one's result, and of each measure mean and
/// standard deviation over the seeds. "accuracy_interval" is Wilson's for the mean accuracy on one test part. Null
/// where there are none.
nlohmann::ordered_json finals_figures(std::span<const JudgedRun> runs);

/// Two configurations, each with its seeds, on the same test images: a's mean accuracy less b's, with its interval over
/// seeds and images (crossed_difference()) and the verdict by it, "better", "worse" or "undecided" of a. `a_name` and
/// `b_name` name them. The interval is null where both have one seed.
nlohmann::ordered_json difference_figures(const std::string& a_name, std::span<const JudgedRun> a,
                                          const std::string& b_name, std::span<const JudgedRun> b,
                                          const ReportData& data);

}  // namespace inkling
