#pragma once

#include <nlohmann/json_fwd.hpp>
#include <span>

#include "report/judged_run.h"

namespace inkling {

/// The data: split, folder, files with their SHA-256, images of each class in each part, and a few pictures of each
/// class from the training part.
nlohmann::ordered_json data_figures(const ReportData& data);

/// The files that a run learned from: name, SHA-256 then and now (null where the file is not among the data now), and
/// whether they are the same.
nlohmann::ordered_json file_figures(std::span<const DataFile> recorded, const ReportData& data);

}  // namespace inkling
