#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>

#include "cli/commands.h"
#include "cli/comparison.h"
#include "cli/outputs.h"
#include "core/error.h"
#include "core/folder_lock.h"
#include "core/hash.h"
#include "core/interrupt.h"
#include "core/path_text.h"
#include "core/progress.h"
#include "formats/load_dataset.h"
#include "report/evaluation_files.h"
#include "train/evaluate.h"
#include "train/metrics_json.h"
#include "train/prior.h"
#include "train/run_folder.h"

namespace inkling::cli {
namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

struct EvalOptions {
    std::vector<std::string> runs;
    std::string part = "test";
    std::string out;
    std::string prior;  // empty: what each network assumes
    int views = 1;
    bool together = false;
    DataOptions data;
    RunOptions run;

    bool compares() const { return runs.size() > 1 && !together; }
    bool validates() const { return part == "validation"; }
    Part which() const { return part == "test" ? Part::kTest : Part::kTrain; }
};

/// One run, judged.
struct EvaluatedRun {
    RunFolder run;
    Model model;
    std::size_t samples = 0;
    std::string images;  // SHA-256 of them, with their labels, where runs are compared
    Metrics metrics;
    std::vector<SetResult> sets;  // none where several networks or views are judged together
    std::vector<fs::path> written;
};

/// What a run held out of its training part, which must be the one that it learned from.
Dataset validation_part(const RunFolder& run, const RunRecord& record, const Model& model, const Dataset& train) {
    for (const DataFile& file : train.files)
        if (std::ranges::none_of(record.files, [&](const DataFile& known) { return known.sha256 == file.sha256; }))
            throw bad_data("{}: {} is not as this run learned it; its validation part is in the data of its record",
                           run.path.string(), file.name);
    const Holdout holdout = run_holdout(model.recipe, train, record.per_class);
    if (!read_summary(run).validated || holdout.validation.empty())
        throw bad_data("{}: this run held nothing out; judge it by the test part", run.path.string());
    return subset(train, holdout.validation);
}

/// The data set to judge a run by: the one it learned from, unless the command line says otherwise.
Dataset load_data(const EvalOptions& options, const RunFolder& run, const Model& model) {
    const RunRecord record = read_record(run);
    const fs::path folder = options.data.folder_or(record.data, record.split);
    Dataset data = load_dataset(folder, options.data.split.empty() ? model.split : options.data.split, options.which(),
                                options.data.stored_or(record.stored, record.split));
    return options.validates() ? validation_part(run, record, model, data) : data;
}

/// What --prior says, of a network that learned from classes of `shares`.
std::vector<double> named_prior(const std::string& text, const Model& model) {
    const PriorSpec spec = parse_prior(text, "--prior");
    if (spec.kind == PriorKind::kList && spec.shares.size() != model.shares.size())
        throw wrong_usage("--prior has {} values, expected one for each of the {} classes", spec.shares.size(),
                          model.shares.size());
    return assumed_prior(spec, model.shares);
}

/// Tells where classes come otherwise than a network takes them to, by more than half.
void print_prior(const Model& model, const Dataset& data) {
    const std::vector<double> shares = class_shares(data);
    if (shares.size() != model.prior.size()) return;
    // A class that does not come here counts as half an image, and one that was not learned not at all.
    const double least = 0.5 / static_cast<double>(std::max<std::size_t>(data.size(), 1));
    const auto ratio = [&](std::size_t i) {
        return model.prior[i] > 0 ? std::max(shares[i], least) / model.prior[i] : 1;
    };
    std::size_t most = 0;
    for (std::size_t i = 0; i < shares.size(); ++i)
        if (std::abs(std::log(ratio(i))) > std::abs(std::log(ratio(most)))) most = i;
    if (ratio(most) < 1.5 && ratio(most) > 1 / 1.5) return;
    fmt::print(
        "note: the network takes {} to be {:.2f}% of what it reads, here it is {:.2f}%; --prior says otherwise\n",
        model.class_names[most], 100 * model.prior[most], 100 * shares[most]);
}

/// Tells of a test part that is not the one that the run was tested by when it was trained.
void print_changed(const EvalOptions& options, const RunFolder& run, const Dataset& data) {
    const RunRecord record = read_record(run);
    const bool asked = !options.data.folder.empty() || !options.data.split.empty();
    if (asked || options.part != "test") return;
    for (const DataFile& file : data.files) {
        const auto known = std::ranges::find(record.files, file.name, &DataFile::name);
        if (known != record.files.end() && known->sha256 != file.sha256)
            fmt::print("note: {} has changed since this run was trained\n", file.name);
    }
}

std::string images_sha256(const Dataset& data) {
    const std::string both = sha256(std::as_bytes(data.pixels())) + sha256(std::as_bytes(std::span(data.labels)));
    return sha256(std::as_bytes(std::span(both)));
}

/// Where a run's pictures go: a folder of its own in --out if there are several runs.
fs::path output_folder(const EvalOptions& options, const RunFolder& run) {
    if (options.out.empty()) return run.path / ((options.together ? "together-" : "eval-") + options.part);
    return options.runs.size() == 1 || options.together ? fs::path(options.out)
                                                        : fs::path(options.out) / run.path.filename();
}

/// Without the slash that a shell's completion leaves, so that the path has a name.
RunFolder run_folder(const std::string& name) {
    return {.path = fs::path(name).has_filename() ? fs::path(name) : fs::path(name).parent_path()};
}

Model load_run(const EvalOptions& options, const RunFolder& run) {
    Model model = load_model(run.model());
    if (options.prior.empty()) return model;
    std::vector<double> prior = named_prior(options.prior, model);
    return with_prior(std::move(model), std::move(prior));
}

/// Judges runs together, which `name` stands for, by the first one's data.
EvaluatedRun judge(const EvalOptions& options, const std::vector<RunFolder>& runs, const std::string& name) {
    const RunFolder& run = runs.front();
    for (const RunFolder& each : runs) check_finished(each);
    const FolderLock claim(output_folder(options, run));
    std::vector<Model> models;
    models.reserve(runs.size());
    for (const RunFolder& each : runs) models.push_back(load_run(options, each));
    const Dataset data = load_data(options, run, models.front());
    // Who learned what another one held out would flatter both.
    for (std::size_t i = 1; options.validates() && i < runs.size(); ++i)
        if (!std::ranges::equal(load_data(options, runs[i], models[i]).pixels(), data.pixels()))
            throw wrong_usage("{} held out other images than {}; judge them together by the test part",
                              runs[i].path.string(), run.path.string());
    print_assumptions(data, options.run);
    if (!options.run.quiet) print_changed(options, run, data);
    if (!options.run.quiet) print_prior(models.front(), data);
    Progress bar(name, data.size(), "images", options.run.quiet);
    const auto on_progress = [&](std::size_t done) {
        bar.update(done);
        if (interrupted()) throw Error(ExitStatus::kInterrupted, "stopped; nothing was written for " + name);
    };
    const Evaluation evaluation = evaluate(models, data, {.views = options.views, .on_progress = on_progress});
    bar.clear();
    Model& model = models.front();
    // They are fitted to one network's probabilities of an image as it is.
    if (runs.size() > 1 || options.views > 1) model.sets.clear();
    if (runs.size() > 1) model.recipe.name = name;
    return {.run = run,
            .model = model,
            .samples = data.size(),
            .images = options.compares() ? images_sha256(data) : "",
            .metrics = evaluation.metrics,
            .sets = judge_sets(model.sets, evaluation.probabilities, data.labels, model.classes()),
            .written = save_evaluation(output_folder(options, run), model, data, evaluation, options.part)};
}

EvaluatedRun judge(const EvalOptions& options, const std::string& name) {
    const RunFolder run = run_folder(name);
    return judge(options, {run}, run.path.filename().string());
}

/// `shares`: of the classes among the images that the network learned from; empty where its file does not say.
void print_classes(const Metrics& metrics, const std::vector<std::string>& names, std::span<const double> shares) {
    fmt::print("  class  precision  recall      F1  images{}\n", shares.empty() ? "" : "  learned");
    for (std::size_t i = 0; i < names.size(); ++i) {
        const ClassMetrics& per_class = metrics.per_class[i];
        fmt::print("  {:<5}  {:>8.2f}%  {:>5.2f}%  {:>5.2f}%  {:>6}{}\n", names[i], 100 * per_class.precision,
                   100 * per_class.recall, 100 * per_class.f1, per_class.support,
                   shares.empty() ? "" : fmt::format("  {:>6.2f}%", 100 * shares[i]));
    }
    if (!shares.empty()) fmt::print("  learned: the class's share of the images that the network learned from\n");
}

void print_confusions(const Metrics& metrics, const std::vector<std::string>& names) {
    fmt::print("  most confused:\n");
    for (const Confusion& confusion : most_confused(metrics, kMostConfused))
        fmt::print("    {} read as {}: {} of {}\n", names[static_cast<std::size_t>(confusion.truth)],
                   names[static_cast<std::size_t>(confusion.prediction)], confusion.count,
                   metrics.per_class[static_cast<std::size_t>(confusion.truth)].support);
}

void print_sets(std::span<const SetResult> results) {
    for (const SetResult& result : results)
        fmt::print(
            "  sets to hold the class in {:.0f}%: they do in {:.2f}%, with {:.2f} classes on average, one in {:.2f}%\n",
            100 * result.sets.coverage, 100 * result.held, result.size, 100 * result.single);
}

void print_judged(const EvaluatedRun& judged, const std::string& part) {
    const Metrics& metrics = judged.metrics;
    fmt::print("{}: {} on the {} part of {}, {} images\n", judged.run.path.string(), judged.model.recipe.name, part,
               judged.model.split, judged.samples);
    fmt::print("  loss {:.4f}, accuracy {:.2f}%, top-2 {:.2f}%, top-3 {:.2f}%\n", metrics.loss, 100 * metrics.accuracy,
               100 * metrics.top2_accuracy, 100 * metrics.top3_accuracy);
    fmt::print("  macro precision {:.2f}%, recall {:.2f}%, F1 {:.2f}%; calibration error {:.2f}%\n",
               100 * metrics.macro_precision, 100 * metrics.macro_recall, 100 * metrics.macro_f1,
               100 * metrics.calibration_error);
    print_sets(judged.sets);
    print_classes(metrics, judged.model.class_names, judged.model.shares);
    print_confusions(metrics, judged.model.class_names);
}

void print_written(std::span<const fs::path> paths) {
    for (const fs::path& path : paths) fmt::print("written: {}\n", path.string());
}

ordered_json judged_json(const EvaluatedRun& judged, const std::string& part) {
    ordered_json json = {{"run", path_text(judged.run.path)},
                         {"recipe", judged.model.recipe.name},
                         {"split", judged.model.split},
                         {"part", part}};
    json.update(to_json(judged.metrics, judged.model.class_names));
    if (!judged.sets.empty()) json["sets"] = to_json(judged.sets);
    return json;
}

ComparedRun compared(const EvaluatedRun& judged) {
    const RunSummary summary = read_summary(judged.run);
    return {.run = path_text(judged.run.path),
            .recipe = judged.model.recipe.name,
            .images = judged.images,
            .accuracy = judged.metrics.accuracy,
            .macro_f1 = judged.metrics.macro_f1,
            .loss = judged.metrics.loss,
            .parameters = judged.model.parameters.size(),
            .training_seconds = summary.seconds,
            .images_per_second = summary.images_per_second};
}

/// One run: all there is to know about it.
void show_one(const EvalOptions& options, const EvaluatedRun& judged) {
    if (!options.run.json.empty()) options.run.write_json(judged_json(judged, options.part).dump(2) + "\n");
    if (options.run.quiet) return;
    print_judged(judged, options.part);
    print_written(judged.written);
}

/// Several runs whose probabilities are averaged.
EvaluatedRun judge_together(const EvalOptions& options) {
    std::vector<RunFolder> runs;
    std::vector<std::string> names;
    for (const std::string& name : options.runs) {
        runs.push_back(run_folder(name));
        names.push_back(runs.back().path.filename().string());
    }
    return judge(options, runs, fmt::format("{} together", fmt::join(names, ", ")));
}

/// Several runs: a table.
void eval_several(const EvalOptions& options) {
    std::vector<ComparedRun> runs;
    std::set<fs::path> folders;
    for (const std::string& name : options.runs) {
        if (!folders.insert(output_folder(options, run_folder(name))).second)
            throw wrong_usage("two runs are named {}; leave out --out, or rename one",
                              run_folder(name).path.filename().string());
    }
    for (const std::string& name : options.runs) check_finished(run_folder(name));
    const fs::path folder =
        options.out.empty() ? fs::absolute(run_folder(options.runs.front()).path).parent_path() : fs::path(options.out);
    const FolderLock claim(folder);
    for (const std::string& name : options.runs) {
        const EvaluatedRun judged = judge(options, name);
        runs.push_back(compared(judged));
        if (!options.run.quiet) print_written(judged.written);
    }
    const auto written = save_comparison(folder, runs);
    if (!options.run.json.empty()) options.run.write_json(comparison_json(runs));
    if (options.run.quiet) return;
    print_written(written);
    fmt::print("\n{}", comparison_table(runs));
}

void run_eval(const EvalOptions& options) {
    catch_interrupts();
    options.run.apply();
    for (const std::string& run : options.runs) check_outputs({{"--json", options.run.json}}, files_of_network(run));
    if (options.together)
        show_one(options, judge_together(options));
    else if (options.compares())
        eval_several(options);
    else
        show_one(options, judge(options, options.runs.front()));
}

}  // namespace

void add_eval_command(const Command& program) {
    auto options = std::make_shared<EvalOptions>();
    const Command command = program.command("eval", "Tests trained networks and compares them");
    command.texts("runs", options->runs, "RUN", "Folders of finished runs");
    command.require("runs");
    command.choice("--part", options->part, {"test", "validation", "train"},
                   "Part to judge by; validation: what each run held out");
    command.text("--data", options->data.folder, "DIR", "Folder or file with data [the run's]");
    command.text("--split", options->data.split, "NAME", "Split to judge by [the run's]");
    options->data.add_orientation(command);
    command.text("--prior", options->prior, "PRIOR",
                 "How frequent classes are: as_is (as a network learned them), balanced, or [0.1, 0.2, ...] [as it was "
                 "trained]");
    command.integer("--tta", options->views, 1, static_cast<int>(kViews.size()),
                    "Views of each image whose probabilities are averaged: as it is, shifted, turned");
    command.flag("--together", options->together, "Judge all runs as one, by the mean of their probabilities");
    command.text("--out", options->out, "DIR",
                 "Folder for pictures and tables [RUN/eval-<part>; a comparison: beside the first run]");
    options->run.add_to(command);
    command.footer(
        "Writes the confusion matrix as CSV and PNG and the first six images with their predictions; for several runs "
        "also\n"
        "a table of them side by side. Precision, recall and F1 are scikit-learn's.\n\n"
        "Examples:\n"
        "  inkling eval runs/cnn-0 --json cnn.json\n"
        "  inkling eval runs/mlp-0 runs/cnn-0 --out comparison\n"
        "  inkling eval runs/cnn-0 runs/cnn-1 runs/cnn-2 --together --tta 5");
    command.action([options] { run_eval(*options); });
}

}  // namespace inkling::cli
