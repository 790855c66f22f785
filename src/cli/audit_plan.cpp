#include "cli/audit_plan.h"

#include "cli/recipes.h"
#include "core/error.h"
#include "study/results.h"
#include "train/run_folder.h"

namespace inkling::cli {
namespace {

namespace fs = std::filesystem;

/// Data that a run or a study learned from.
struct KnownData {
    fs::path folder;
    std::string split;
    std::optional<Orientation> stored;
};

/// What one argument stands for.
struct AuditSource {
    std::vector<Recipe> recipes;
    std::optional<KnownData> data;
};

AuditSource read_run(const fs::path& path, const std::vector<std::string>& overrides) {
    const RunRecord record = read_record({path});
    return {.recipes = {read_recipe(RunFolder{path}.recipe(), overrides)},
            .data = KnownData{.folder = record.data, .split = record.split, .stored = record.stored}};
}

AuditSource read_study(const fs::path& path, const std::vector<std::string>& overrides) {
    const StudyResults results = read_results({path});
    AuditSource source{
        .recipes = {},
        .data =
            KnownData{.folder = results.origin.data, .split = results.record.split, .stored = results.record.stored}};
    for (const FamilyResults& family : results.families) {
        if (family.best_runs.empty()) continue;
        source.recipes.push_back(parse_recipe(family.best_runs.front().job.recipe, path.string(), overrides));
    }
    if (source.recipes.empty())
        throw bad_data("{}: this study has not tested its best networks yet; go on with 'inkling study {}'",
                       path.string(), path.string());
    return source;
}

AuditSource read_source(const std::string& name, const std::vector<std::string>& overrides) {
    if (StudyFolder{name}.is_study()) return read_study(name, overrides);
    std::error_code missing;
    if (fs::is_directory(name, missing)) return read_run(name, overrides);
    return {.recipes = {read_recipe(find_recipe(name), overrides)}, .data = {}};
}

void set_data(AuditPlan& plan, const AuditOptions& options, const std::optional<KnownData>& known) {
    DataOptions data = options.data;
    if (known) {
        plan.split = data.split.empty() ? known->split : data.split;
        plan.data_folder = data.folder_or(known->folder, known->split);
        plan.stored = data.stored_or(known->stored, known->split);
        return;
    }
    data.split = data.chosen_split();
    plan.split = data.split;
    plan.data_folder = data.resolved_folder();
    plan.stored = data.stored();
}

fs::path output_folder(const AuditOptions& options, const AuditPlan& plan) {
    if (!options.out.empty()) return options.out;
    const fs::path first = options.sources.front();
    std::error_code missing;
    if (fs::is_directory(first, missing)) return first / "audit";
    return fs::path("audits") / fmt::format("{}-{}", plan.recipes.front().name, plan.split);
}

}  // namespace

AuditPlan make_plan(const AuditOptions& options) {
    std::vector<std::string> overrides = options.overrides;
    if (options.epochs) overrides.push_back("training.epochs=" + *options.epochs);
    AuditPlan plan;
    plan.seed = static_cast<std::uint64_t>(options.seed.value_or(0));
    std::optional<KnownData> known;
    std::vector<Recipe> recipes;
    for (const std::string& name : options.sources) {
        const AuditSource source = read_source(name, overrides);
        recipes.insert(recipes.end(), source.recipes.begin(), source.recipes.end());
        if (!known) known = source.data;
    }
    for (Recipe& recipe : recipes)
        for (int network = 0; network < options.networks; ++network) {
            recipe.training.seed = plan.seed + static_cast<std::uint64_t>(network);
            plan.recipes.push_back(recipe);
        }
    set_data(plan, options, known);
    plan.out = output_folder(options, plan);
    return plan;
}

}  // namespace inkling::cli
