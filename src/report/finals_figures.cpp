#include "report/finals_figures.h"

#include <functional>
#include <nlohmann/json.hpp>
#include <utility>

#include "core/path_text.h"
#include "report/figure_values.h"
#include "study/statistics.h"

namespace inkling {
namespace {

using nlohmann::ordered_json;

using Measure = std::pair<const char*, std::function<double(const JudgedRun&)>>;

const std::vector<Measure>& measures() {
    static const std::vector<Measure> all = {
        {"accuracy", [](const JudgedRun& run) { return run.evaluation.metrics.accuracy; }},
        {"loss", [](const JudgedRun& run) { return run.evaluation.metrics.loss; }},
        {"macro_precision", [](const JudgedRun& run) { return run.evaluation.metrics.macro_precision; }},
        {"macro_recall", [](const JudgedRun& run) { return run.evaluation.metrics.macro_recall; }},
        {"macro_f1", [](const JudgedRun& run) { return run.evaluation.metrics.macro_f1; }},
        {"training_seconds", [](const JudgedRun& run) { return run.summary.seconds; }},
        {"images_per_second", [](const JudgedRun& run) { return run.summary.images_per_second; }}};
    return all;
}

std::size_t test_images(const JudgedRun& run) {
    return run.evaluation.probabilities.size() / run.model.class_names.size();
}

}  // namespace

ordered_json finals_figures(std::span<const JudgedRun> runs) {
    if (runs.empty()) return nullptr;
    ordered_json json = {{"parameters", runs.front().model.parameters.size()}, {"runs", ordered_json::array()}};
    for (const JudgedRun& run : runs) {
        ordered_json one = {{"run", path_text(run.folder.path)}, {"seed", run.record.seed}};
        for (const auto& [name, measure] : measures()) one[name] = measure(run);
        json["runs"].push_back(one);
    }
    for (const auto& [name, measure] : measures()) {
        std::vector<double> values;
        for (const JudgedRun& run : runs) values.push_back(measure(run));
        const MeanDeviation over_seeds = mean_deviation(values);
        json[name] = {{"mean", over_seeds.mean},
                      {"deviation", runs.size() > 1 ? ordered_json(over_seeds.deviation) : ordered_json(nullptr)}};
    }
    const auto images = static_cast<double>(test_images(runs.front()));
    json["accuracy_interval"] =
        interval_figures(wilson_interval(json["accuracy"]["mean"].get<double>() * images, images));
    return json;
}

}  // namespace inkling
