#pragma once

#include <nlohmann/json_fwd.hpp>

#include "report/judged_run.h"

namespace inkling {

/// One trained network: how it did on the test part ("test" has the numbers of `inkling eval`), its layers, its course
/// epoch by epoch, the pairs of classes that it confuses with examples, the first six test images, and how it was made.
nlohmann::ordered_json model_figures(const JudgedRun& run, const ReportData& data);

/// Epochs as a list; a value that is NaN is null.
nlohmann::ordered_json history_figures(std::span<const EpochRecord> history);

}  // namespace inkling
