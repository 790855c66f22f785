#include "report/run_report.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "report/data_figures.h"
#include "report/model_figures.h"
#include "report/pair_figures.h"
#include "report/unread_figures.h"

namespace inkling {

using nlohmann::ordered_json;

namespace {

/// Whoever learned from another folder's split of the same name is not judged by the first run's.
void require_same_data(const RunFolder& run, const RunRecord& first, const ReportOptions& options) {
    if (!options.data.empty() || !options.split.empty()) return;
    const RunRecord record = read_record(run);
    if (record.split != first.split) return;  // which judge_run() refuses
    for (const DataFile& file : record.files) {
        const auto other = std::ranges::find(first.files, file.name, &DataFile::name);
        if (other != first.files.end() && other->sha256 != file.sha256)
            throw wrong_usage(
                "{}: learned from split {} in {}, whose {} is another than the first run's in {}; name the "
                "data to judge all by with --data",
                run.path.string(), record.split, record.data.string(), file.name, first.data.string());
    }
}

}  // namespace

ordered_json report_runs(std::span<const RunFolder> runs, const ReportOptions& options) {
    const std::vector<std::string> labels = run_labels(runs);
    for (const RunFolder& run : runs) check_finished(run);
    const RunRecord first = read_record(runs.front());
    const ReportData data = load_report_data(first.data, first.split, first.stored, options);
    std::vector<JudgedRun> judged;
    for (const RunFolder& run : runs) require_same_data(run, first, options);
    for (std::size_t i = 0; i < runs.size(); ++i) judged.push_back(judge_run(runs[i], labels[i], data, options));

    ordered_json json = {{"format", "inkling report 1"},
                         {"kind", runs.size() == 1 ? "run" : "comparison"},
                         {"data", data_figures(data)},
                         {"models", ordered_json::array()},
                         {"pairs", ordered_json::array()}};
    std::vector<const JudgedRun*> runs_judged(judged.size());
    std::ranges::transform(judged, runs_judged.begin(), [](const JudgedRun& run) { return &run; });
    json["unread"] = unread_figures(runs_judged, data);
    for (const JudgedRun& run : judged) json["models"].push_back(model_figures(run, data));
    for (std::size_t a = 0; a < judged.size(); ++a)
        for (std::size_t b = a + 1; b < judged.size(); ++b)
            json["pairs"].push_back(pair_figures(judged[a], judged[b], data));
    return json;
}

}  // namespace inkling
