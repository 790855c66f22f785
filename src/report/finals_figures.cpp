#include "report/finals_figures.h"

#include <functional>
#include <nlohmann/json.hpp>
#include <utility>

#include "core/path_text.h"
#include "report/figure_values.h"
#include "study/crossed_difference.h"

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

std::vector<RightImages> right_images(std::span<const JudgedRun> runs, const Dataset& test) {
    std::vector<RightImages> all;
    for (const JudgedRun& run : runs) {
        const std::vector<std::size_t> predicted = predictions(run.evaluation, test.class_names.size());
        RightImages& right = all.emplace_back(test.size());
        for (std::size_t i = 0; i < test.size(); ++i) right[i] = predicted[i] == test.labels[i];
    }
    return all;
}

}  // namespace

ordered_json difference_figures(const std::string& a_name, std::span<const JudgedRun> a, const std::string& b_name,
                                std::span<const JudgedRun> b, const ReportData& data) {
    const CrossedDifference found = crossed_difference(right_images(a, data.test), right_images(b, data.test));
    const char* const verdicts[] = {"worse", "undecided", "better"};
    return {{"a", a_name},
            {"b", b_name},
            {"seeds", {a.size(), b.size()}},
            {"mean", found.mean},
            {"interval", interval_figures(found.interval)},
            {"seed_error", found.seed_error},
            {"image_error", found.image_error},
            {"degrees_of_freedom", found.degrees_of_freedom},
            {"verdict", verdicts[found.verdict() + 1]}};
}

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
