#include "report/model_figures.h"

#include <array>
#include <cmath>
#include <nlohmann/json.hpp>

#include "core/path_text.h"
#include "report/data_figures.h"
#include "report/example_figures.h"
#include "report/figure_values.h"
#include "study/statistics.h"
#include "train/calibration.h"
#include "train/metrics_json.h"

namespace inkling {
namespace {

using nlohmann::ordered_json;

constexpr std::array kPriorNames{"as_is", "balanced", "list"};

ordered_json test_figures(const JudgedRun& run, const ReportData& data) {
    const std::size_t classes = data.test.class_names.size();
    const Metrics& metrics = run.evaluation.metrics;
    std::int64_t right = 0;
    for (std::size_t i = 0; i < classes; ++i) right += metrics.confusion[i * classes + i];
    const Interval interval = wilson_interval(static_cast<double>(right), static_cast<double>(data.test.size()));
    ordered_json json = {
        {"images", data.test.size()}, {"right", right}, {"accuracy_interval", interval_figures(interval)}};
    json.update(to_json(metrics, data.test.class_names));
    json["reliability"] = ordered_json::array();
    for (const CalibrationBin& bin :
         calibration_bins(run.evaluation.probabilities, data.test.labels, run.model.classes()))
        json["reliability"].push_back(
            {{"images", bin.samples}, {"confidence", bin.confidence}, {"accuracy", bin.accuracy}});
    json["sets"] =
        to_json(judge_sets(run.model.sets, run.evaluation.probabilities, data.test.labels, run.model.classes()));
    return json;
}

ordered_json layer_figures(const Model& model) {
    auto json = ordered_json::array();
    for (const LayerSummary& layer : summarize(model.recipe.network, model.classes()))
        json.push_back({{"name", layer.name},
                        {"description", layer.description},
                        {"output", {layer.output.channels, layer.output.height, layer.output.width}},
                        {"parameters", layer.parameters}});
    return json;
}

ordered_json made_figures(const JudgedRun& run, const ReportData& data) {
    const RunRecord& record = run.record;
    ordered_json json = {{"recipe", to_toml(run.model.recipe)},
                         {"seed", record.seed},
                         {"threads", record.threads},
                         {"split", record.split},
                         {"files", file_figures(record.files, data)}};
    json.update(to_json(record.environment));
    return json;
}

/// None where the training did without, whatever its recipe says: a study's last trainings use all images.
std::size_t validation_images(const JudgedRun& run, const ReportData& data) {
    if (run.history.empty() || std::isnan(run.history.back().validation_loss)) return 0;
    const TrainingSpec& training = run.model.recipe.training;
    return stratified_holdout(data.train, training.validation_fraction, training.seed).validation.size();
}

}  // namespace

ordered_json history_figures(std::span<const EpochRecord> history) {
    auto json = ordered_json::array();
    for (const EpochRecord& epoch : history)
        json.push_back({{"epoch", epoch.epoch},
                        {"learning_rate", epoch.learning_rate},
                        {"train_loss", number_figure(epoch.train_loss)},
                        {"train_accuracy", number_figure(epoch.train_accuracy)},
                        {"validation_loss", number_figure(epoch.validation_loss)},
                        {"validation_accuracy", number_figure(epoch.validation_accuracy)}});
    return json;
}

ordered_json model_figures(const JudgedRun& run, const ReportData& data) {
    const Recipe& recipe = run.model.recipe;
    return {{"label", run.label},
            {"run", path_text(run.folder.path)},
            {"recipe", recipe.name},
            {"parameters", run.model.parameters.size()},
            {"training_seconds", run.summary.seconds},
            {"images_per_second", run.summary.images_per_second},
            {"epochs", run.summary.epochs},
            {"prior", kPriorNames[static_cast<std::size_t>(recipe.training.prior.kind)]},
            {"temperature", run.model.temperature},
            {"best_epoch", run.summary.best_epoch},
            {"stopped_early", run.summary.stopped_early},
            {"validation_images", validation_images(run, data)},
            {"test", test_figures(run, data)},
            {"layers", layer_figures(run.model)},
            {"history", history_figures(run.history)},
            {"confused_pairs", confused_pairs(run.evaluation, data.test)},
            {"first_images", first_images(run.evaluation, data.test)},
            {"made", made_figures(run, data)}};
}

}  // namespace inkling
