#include "cli/study_plan.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdio>

#include "cli/recipes.h"
#include "cluster/group.h"
#include "core/cache_folder.h"
#include "core/config.h"
#include "core/duration.h"
#include "core/error.h"
#include "core/files.h"
#include "core/interrupt.h"
#include "core/threads.h"
#include "data/synthetic.h"
#include "fetch/fetch.h"
#include "formats/find_data.h"
#include "study/folder_job_store.h"
#include "study/image_cost.h"
#include "study/job_trainer.h"
#include "study/machine_pace.h"
#include "study/results.h"
#include "study/study_database.h"
#include "study/time_budget.h"
#include "train/run_folder.h"

namespace inkling::cli {
namespace {

namespace fs = std::filesystem;

void keep_family(StudyRecipe& study, const std::string& name) {
    std::vector<std::string> names;
    for (const StudyFamily& family : study.families) names.push_back(family.name);
    std::erase_if(study.families, [&](const StudyFamily& family) { return family.name != name; });
    if (study.families.empty()) throw wrong_usage("--family {}: the recipe has {}", name, fmt::join(names, ", "));
}

/// The recipe with what the command line says otherwise.
StudyRecipe with_options(StudyRecipe study, const StudyOptions& options) {
    if (options.seed) study.seed = static_cast<std::uint64_t>(*options.seed);
    const std::vector<std::string> strategies = strategy_names();
    const auto strategy = std::find(strategies.begin(), strategies.end(), options.strategy);
    if (strategy != strategies.end()) study.strategy = static_cast<StrategyKind>(strategy - strategies.begin());
    const std::vector<std::string> preferences = preference_names();
    const auto prefer = std::find(preferences.begin(), preferences.end(), options.prefer);
    if (prefer != preferences.end()) study.prefer = static_cast<Preference>(prefer - preferences.begin());
    if (options.no_racing) study.racing = false;
    if (!options.family.empty()) keep_family(study, options.family);
    // A grid that is too large is found now.
    for (const StudyFamily& family : study.families)
        if (round_count(study, family) > 0) make_round(study, family, 0, baseline_candidate(family));
    return study;
}

/// By the order of find_data().
FoundData find_data_for(const StudyOptions& options) {
    DataRequest request{.folder = options.data.named_folder(), .split = options.data.split, .cache = {}, .fetch = {}};
    if (options.data.folder.empty() && options.data.split == kSyntheticSplit) request.folder.clear();
    try {
        request.cache = cache_folder();
    } catch (const Error&) {
        // Without a home there is no cache; a folder may be named all the same.
        return find_data(request);
    }
    if (!options.offline)
        request.fetch = [&](const std::string& split) {
            fetch_and_tell(
                {.split = split, .folder = request.cache, .urls = {}, .quiet = options.run.quiet, .http = {}});
        };
    return find_data(request);
}

/// How a study that has begun reads its images. What else is wrong with its file, begin() says.
std::optional<Orientation> begun_orientation(const StudyFolder& folder) {
    if (!folder.is_study()) return {};
    try {
        Database database = open_study_database(folder.store(), Database::Mode::kRead);
        return read_study_record(database).stored;
    } catch (const Error&) {
        return {};
    }
}

/// The recipe that a study with a time was asked for.
StudyRecipe asked_recipe(const StudyFolder& folder, const std::string& asked) {
    Config config = Config::parse(asked, folder.store().string());
    return kept_recipe(folder, asked, config.table("budgets").keys().at(0));
}

/// Likewise, with what the command line says otherwise.
std::string asked_again(const StudyPlan& plan, const StudyRecord& record, const StudyOptions& options) {
    StudyRecipe asked = with_options(asked_recipe(plan.folder, record.asked), options);
    if (options.budget_given) asked.budget = options.budget;
    if (const auto seconds = study_seconds(options.time)) asked.time = *seconds;
    return to_toml(asked);
}

/// The recipe that begins a study; with a time, of each budget that it may come to.
void plan_recipe(StudyPlan& plan, const StudyOptions& options) {
    const fs::path file = find_recipe(options.recipe, RecipeKind::kStudy);
    const bool any_budget = !options.time.empty() && !options.budget_given;
    plan.budgets = any_budget ? read_study_recipes(file) : std::vector{read_study_recipe(file, options.budget)};
    for (StudyRecipe& recipe : plan.budgets) {
        recipe = with_options(std::move(recipe), options);
        if (const auto seconds = study_seconds(options.time)) recipe.time = *seconds;
    }
    plan.recipe = plan.budgets.front();
    if (plan.recipe.time > 0) plan.asked = to_toml(plan.recipe);
}

/// Whether a study has begun that is shared through the folder, which this program can go on with.
bool has_begun_in(const fs::path& shared) {
    fs::path above = fs::absolute(shared).lexically_normal();
    if (!above.has_filename()) above = above.parent_path();
    above = above.parent_path();
    if (!fs::is_directory(above))
        throw bad_data("--worker {}: the folder above it is not there; mount what is shared, or name another folder",
                       shared.string());
    const std::optional<StudyBegun> begun = read_shared_study(shared);
    if (begun && begun->origin.environment.inkling != INKLING_VERSION)
        throw wrong_usage("{}: this study was begun by version {}, this is {}; take the same one on all machines",
                          shared.string(), begun->origin.environment.inkling, INKLING_VERSION);
    return begun.has_value();
}

/// Each machine opens the database in its own folder.
void check_apart(const StudyPlan& plan) {
    std::error_code ignored;
    if (!plan.shared.empty() && fs::equivalent(plan.folder.path, plan.shared, ignored))
        throw wrong_usage("--worker {}: is this worker's own folder too; name another one with --out",
                          plan.shared.string());
}

/// In the folder's name: what the study spends.
std::string short_name(const StudyPlan& plan, const StudyOptions& options) {
    return options.time.empty() ? plan.recipe.budget : duration_text(plan.recipe.time);
}

/// The rounds that a study with a time had no time for.
std::vector<std::string> skipped_rounds(const StudyPlan& plan, const StudyRecipe& made) {
    const StudyRecipe asked = asked_recipe(plan.folder, plan.asked);
    std::vector<std::string> skipped;
    for (std::size_t i = 0; i < made.families.size(); ++i) {
        StudyFamily whole = made.families[i];
        whole.rounds = asked.families[i].rounds;
        const std::size_t first = round_count(made, made.families[i]);
        const std::size_t all = round_count(made, whole);
        if (made.strategy == StrategyKind::kSequential)
            for (std::size_t round = first; round < all; ++round)
                skipped.push_back(fmt::format("{} of {}", whole.techniques[round].name, whole.name));
        else if (first < all)
            skipped.push_back(fmt::format("{} of {} batches of {}", all - first, all, whole.name));
    }
    return skipped;
}

/// A study that has begun.
void plan_to_go_on(StudyPlan& plan, const StudyOptions& options) {
    const StudyResults results = read_results(plan.folder);
    const StudyRecord& record = results.record;
    const fs::path& begun_with = results.origin.data;
    plan.recipe = with_options(kept_recipe(plan.folder, record.recipe, record.budget), options);
    if (options.budget_given) plan.recipe.budget = options.budget;
    if (!record.asked.empty()) plan.asked = asked_again(plan, record, options);
    if (record.asked.empty() && !options.time.empty())
        throw wrong_usage("{}: this study was begun without a time; leave out --time, or begin one with --out",
                          plan.folder.path.string());
    if (!options.split_given) plan.split = record.split;
    if (!plan.shared.empty() && options.data.folder.empty() && !begun_with.empty() && !fs::exists(begun_with)) {
        StudyOptions here = options;
        here.data.split = plan.split;
        plan.data_folder = find_data_for(here).folder;
    } else {
        plan.data_folder = DataOptions{options.data.folder, plan.split}.folder_or(begun_with, record.split);
    }
    if (!options.threads_given) plan.threads = record.threads;
}

/// A study that may begin.
void plan_anew(StudyPlan& plan, const StudyOptions& options) {
    plan_recipe(plan, options);
    const FoundData found = find_data_for(options);
    plan.data_folder = found.folder;
    plan.split = found.split;
    plan.why_synthetic = found.why_synthetic;
    plan.folder.path = options.out;
    if (options.out.empty())
        plan.folder.path =
            fs::path("studies") / fmt::format("{}-{}-{}{}", plan.recipe.name, plan.split, short_name(plan, options),
                                              plan.shared.empty() ? "" : "-" + host_name());
    if (fs::exists(RunFolder{plan.folder.path}.record()))
        throw wrong_usage("--out {}: a run has this folder; choose another one", plan.folder.path.string());
}

}  // namespace

StudyRecipe kept_recipe(const StudyFolder& folder, const std::string& recipe, const std::string& budget) {
    return parse_study_recipe(recipe, folder.store().string(), folder.path, budget);
}

StudyPlan make_plan(const StudyOptions& options) {
    StudyPlan plan{.folder = {options.recipe}, .recipe = {}, .data_folder = {}, .split = options.data.split};
    plan.threads = options.training_threads;
    plan.shared = options.worker;
    const bool shared = !plan.shared.empty() && has_begun_in(plan.shared);
    const auto join = [&] {
        check_apart(plan);
        if (!shared) return;
        make_folder(plan.folder.path);
        FolderJobStore(plan.folder, plan.shared);
    };
    const bool names_folder = options.recipe_given && fs::is_directory(options.recipe);
    if (names_folder && !options.out.empty())
        throw wrong_usage("{}: a study goes on in its folder; --out is for one that a recipe begins", options.recipe);
    if (names_folder || (shared && !options.recipe_given)) {
        if (!names_folder)
            plan.folder.path =
                options.out.empty() ? fs::path("studies") / ("shared-" + host_name()) : fs::path(options.out);
        join();
        plan_to_go_on(plan, options);
    } else {
        plan_anew(plan, options);
        join();
    }
    plan.stored = options.data.stored() ? options.data.stored() : begun_orientation(plan.folder);
    plan.workers = training_count({thread_count()}, plan.threads);
    return plan;
}

int training_count(const std::vector<int>& threads_of_each, int threads_of_training) {
    int count = 0;
    for (const int threads : threads_of_each) count += std::max(threads / threads_of_training, 1);
    return count;
}

void size_to_time(StudyPlan& plan, const Dataset& data, std::chrono::steady_clock::time_point begun_at, bool quiet) {
    const double time = plan.recipe.time;
    const auto images = static_cast<std::int64_t>(data.size());
    const PaceOptions options{.workers = training_count({thread_count()}, plan.threads),
                              .threads = plan.threads,
                              .automatic = automatic_precision(),
                              .seconds = std::clamp(time / 400, 0.3, 2.0),
                              .stop = interrupted};
    if (!quiet) fmt::print("time {}: measuring this machine\n", duration_text(time));
    std::fflush(stdout);
    MachinePace pace = measure_pace(plan.budgets.front(), data, options);
    pace.workers = plan.workers;  // others' machines are taken to be like this one
    const double left = time - std::chrono::duration<double>(std::chrono::steady_clock::now() - begun_at).count();
    const StudyRecipe about = size_study(plan.budgets, pace, images, data.classes(), left);
    plan.seconds = left - seconds_after(about, pace, images);
    plan.recipe = size_study(plan.budgets, pace, images, data.classes(), plan.seconds);
    if (quiet) return;
    std::vector<std::string> rates;
    for (std::size_t i = 0; i < plan.recipe.families.size(); ++i) {
        const StudyFamily& family = plan.recipe.families[i];
        const double cost = image_cost(make_recipe(family, baseline_candidate(family), family.epochs, 0));
        rates.push_back(fmt::format("{} {:.0f}", family.name, 1 / (pace.seconds_per_cost[i] * cost)));
    }
    fmt::print("  it trains {} images a second in each of {} trainings side by side\n", fmt::join(rates, ", "),
               pace.workers);
    const double expected = expected_seconds(plan.recipe, pace, images);
    fmt::print(
        "  the options are those of budget {}; all rounds are expected in {}, the rest is for what comes on top\n",
        plan.recipe.budget, duration_text(expected));
    if (expected > 1.1 * plan.seconds)
        fmt::print("  note: that is the smallest study of these images here; it takes longer than asked\n");
    if (kReserve * expected < 0.9 * plan.seconds)
        fmt::print("  note: that is the largest study of these options; it ends before its time\n");
}

void print_decisions(const StudyPlan& plan, const StudyRecipe& made) {
    const std::vector<std::string> skipped = skipped_rounds(plan, made);
    const std::string confirmed =
        made.confirm > 0 ? fmt::format("at most {} configurations confirmed", made.confirm) : "nothing confirmed";
    fmt::print("the study's time came to {} and {} seeds at the end{}{}\n", confirmed, made.final_seeds,
               skipped.empty() ? "" : ", without ", fmt::join(skipped, ", "));
}

}  // namespace inkling::cli
