#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "train/metrics.h"

namespace inkling::cli {

/// A line of the comparison of runs.
struct ComparedRun {
    std::string run;     // its folder
    std::string recipe;  // its name
    std::string images;  // SHA-256 of those that it was judged by, with their labels
    double accuracy = 0;
    double macro_f1 = 0;
    double loss = 0;
    std::size_t parameters = 0;
    double training_seconds = 0;
    double images_per_second = 0;  // while it was trained
};

/// The runs side by side as a table in Markdown, which is legible in a terminal too; the best accuracy is marked,
/// unless they were judged by different images, which is said.
std::string comparison_table(std::span<const ComparedRun> runs);

/// Writes comparison.md and comparison.json; returns their paths. Throws Error (failed).
std::vector<std::filesystem::path> save_comparison(const std::filesystem::path& folder,
                                                   std::span<const ComparedRun> runs);

/// The runs for machines, a list.
std::string comparison_json(std::span<const ComparedRun> runs);

}  // namespace inkling::cli
