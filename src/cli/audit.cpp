#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "cli/audit_plan.h"
#include "cli/outputs.h"
#include "core/error.h"
#include "core/files.h"
#include "core/folder_lock.h"
#include "core/interrupt.h"
#include "core/progress.h"
#include "formats/load_dataset.h"
#include "report/label_audit.h"
#include "train/cross_validation.h"
#include "train/kept_readings.h"
#include "train/planted_labels.h"
#include "train/training_checks.h"

namespace inkling::cli {
namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

constexpr std::size_t kPairs = 12;  // that are printed

Folds deal_all(const AuditOptions& options, const AuditPlan& plan, const Dataset& data) {
    const std::vector<std::size_t> histogram = class_histogram(data);
    if (const std::size_t most = *std::max_element(histogram.begin(), histogram.end());
        most < static_cast<std::size_t>(options.folds))
        throw wrong_usage("--folds {}: no class of split {} has more than {} images, expected one for each fold",
                          options.folds, data.split, most);
    return stratified_folds(data, 1, options.folds, plan.seed);
}

/// Settles what recipes leave open, and refuses what cannot be trained, before anything is.
void prepare(std::vector<Recipe>& recipes, const Dataset& data, const Folds& folds) {
    const Holdout fold = folds.holdout(0);
    for (Recipe& recipe : recipes) {
        check_training(recipe, data, watched_holdout(recipe, data, fold.train, recipe.training.seed));
        recipe.training.precision = settled_precision(recipe, data.classes());
    }
}

void print_plan(const AuditOptions& options, const AuditPlan& plan, const Dataset& data) {
    fmt::print("data: {}: {} images\n", describe_source(plan.data_folder, plan.split), data.size());
    for (std::size_t i = 0; i < plan.recipes.size(); i += static_cast<std::size_t>(options.networks)) {
        const Recipe& recipe = plan.recipes[i];
        fmt::print("{}: {} trainings of {} epochs, {} for each of {} folds\n", recipe.name,
                   options.networks * options.folds, recipe.training.epochs, options.networks, options.folds);
    }
    std::fflush(stdout);
}

/// Trains and reads, and shows how far it is. What is kept need not be read again.
Readings read_all(const AuditOptions& options, const AuditPlan& plan, const Dataset& data, const Folds& folds,
                  const KeptReadings* kept = nullptr) {
    std::uint64_t images = 0;
    for (const Recipe& recipe : plan.recipes)
        images += static_cast<std::uint64_t>(recipe.training.epochs) * data.size() *
                  static_cast<std::uint64_t>(options.folds - 1);
    Progress bar("audit", images, "images", options.run.quiet);
    const auto on_progress = [&](const FoldProgress& progress) {
        bar.update(static_cast<std::uint64_t>(progress.share * static_cast<double>(images)),
                   fmt::format("{} of {} trainings done", progress.done, progress.trainings));
    };
    try {
        return read_together(read_out_of_fold(plan.recipes, data, folds,
                                              {.on_progress = on_progress, .stop = interrupted, .kept = kept}));
    } catch (const Error& error) {
        if (error.status() != ExitStatus::kInterrupted) throw;
        const std::size_t finished = kept == nullptr ? 0 : kept->count();
        throw Error(ExitStatus::kInterrupted,
                    finished == 0 ? "stopped; nothing was written"
                                  : fmt::format("stopped; what {} finished trainings read is kept, go on with the same "
                                                "command",
                                                finished));
    }
}

double percent(std::size_t part, std::size_t whole) {
    return whole == 0 ? 0 : 100 * static_cast<double>(part) / static_cast<double>(whole);
}

void print_pair(const std::string& name, const PairErrors& pair) {
    fmt::print("  {:<9} {:>7} {:>12} {:>11} {:>8} {:>9}\n", name, pair.errors(), pair.wrong_label, pair.unresolved,
               pair.to_gain, pair.to_lose);
}

void print_errors(const LabelAudit& audit, const Dataset& data) {
    fmt::print("  {:<9} {:>7} {:>12} {:>11} {:>8} {:>9}\n", "classes", "errors", "wrong label", "unresolved", "to gain",
               "(to lose)");
    for (const PairErrors& pair : std::span(audit.pairs).first(std::min(kPairs, audit.pairs.size())))
        print_pair(fmt::format("{} and {}", data.class_names[pair.a], data.class_names[pair.b]), pair);
    print_pair("all", sum_of(audit.pairs));
    fmt::print(
        "wrong label: listed. Unresolved: not listed, and none of the {} networks reads the image as its label.\n"
        "To gain: not listed, and one of them does: the most that is left to gain. To lose, which is no error:\n"
        "read right, but not by all; where it is about as much as 'to gain', networks guess.\n",
        audit.networks.size());
    if (audit.networks.size() == 1)
        fmt::print("One network cannot tell what is unresolved from what is to gain; take --networks 3.\n");
}

void print_found(const LabelAudit& audit, const Dataset& data) {
    for (const AuditNetwork& network : audit.networks)
        fmt::print("{} with seed {}: {:.2f}% read right by networks that did not learn them\n", network.recipe,
                   network.seed, 100 * network.accuracy);
    const std::size_t listed = audit.labels.doubts.size();
    fmt::print("all together: {:.2f}%\n", 100 * audit.accuracy);
    fmt::print("{} labels ({:.2f}%) are probably wrong: confidently another class, and at most {:g}% probable\n",
               listed, percent(listed, data.size()), 100 * audit.doubt);
    fmt::print("confident learning takes {:.2f}% of all labels for wrong, classes that look alike among them\n",
               100 * wrong_share(audit.labels));
}

/// How many of the planted labels are found by one --doubt.
struct PlantedRow {
    double doubt = 0;
    PlantedScore score;
};

std::vector<PlantedRow> score_doubts(std::span<const PlantedLabel> planted, const Readings& readings,
                                     const Dataset& data) {
    const auto classes = static_cast<std::size_t>(data.classes());
    std::vector<PlantedRow> rows;
    for (const double doubt : {0.01, 0.02, 0.05, 0.1, 0.2, 1.0})
        rows.push_back({.doubt = doubt,
                        .score = score_planted(
                            planted, learn_confidently(readings.together, data.labels, classes, doubt).doubts)});
    return rows;
}

void print_rows(std::span<const PlantedRow> rows) {
    fmt::print("  {:>7} {:>7} {:>7} {:>10} {:>7} {:>13}\n", "--doubt", "listed", "found", "precision", "recall",
               "named rightly");
    for (const auto& [doubt, score] : rows)
        fmt::print("  {:>7g} {:>7} {:>7} {:>9.1f}% {:>6.1f}% {:>13}\n", doubt, score.listed, score.found,
                   100 * score.precision(), 100 * score.recall(), score.named);
    fmt::print("Labels that were wrong before count against the precision.\n");
}

ordered_json rows_json(std::span<const PlantedRow> rows) {
    auto json = ordered_json::array();
    for (const auto& [doubt, score] : rows)
        json.push_back({{"doubt", doubt},
                        {"listed", score.listed},
                        {"found", score.found},
                        {"named", score.named},
                        {"precision", score.precision()},
                        {"recall", score.recall()}});
    return json;
}

/// Makes labels wrong and says how many of them are found. Lists none: whoever trained without them would leave out
/// images whose labels are right.
void try_planted(const AuditOptions& options, const AuditPlan& plan, Dataset& data) {
    const std::vector<PlantedLabel> planted = plant_wrong_labels(data, options.plant, plan.seed);
    if (!options.run.quiet)
        fmt::print("made wrong: {} labels ({:.2f}%)\n", planted.size(), percent(planted.size(), data.size()));
    std::fflush(stdout);
    const Readings readings = read_all(options, plan, data, deal_all(options, plan, data));
    const std::vector<PlantedRow> rows = score_doubts(planted, readings, data);
    if (!options.run.json.empty()) {
        const ordered_json json = {{"split", data.split},
                                   {"images", data.size()},
                                   {"seed", plan.seed},
                                   {"planted", planted.size()},
                                   {"found", rows_json(rows)}};
        options.run.write_json(json.dump(2) + "\n");
    }
    if (!options.run.quiet) print_rows(rows);
}

LabelAudit audit(const AuditOptions& options, const AuditPlan& plan, const Dataset& data, const Folds& folds,
                 const KeptReadings& kept) {
    LabelAudit found = audit_labels(read_all(options, plan, data, folds, &kept), data, options.doubt);
    found.folds = options.folds;
    found.seed = plan.seed;
    for (std::size_t i = 0; i < found.networks.size(); ++i) {
        found.networks[i].recipe = plan.recipes[i].name;
        found.networks[i].seed = plan.recipes[i].training.seed;
    }
    return found;
}

void run_audit(const AuditOptions& options) {
    catch_interrupts();
    options.run.apply();
    for (const std::string& source : options.sources)
        check_outputs({{"--json", options.run.json}}, files_of_network(source));
    AuditPlan plan = make_plan(options);
    Dataset data = load_dataset(plan.data_folder, plan.split, Part::kTrain, plan.stored);
    print_assumptions(data, options.run);
    require_classes(data);
    const Folds folds = deal_all(options, plan, data);
    prepare(plan.recipes, data, folds);
    if (!options.run.quiet) print_plan(options, plan, data);
    if (options.plant > 0) return try_planted(options, plan, data);
    const FolderLock claim(plan.out);
    const KeptReadings kept(plan.out / "readings", data);
    if (!options.run.quiet && kept.count() > 0) fmt::print("goes on: {} readings are kept from before\n", kept.count());
    const LabelAudit found = audit(options, plan, data, folds, kept);
    const std::vector<fs::path> written = save_audit(plan.out, found, data);
    kept.clear();
    if (!options.run.json.empty()) options.run.write_json(read_text(written.back()));
    if (options.run.quiet) return;
    print_found(found, data);
    fmt::print("\n");
    print_errors(found, data);
    fmt::print("\n");
    for (const fs::path& path : written) fmt::print("written: {}\n", path.string());
    if (!found.labels.doubts.empty())
        fmt::print("look at the pictures, delete lines that are right, and train with --exclude {}\n",
                   written.front().string());
}

}  // namespace

void add_audit_command(const Command& program) {
    auto options = std::make_shared<AuditOptions>();
    const Command command =
        program.command("audit", "Lists labels that are probably wrong, and what is left to gain beside them");
    command.texts("sources", options->sources, "RUN|STUDY|RECIPE",
                  "Whose recipes to train by: folders of runs, of a study (the best of each family), or recipes");
    command.require("sources");
    options->data.add_to(command);
    command.describe("--data", "Folder or file with data [the first run's, else $INKLING_DATA, else the cache]");
    command.describe("--split", "Split whose training part is audited [the first run's, else balanced]");
    command.integer("--folds", options->folds, 2, 100,
                    "Parts of the images; each is read by networks that learned the others");
    command.integer("--networks", options->networks, 1, 100, "Networks for each recipe and fold, of different seeds");
    command.text("--epochs", options->epochs, "N", "Passes over the images, as --set training.epochs=N");
    command.texts("--set", options->overrides, "SECTION.KEY=VALUE",
                  "Replaces a value of every recipe, as in training.epochs=3; repeatable");
    command.seed("--seed", options->seed, 52, "Seed of folds, networks and planted labels [0]");
    command.number("--doubt", options->doubt, 0, 1, "SHARE",
                   "Lists no label that networks give more than this probability; 1: confident learning as published");
    command.number(
        "--plant", options->plant, 0, 0.5, "SHARE",
        "Makes so many labels wrong first, says how many of them are found by which --doubt, and writes no list");
    command.text("--out", options->out, "DIR", "Folder for the list [RUN/audit, audits/<recipe>-<split>]");
    command.exclude("--plant", "--out");
    command.exclude("--plant", "--doubt");
    options->run.add_to(command);
    command.footer(
        "Every image of the training part is read by networks that did not learn it. Writes labels.csv, the labels "
        "that\n"
        "are probably wrong by confident learning, the worst first; labels.png, how these look; and audit.json. Says "
        "for\n"
        "pairs of classes how many errors are wrong labels, are unresolved by any network, or are left to gain.\n"
        "One that is stopped goes on with the same command.\n\n"
        "Examples:\n"
        "  inkling audit runs/cnn-0\n"
        "  inkling audit cnn-minute --split balanced --folds 3 --networks 2\n"
        "  inkling audit cnn-minute --plant 0.03\n"
        "  inkling train cnn --exclude runs/cnn-0/audit/labels.csv --holdout --out runs/cleaned");
    command.action([options] { run_audit(*options); });
}

}  // namespace inkling::cli
