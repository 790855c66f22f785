#pragma once

#include <string>

#include "train/run_folder.h"

namespace inkling {

/// A finished run's network as a model card in Markdown: what it learned from and how, results with 95% intervals,
/// calibration, confusions and limits, all by the run's own files. M. Mitchell et al., "Model cards for model
/// reporting", 2019. `version` is the program's. Throws Error (bad data) where a file of the run is damaged.
std::string model_card(const RunFolder& run, const std::string& version);

}  // namespace inkling
