#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace inkling {

/// The report as one HTML page that needs nothing else: its script draws tables and charts from `figures`, which it
/// carries along. Nothing in `figures` can become markup or script: the page inserts it as text, and its
/// Content-Security-Policy allows no script but its own. While "unfinished" has "running", it reloads itself.
std::string report_page(const nlohmann::ordered_json& figures);

/// Writes report.html and report.json, its figures without "pad", the networks to write for; returns their paths.
/// Throws Error (failed).
std::vector<std::filesystem::path> save_report(const std::filesystem::path& folder,
                                               const nlohmann::ordered_json& figures);

}  // namespace inkling
