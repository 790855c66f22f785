#include "report/judged_run.h"

#include <algorithm>
#include <array>

#include "core/error.h"
#include "core/files.h"
#include "data/synthetic.h"
#include "formats/load_dataset.h"

namespace inkling {

namespace fs = std::filesystem;

namespace {

/// Without the slash that a shell's completion leaves, and of "." the folder's own name.
std::string folder_name(const fs::path& path) {
    const fs::path whole = fs::absolute(path).lexically_normal();
    return (whole.has_filename() ? whole : whole.parent_path()).filename().string();
}

}  // namespace

ReportData load_report_data(const fs::path& folder, const std::string& split, std::optional<Orientation> stored,
                            const ReportOptions& options) {
    const std::string& read = options.split.empty() ? split : options.split;
    const bool made = options.data.empty() && read == kSyntheticSplit && split != kSyntheticSplit;
    const fs::path read_from = made ? fs::path() : options.data.empty() ? folder : options.data;
    if (options.stored || read != split) stored = options.stored;
    std::vector<Dataset> parts = load_parts(read_from, read, std::array{Part::kTrain, Part::kTest}, stored);
    ReportData data{.folder = read_from, .train = std::move(parts[0]), .test = std::move(parts[1])};
    if (options.on_data) options.on_data(data);
    return data;
}

JudgedRun judge_run(const RunFolder& run, const std::string& label, const ReportData& data,
                    const ReportOptions& options) {
    check_finished(run);
    JudgedRun judged{.label = label,
                     .folder = run,
                     .record = read_record(run),
                     .summary = read_summary(run),
                     .history = parse_history(read_text(run.history()), run.history().string()),
                     .model = load_model(run.model()),
                     .evaluation = {}};
    if (options.split.empty() && judged.model.split != data.test.split)
        throw wrong_usage("{}: learned split {}, the first run {}; name the split to judge all by with --split",
                          run.path.string(), judged.model.split, data.test.split);
    judged.evaluation = evaluate(judged.model, data.test, [&](std::size_t done) {
        if (options.on_progress) options.on_progress(label, done, data.test.size());
    });
    return judged;
}

std::vector<std::string> run_labels(std::span<const RunFolder> runs) {
    std::vector<std::string> names;
    for (const RunFolder& run : runs) names.push_back(folder_name(run.path));
    std::vector<std::string> labels;
    for (std::size_t i = 0; i < runs.size(); ++i) {
        const bool unique = std::count(names.begin(), names.end(), names[i]) == 1;
        labels.push_back(unique ? names[i] : runs[i].path.lexically_normal().string());
        if (std::count(labels.begin(), labels.end(), labels.back()) > 1)
            throw wrong_usage("{}: named twice, expected each run once", runs[i].path.string());
    }
    return labels;
}

}  // namespace inkling
