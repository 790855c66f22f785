#include "study/study.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <iterator>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "cli/commands.h"
#include "cli/group_command.h"
#include "cli/live_page.h"
#include "cli/report.h"
#include "cli/shared_plan.h"
#include "cli/study_display.h"
#include "cli/study_plan.h"
#include "cli/study_tables.h"
#include "core/error.h"
#include "core/files.h"
#include "core/folder_lock.h"
#include "core/interrupt.h"
#include "core/scratch_folder.h"
#include "core/threads.h"
#include "data/synthetic.h"
#include "formats/load_dataset.h"
#include "study/family_recipes.h"
#include "study/finals.h"
#include "study/folder_job_store.h"
#include "study/group_study.h"
#include "study/job_trainer.h"
#include "study/machine_dataset.h"
#include "study/results.h"
#include "study/sqlite_job_store.h"
#include "study/strategy.h"
#include "study/study_database.h"
#include "study/time_budget.h"
#include "train/training_checks.h"

namespace inkling::cli {
namespace {

namespace fs = std::filesystem;

/// --status, --list, --export.
void show(const StudyOptions& options) {
    StudyOptions looking = options;
    looking.offline = true;
    const StudyResults results = read_results(make_plan(looking).folder);
    if (options.status) fmt::print("{}", study_status(results));
    if (options.list) fmt::print("{}", study_list(results));
    if (options.format == "csv") fmt::print("{}", study_csv(results));
    if (options.format == "json") fmt::print("{}", study_json(results));
}

std::string now_text() { return fmt::format("{:%Y-%m-%d %H:%M:%S}", fmt::gmtime(std::time(nullptr))); }

void print_synthetic(const StudyPlan& plan) {
    if (plan.split == kSyntheticSplit)
        fmt::print("synthetic images: {}{}\n", kSyntheticNote,
                   plan.why_synthetic.empty() ? "" : ", because there is none here");
    if (!plan.why_synthetic.empty()) fmt::print("  {}\n", plan.why_synthetic);
}

void print_sharing(const StudyPlan& plan) {
    if (plan.shared.empty()) return;
    FolderJobStore store(plan.folder, plan.shared);
    const JobCounts counts = store.counts();
    fmt::print(
        "shared through {}: {} entries in journal/, finished runs in runs/, signs of life in workers/; {} trainings "
        "finished, {} running\n",
        plan.shared.string(), store.entries(), counts.finished, counts.running);
}

void print_plan(const StudyPlan& plan, const Dataset& data, int processes) {
    const StudyRecipe& study = plan.recipe;
    fmt::print("{}: budget {}, strategy {}, {} folds over {:.0f}% of {} training images of split {}, seed {}\n",
               study.name, study.budget, strategy_name(study.strategy), study.folds, 100 * study.data_fraction,
               data.size(), data.split, study.seed);
    for (const StudyFamily& family : study.families)
        fmt::print("  {}: {} techniques, {} epochs a fold; at the end {} epochs on all images with {} seeds\n",
                   family.name, family.techniques.size(), family.epochs, family.final_epochs, study.final_seeds);
    fmt::print("{} trainings at a time{}, threads of each: {}; folder {}\n", plan.workers,
               processes > 1 ? fmt::format(" by {} processes", processes) : "", plan.threads,
               plan.folder.path.string());
    print_sharing(plan);
    std::fflush(stdout);
}

/// What cannot be had is refused before anything is written: folds, and baselines trained on them.
void check_study(const StudyRecipe& study, const Dataset& data) {
    const Folds folds = deal_folds(study, data);
    for (const StudyFamily& family : study.families)
        check_training(make_recipe(family, {}, family.epochs, study.seed), data, folds.holdout(0));
}

/// Whoever asked for nothing but errors must still not take the study for one of EMNIST.
void warn_of_synthetic(const StudyPlan& plan) {
    if (!plan.why_synthetic.empty())
        fmt::print(stderr, "inkling: warning: this study is of {}, because there is none here: {}\n", kSyntheticNote,
                   plan.why_synthetic);
}

/// Each training may be one of either machine.
void print_move(const Environment& before, const Environment& now) {
    const std::string difference = numeric_difference(before, now);
    if (!difference.empty())
        fmt::print("note: this study was begun with {}; results may differ in the last digits\n", difference);
    std::fflush(stdout);
}

void print_sparse_classes(const Dataset& data, const StudyRecipe& study) {
    const int folds = fold_count(study);
    const std::vector<int> sparse = sparse_classes(data, folds);
    if (sparse.empty()) return;
    std::vector<std::string> names;
    names.reserve(sparse.size());
    for (const int label : sparse) names.push_back(data.class_names[static_cast<std::size_t>(label)]);
    fmt::print("note: fewer than {} images, one for each fold{} to tune by, of {}: some judge without\n", folds,
               study.fresh_folds > 0 ? ", the fresh ones too, and one" : " and one", fmt::join(names, ", "));
    std::fflush(stdout);
}

Error stopped(const StudyPlan& plan) {
    return {ExitStatus::kInterrupted,
            fmt::format("stopped; all finished trainings are kept, go on with 'inkling study {}{}'",
                        plan.folder.path.string(), plan.shared.empty() ? "" : " --worker " + plan.shared.string())};
}

OpenJobStore stores_of(const Group& group, const StudyPlan& plan) {
    if (!plan.shared.empty()) return folder_job_stores(plan.folder, plan.shared);
    if (group.size() == 1) return sqlite_job_stores(plan.folder.store());
    return [path = plan.folder.store()] {
        auto store = std::make_unique<SqliteJobStore>(path, Database::Mode::kWrite);
        store->serve_many();
        return store;
    };
}

/// What a page about the study can say before anything is trained.
StudyResults begun_results(const StudyPlan& plan, const Dataset& data, const StudyOrigin& origin) {
    return {.recipe = plan.recipe,
            .record = {.recipe = to_toml(plan.recipe),
                       .budget = plan.recipe.budget,
                       .split = data.split,
                       .files = data.files,
                       .threads = plan.threads},
            .origin = origin,
            .counts = {},
            .fold_ratio = correlation_ratio(plan.recipe.folds),
            .families = {}};
}

void explore(Group& group, const StudyPlan& plan, bool quiet, bool watch, const Dataset& data,
             const MachineNeeds& needs, const StudyOrigin& origin) {
    std::optional<LivePage> page;
    if (watch) page.emplace(plan.folder, begun_results(plan, data, origin));
    StudyDisplay display(plan.recipe, plan.workers, quiet, page ? &*page : nullptr);
    const JobTrainer trainer(plan.folder, plan.recipe, data, needs, origin);
    try {
        run_study_together(group, stores_of(group, plan), plan.recipe, trainer, {.folder = plan.folder},
                           {.workers = training_count({thread_count()}, plan.threads),
                            .threads = plan.threads,
                            .seconds = plan.seconds,
                            .on_progress = [&](const StudyProgress& progress) { display.update(progress); },
                            .stop =
                                [&] {
                                    display.tick();
                                    return interrupted();
                                }});
    } catch (const Error& error) {
        display.clear();
        if (page) page->stop();
        if (error.status() == ExitStatus::kInterrupted) throw stopped(plan);
        throw;
    }
    display.clear();
}

/// What a rank but 0 does: it trains by rank 0's plan, and prints nothing.
void help_explore(Group& group) {
    const SharedPlan plan = share_plan(group, {});
    std::optional<ScratchFolder> own;
    if (!see_folder(group, plan.folder).here) own.emplace();
    const StudyRuns runs{.folder = own ? StudyFolder{own->path()} : plan.folder, .is_study = !own};
    differing_machines(group, plan.environment);
    const Dataset data = load_once_a_machine(
        group, [&] { return load_dataset(plan.data_folder, plan.split, Part::kTrain, plan.stored); });
    if (!std::ranges::equal(study_teachers(plan.recipe), plan.teachers, {}, &DataFile::sha256, &DataFile::sha256))
        throw bad_data("the networks that teach are not those of rank 0; give all machines the same files");
    if (!std::ranges::equal(data.files, plan.files, {}, &DataFile::sha256, &DataFile::sha256))
        throw bad_data("{}: split {} is not the one that rank 0 reads; give all machines the same files",
                       plan.data_folder.string(), plan.split);
    const JobTrainer trainer(runs.folder, plan.recipe, data, plan.needs,
                             {.data = recorded_folder(plan.data_folder),
                              .environment = this_environment(INKLING_VERSION),
                              .begun = now_text()});
    run_study_together(
        group, {}, plan.recipe, trainer, runs,
        {.workers = training_count({thread_count()}, plan.threads), .threads = plan.threads, .stop = interrupted});
}

/// Tells the other ranks what is to be done.
void share(Group& group, const StudyPlan& plan, const Dataset& data, const MachineNeeds& needs,
           const Environment& environment, bool quiet) {
    share_plan(group, {.folder = plan.folder,
                       .recipe = plan.recipe,
                       .data_folder = plan.data_folder,
                       .split = plan.split,
                       .stored = data.stored,
                       .files = data.files,
                       .teachers = study_teachers(plan.recipe),
                       .threads = plan.threads,
                       .needs = needs,
                       .environment = environment});
    const std::vector<std::string> blind = see_folder(group, plan.folder).blind;
    if (!blind.empty() && !quiet)
        fmt::print(
            "note: {} is not seen on {}; finished networks come from there by messages, and one that is stopped begins "
            "anew\n",
            plan.folder.path.string(), fmt::join(blind, ", "));
    for (const std::string& difference : differing_machines(group, environment))
        if (!quiet) fmt::print("note: the machines differ ({}); so may results in the last digits\n", difference);
}

/// Begins the study, or makes sure that it is the one that was begun and that this machine can go on with it. Returns
/// what its trainings need, and where it was begun.
std::pair<MachineNeeds, StudyOrigin> begin(StudyPlan& plan, const Dataset& data, const StudyOrigin& origin) {
    if (!plan.folder.is_study() && plan.folder.has_runs())
        throw wrong_usage(
            "{}: holds runs of a study whose study.sqlite is gone; choose another folder with --out, or remove them",
            plan.folder.path.string());
    std::vector<DataFile> files = data.files;
    std::ranges::move(study_teachers(plan.recipe), std::back_inserter(files));
    const StudyRecord record{.recipe = to_toml(plan.recipe),
                             .budget = plan.recipe.budget,
                             .split = data.split,
                             .files = std::move(files),
                             .threads = plan.threads,
                             .needs = needs_of(plan.recipe),
                             .stored = data.stored,
                             .asked = plan.asked,
                             .seconds = plan.seconds};
    if (!plan.shared.empty()) FolderJobStore(plan.folder, plan.shared).begin({.record = record, .origin = origin});
    Database database = open_study_database(plan.folder.store(), Database::Mode::kCreate);
    if (const auto shared = shared_folder_of(database); shared && plan.shared.empty())
        throw wrong_usage("{}: this study is shared; go on with --worker {}", plan.folder.path.string(),
                          shared->string());
    const StudyRecord begun = begin_study(database, record, origin);
    if (!plan.asked.empty()) {
        plan.recipe = kept_recipe(plan.folder, begun.recipe, begun.budget);
        plan.seconds = begun.seconds;
    }
    if (!fs::exists(plan.folder.recipe())) write_file(plan.folder.recipe(), begun.recipe);
    return {begun.needs, read_study_origin(database)};
}

void do_study(Group& group, const StudyOptions& options) {
    const auto begun_at = std::chrono::steady_clock::now();
    own_threads(group, options.run).apply();
    const std::vector<int> threads = gather_threads(group, thread_count());
    if (group.rank() != 0) return help_explore(group);
    if (group.size() > 1 && !options.worker.empty())
        throw wrong_usage("--worker {}: is for machines without MPI; leave it out, or start each worker by itself",
                          options.worker);
    StudyPlan plan = make_plan(options);
    plan.workers = training_count(threads, plan.threads);
    if (options.run.quiet) warn_of_synthetic(plan);
    if (!has_part(plan.data_folder, plan.split, Part::kTest))
        throw bad_data("{}: split {} has no test part, which a study ends with", plan.data_folder.string(), plan.split);
    Dataset data = load_dataset(plan.data_folder, plan.split, Part::kTrain, plan.stored);
    print_assumptions(data, options.run);
    require_classes(data);
    check_study(plan.recipe, data);
    const StudyOrigin origin{.data = recorded_folder(plan.data_folder),
                             .environment = this_environment(INKLING_VERSION),
                             .begun = now_text()};
    // What processes of another group hold cannot be known to be held.
    const FolderLock claim(plan.folder.path, group.size() > 1 ? FolderLock::Use::kAlone : FolderLock::Use::kShared);
    if (!options.run.quiet) print_synthetic(plan);
    if (!plan.asked.empty() && !plan.folder.is_study()) {
        size_to_time(plan, data, begun_at, options.run.quiet);
        check_study(plan.recipe, data);
    }
    const auto [needs, begun] = begin(plan, data, origin);
    if (group.size() > 1) SqliteJobStore(plan.folder.store(), Database::Mode::kWrite).free_claims();
    if (!options.run.quiet) print_plan(plan, data, group.size());
    if (!options.run.quiet) print_move(begun.environment, origin.environment);
    if (!options.run.quiet) print_sparse_classes(data, plan.recipe);
    print_bf16_note(needs.bfloat16, options.run);
    if (options.watch && !options.run.quiet)
        fmt::print("watch it in a browser: {}\n", (plan.folder.path / "report.html").string());
    std::fflush(stdout);
    if (group.size() > 1) {
        share(group, plan, data, needs, origin.environment, options.run.quiet);
        data = load_once_a_machine(group, [&] { return std::move(data); });
    }
    explore(group, plan, options.run.quiet, options.watch, data, needs, origin);
    if (!plan.shared.empty()) FolderJobStore(plan.folder, plan.shared).fetch_runs();
    test_finals(plan.folder, [&] { return load_dataset(plan.data_folder, plan.split, Part::kTest, data.stored); });
    const StudyResults results = read_results(plan.folder);
    if (!plan.asked.empty()) write_file(plan.folder.recipe(), to_toml(results.recipe));
    if (!options.run.quiet && !plan.asked.empty()) print_decisions(plan, results.recipe);
    if (!options.run.quiet) fmt::print("\n{}", tests_summary(results));
    write_report({.paths = {plan.folder.path},
                  .data = {.folder = plan.data_folder.string(),
                           .split = {},
                           .orientation = data.stored ? orientation_name(*data.stored) : ""},
                  .run = options.run,
                  .within_study = true});
    if (plan.split == kSyntheticSplit && !options.run.quiet)
        fmt::print("synthetic images: {}; nothing above says how well EMNIST is read\n", kSyntheticNote);
}

void run_study_command(const StudyOptions& options) {
    if (options.status || options.list || !options.format.empty()) return show(options);
    catch_interrupts();
    run_in_group([&](Group& group) { do_study(group, options); });
}

}  // namespace

void add_study_command(const Command& program) {
    auto options = std::make_shared<StudyOptions>();
    const Command command =
        program.command("study", "Finds the best network of each family, technique by technique, and reports how");
    command.text("recipe", options->recipe, "RECIPE",
                 "Study recipe: a TOML file, a name, or a study's folder to go on with");
    command.choice("--budget", options->budget, budget_names(), "How much to spend: 8 minutes, an hour, days");
    command.text("--time", options->time, "TIME",
                 "How long it is to take: 10m, 90s, 1h30m; the study's size is set to this machine [the budget's]");
    command.choice("--strategy", options->strategy, strategy_names(), "How to explore [the recipe's]");
    command.choice("--prefer", options->prefer, preference_names(),
                   "What is trained at the end: the most accurate, or the smallest or fastest about as good [the "
                   "recipe's]");
    command.text("--family", options->family, "NAME", "Studies this family alone, such as cnn [all of the recipe's]");
    command.flag("--no-racing", options->no_racing, "Scores every option on all folds, those that fell behind too");
    options->data.add_to(command);
    command.describe("--data", "Folder or file with data [$INKLING_DATA, else the cache, else fetched]");
    command.describe("--split", "Split to use [balanced, or the only one in the folder]");
    command.flag("--offline", options->offline, "Does not try to fetch EMNIST");
    command.text("--out", options->out, "DIR", "Folder for the study [studies/<recipe>-<split>-<budget>]");
    command.seed("--seed", options->seed, 52, "Seed of all random numbers");
    command.integer("--training-threads", options->training_threads, 1, 1024,
                    "Threads of each training; as many trainings run at a time as --threads has room for");
    command.text("--worker", options->worker, "FOLDER",
                 "Shares the work with all who name this folder, on machines that share no more than it");
    const Command look = command.group("look", "Looks at a study, one that runs too, and starts nothing");
    look.flag("--status", options->status, "Prints how far it has come");
    look.flag("--list", options->list, "Prints every option tried, with its score");
    look.choice("--export", options->format, {"csv", "json"},
                "Prints every option tried with all scores, as csv or json");
    command.flag("--watch", options->watch, "Keeps report.html up to date while the study runs, marked as unfinished");
    options->run.add_to(command);
    command.footer(
        "Without --data and --split, EMNIST Balanced is read from the cache or fetched into it; where it cannot be "
        "had, "
        "the\nstudy is of synthetic images, which Inkling makes itself, and says so.\n\n"
        "Begun again, it goes on where it was stopped, however that was; several processes on one folder share the "
        "work.\n"
        "On several machines, each with a folder of its own (--out), --worker names one that they share.\n"
        "The test images are looked at once, at the end.\n\n"
        "Examples:\n"
        "  inkling study --budget quick --data ~/emnist\n"
        "  inkling study --time 30m\n"
        "  inkling study studies/study-balanced-quick --status\n"
        "  inkling study --budget standard --watch\n"
        "  inkling study --prefer small --family cnn\n"
        "  inkling study recipes/study.toml --budget standard --out studies/mine\n"
        "  inkling study recipes/study.toml --budget full --out /tmp/study --worker /net/share/study");
    command.action([options, command] {
        if (command.given("--time") && !study_seconds(options->time))
            throw wrong_usage("--time is \"{}\", expected {}", options->time.substr(0, 64), kStudyTimes);
        options->recipe_given = command.given("recipe");
        options->budget_given = command.given("--budget");
        options->split_given = command.given("--split");
        options->threads_given = command.given("--training-threads");
        run_study_command(*options);
    });
}

}  // namespace inkling::cli
