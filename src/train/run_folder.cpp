#include "train/run_folder.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <iterator>
#include <nlohmann/json.hpp>
#include <sstream>

#include "core/error.h"
#include "core/files.h"
#include "core/hash.h"
#include "core/path_text.h"
#include "core/text.h"
#include "data/excluded_images.h"
#include "data/synthetic.h"
#include "train/metrics_json.h"

namespace inkling {
namespace {

using nlohmann::ordered_json;
namespace fs = std::filesystem;

void write_json(const fs::path& path, const ordered_json& json) {
    write_file(path, json.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n");
}

/// Calls `read` with the file's JSON. Throws Error (bad data) where it is not JSON or not of the form that is read.
template <class Read>
auto read_json(const fs::path& path, Read&& read) {
    const std::string text = plain_text(read_text(path), path.string());
    try {
        return read(ordered_json::parse(text));
    } catch (const ordered_json::exception& error) {
        throw bad_data("{}: not as this program writes it ({})", path.string(), error.what());
    }
}

constexpr const char* kJudgedBy[] = {"test", "validation", "nothing"};  // in JudgedBy's order

JudgedBy read_judged_by(const ordered_json& record) {
    const std::string name = record.value("judged_by", kJudgedBy[0]);
    const auto* const found = std::ranges::find(kJudgedBy, name);
    // Whoever reads a newer record must not take it for leave to test.
    return found == std::end(kJudgedBy) ? JudgedBy::kNothing : static_cast<JudgedBy>(found - std::begin(kJudgedBy));
}

constexpr std::size_t kAnyImages = std::size_t{1} << 32;  // as many as indices can tell apart

constexpr const char* kPredictionsHead = "image,label,prediction\n";

std::string text_sha256(const std::string& text) { return sha256(std::as_bytes(std::span(text))); }

/// The excluded images of a run, whose list must be the one of its record.
std::vector<std::uint32_t> read_own_list(const RunFolder& run, const std::string& recorded) {
    const std::string text = read_text(run.excluded());
    if (const std::string found = text_sha256(text); found != recorded)
        throw bad_data("{}: has sha256 {}, but this run began without the images of one with {}; begin another run",
                       run.excluded().string(), found, recorded);
    return parse_excluded_images(text, run.excluded().string(), kAnyImages);
}

ordered_json score(double loss, double accuracy) { return {{"loss", loss}, {"accuracy", accuracy}}; }

}  // namespace

Holdout run_holdout(const Recipe& recipe, const Dataset& data, std::size_t per_class,
                    std::span<const std::uint32_t> excluded) {
    const TrainingSpec& training = recipe.training;
    Holdout holdout = per_class == 0 ? stratified_holdout(data, training.validation_fraction, training.seed)
                                     : stratified_holdout(data, samples_per_class(data, per_class, training.seed),
                                                          training.validation_fraction, training.seed);
    return without_excluded(std::move(holdout), data, excluded);
}

fs::path recorded_folder(const fs::path& folder) {
    return folder.empty() ? folder : fs::absolute(folder).lexically_normal();
}

void begin_run(const RunFolder& run, const Recipe& recipe, const RunRecord& record) {
    if (fs::exists(run.metrics()))
        throw wrong_usage("{}: holds a finished run; choose another folder with --out, or remove it",
                          run.path.string());
    if (fs::exists(run.checkpoint()))
        throw wrong_usage(
            "{}: holds a run that is not finished; go on with --resume {}, choose another folder with "
            "--out, or remove it",
            run.path.string(), run.path.string());
    make_folder(run.checkpoint().parent_path());
    ordered_json files = ordered_json::object();
    for (const DataFile& file : record.files) files[file.name] = file.sha256;
    ordered_json data = {{"split", record.split}, {"folder", path_text(record.data)}};
    if (record.stored) data["orientation"] = orientation_name(*record.stored);
    if (record.split == kSyntheticSplit) data["note"] = kSyntheticNote;
    if (record.per_class > 0) data["per_class"] = record.per_class;
    if (!record.excluded.empty())
        data["excluded"] = {{"images", record.excluded.size()},
                            {"sha256", text_sha256(excluded_images_text(record.excluded))}};
    data["sha256"] = files;
    ordered_json json = {{"recipe", record.recipe}, {"seed", record.seed}, {"threads", record.threads}, {"data", data}};
    json.update(to_json(record.environment));
    if (!record.init_from.empty())
        json["init_from"] = {{"file", path_text(record.init_from)}, {"sha256", record.init_sha256}};
    for (const DataFile& teacher : record.teachers)
        json["teachers"].push_back({{"file", teacher.name}, {"sha256", teacher.sha256}});
    if (record.processes > 1) json["processes"] = record.processes;
    if (record.reproducible) json["reproducible"] = true;
    if (record.judged_by != JudgedBy::kTest) json["judged_by"] = kJudgedBy[static_cast<std::size_t>(record.judged_by)];
    write_file(run.recipe(), to_toml(recipe));
    if (!record.excluded.empty()) write_file(run.excluded(), excluded_images_text(record.excluded));
    write_json(run.record(), json);
}

void finish_run(const RunFolder& run, const TrainingResult& result, const std::optional<Metrics>& judged, JudgedBy by) {
    const Model& model = result.model;
    const EpochRecord& best = result.history.at(static_cast<std::size_t>(result.best_epoch) - 1);
    const auto classes = static_cast<int>(model.class_names.size());
    ordered_json json = {{"recipe", model.recipe.name},
                         {"split", model.split},
                         {"seed", model.recipe.training.seed},
                         {"parameters", model.parameters.size()},
                         {"multiply_adds", count_operations(model.recipe.network, classes).forward / 2},
                         {"epochs", result.history.size()},
                         {"best_epoch", result.best_epoch},
                         {"stopped_early", result.outcome == Outcome::kStoppedEarly},
                         {"seconds", total_seconds(result.history)},
                         {"images_per_second", mean_images_per_second(result.history)},
                         {"train", score(best.train_loss, best.train_accuracy)}};
    if (!std::isnan(best.validation_loss)) json["validation"] = score(best.validation_loss, best.validation_accuracy);
    if (judged) json[kJudgedBy[static_cast<std::size_t>(by)]] = to_json(*judged, model.class_names);
    write_file(run.history(), history_csv(result.history));
    save_model(run.model(), model);
    write_json(run.metrics(), json);
}

void write_predictions(const RunFolder& run, const Evaluation& evaluation, const Dataset& part) {
    const std::vector<std::size_t> predicted = predictions(evaluation, part.class_names.size());
    std::string lines = kPredictionsHead;
    for (std::size_t i = 0; i < part.size(); ++i)
        fmt::format_to(std::back_inserter(lines), "{},{},{}\n", i, part.labels[i], predicted[i]);
    write_file(run.predictions(), lines);
}

void add_test(const RunFolder& run, const Evaluation& evaluation, const Dataset& test) {
    check_finished(run);
    write_predictions(run, evaluation, test);
    const auto as_it_is = [](const ordered_json& json) { return json; };
    ordered_json record = read_json(run.record(), as_it_is);
    for (const DataFile& file : test.files) record["data"]["sha256"][file.name] = file.sha256;
    ordered_json results = read_json(run.metrics(), as_it_is);
    results["test"] = to_json(evaluation.metrics, test.class_names);
    write_json(run.record(), record);
    write_json(run.metrics(), results);
}

std::vector<std::uint8_t> read_right(const RunFolder& run) {
    std::vector<std::uint8_t> right;
    if (!fs::exists(run.predictions())) return right;
    const std::string text = read_text(run.predictions());
    const std::size_t head = std::string_view(kPredictionsHead).size();
    const auto damaged = [&] {
        return bad_data("{}: line {} is not as this program writes it, expected image, label and prediction",
                        run.predictions().string(), right.size() + 2);
    };
    if (!text.starts_with(kPredictionsHead)) throw damaged();
    std::istringstream lines(text.substr(head));
    for (std::string line; std::getline(lines, line);) {
        std::size_t image = 0;
        int label = 0;
        int prediction = 0;
        int length = 0;
        const int read = std::sscanf(line.c_str(), "%zu,%d,%d%n", &image, &label, &prediction, &length);
        if (read != 3 || static_cast<std::size_t>(length) != line.size() || image != right.size()) throw damaged();
        right.push_back(label == prediction ? 1 : 0);
    }
    return right;
}

RunRecord read_record(const RunFolder& run) {
    if (!fs::exists(run.record()))
        throw bad_data("{}: no run (it has no record.json); start one with 'inkling train'", run.path.string());
    return read_json(run.record(), [&](const ordered_json& json) {
        const ordered_json& data = json.at("data");
        RunRecord record{.recipe = json.at("recipe"),
                         .seed = json.at("seed"),
                         .threads = std::clamp(json.at("threads").get<int>(), 1, 1024),
                         .split = data.at("split"),
                         .data = path_from_text(data.at("folder")),
                         .files = {},
                         .environment = read_environment(json),
                         .per_class = data.value("per_class", std::size_t{0}),
                         .init_from = {},
                         .init_sha256 = {},
                         .judged_by = read_judged_by(json),
                         .processes = std::max(json.value("processes", 1), 1),
                         .reproducible = json.value("reproducible", false)};
        if (data.contains("orientation")) {
            record.stored = find_orientation(data.at("orientation").get<std::string>());
            if (!record.stored)
                throw bad_data("{}: orientation {}, expected \"upright\" or \"transposed\"", run.record().string(),
                               data.at("orientation").dump());
        }
        if (json.contains("init_from")) {
            record.init_from = path_from_text(json.at("init_from").at("file"));
            record.init_sha256 = json.at("init_from").at("sha256");
        }
        if (json.contains("teachers"))
            for (const ordered_json& teacher : json.at("teachers"))
                record.teachers.push_back({teacher.at("file"), teacher.at("sha256")});
        if (data.contains("excluded")) record.excluded = read_own_list(run, data.at("excluded").at("sha256"));
        for (const auto& [name, sha256] : data.at("sha256").items()) record.files.push_back({name, sha256});
        return record;
    });
}

void check_finished(const RunFolder& run) {
    if (fs::exists(run.metrics()) && fs::exists(run.model())) return;
    if (fs::exists(run.record()))
        throw bad_data("{}: this run is not finished; go on with 'inkling train --resume {}'", run.path.string(),
                       run.path.string());
    throw bad_data("{}: no run (it has no model.safetensors); start one with 'inkling train'", run.path.string());
}

RunSummary read_summary(const RunFolder& run) {
    check_finished(run);
    return read_json(run.metrics(), [](const ordered_json& json) {
        return RunSummary{.seconds = json.at("seconds"),
                          .images_per_second = json.at("images_per_second"),
                          .epochs = json.at("epochs"),
                          .best_epoch = json.at("best_epoch"),
                          .stopped_early = json.at("stopped_early"),
                          .validated = json.contains("validation")};
    });
}

}  // namespace inkling
