#include "cli/comparison.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <optional>

#include "core/files.h"
#include "core/progress.h"

namespace inkling::cli {
namespace {

constexpr std::size_t kColumns = 8;
using Row = std::array<std::string, kColumns>;

bool judged_alike(std::span<const ComparedRun> runs) {
    return std::ranges::all_of(runs, [&](const ComparedRun& run) { return run.images == runs.front().images; });
}

Row cells(const ComparedRun& run, std::optional<double> best_accuracy) {
    return {run.run,
            run.recipe,
            fmt::format("{:.2f}%{}", 100 * run.accuracy, run.accuracy == best_accuracy ? " *" : "  "),
            fmt::format("{:.2f}%", 100 * run.macro_f1),
            fmt::format("{:.4f}", run.loss),
            fmt::format("{}", run.parameters),
            format_duration(run.training_seconds),
            fmt::format("{:.0f}", run.images_per_second)};
}

}  // namespace

std::string comparison_table(std::span<const ComparedRun> runs) {
    const bool alike = judged_alike(runs);
    std::optional<double> best_accuracy;
    if (alike) best_accuracy = std::ranges::max(runs, {}, &ComparedRun::accuracy).accuracy;
    std::vector<Row> rows = {{"run", "recipe", "accuracy  ", "macro F1", "loss", "parameters", "trained", "images/s"}};
    for (const ComparedRun& run : runs) rows.push_back(cells(run, best_accuracy));

    std::array<std::size_t, kColumns> widths{};
    for (const Row& row : rows)
        for (std::size_t i = 0; i < kColumns; ++i) widths[i] = std::max(widths[i], row[i].size());
    std::string text;
    for (std::size_t r = 0; r < rows.size(); ++r) {
        // Names to the left, numbers to the right.
        for (std::size_t i = 0; i < kColumns; ++i)
            text += i < 2 ? fmt::format("| {:<{}} ", rows[r][i], widths[i])
                          : fmt::format("| {:>{}} ", rows[r][i], widths[i]);
        text += "|\n";
        if (r > 0) continue;
        for (std::size_t i = 0; i < kColumns; ++i)
            text += fmt::format("| {:-<{}}{} ", "", widths[i] - 1, i < 2 ? "-" : ":");
        text += "|\n";
    }
    if (!alike)
        text += "\nThese runs were judged by different images, so that their accuracies do not compare the networks.\n";
    return text;
}

std::string comparison_json(std::span<const ComparedRun> runs) {
    auto json = nlohmann::ordered_json::array();
    for (const ComparedRun& run : runs)
        json.push_back({{"run", run.run},
                        {"recipe", run.recipe},
                        {"images_sha256", run.images},
                        {"accuracy", run.accuracy},
                        {"macro_f1", run.macro_f1},
                        {"loss", run.loss},
                        {"parameters", run.parameters},
                        {"training_seconds", run.training_seconds},
                        {"images_per_second", run.images_per_second}});
    return json.dump(2) + "\n";
}

std::vector<std::filesystem::path> save_comparison(const std::filesystem::path& folder,
                                                   std::span<const ComparedRun> runs) {
    std::vector<std::filesystem::path> paths = {folder / "comparison.md", folder / "comparison.json"};
    make_folder(folder);
    write_file(paths[0], comparison_table(runs));
    write_file(paths[1], comparison_json(runs));
    return paths;
}

}  // namespace inkling::cli
