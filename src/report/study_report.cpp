#include "report/study_report.h"

#include <algorithm>
#include <cctype>
#include <nlohmann/json.hpp>
#include <optional>

#include "core/error.h"
#include "core/path_text.h"
#include "data/synthetic.h"
#include "report/confirmation_figures.h"
#include "report/data_figures.h"
#include "report/finals_figures.h"
#include "report/importance_figures.h"
#include "report/model_figures.h"
#include "report/pad_figures.h"
#include "report/pair_figures.h"
#include "report/path_figures.h"
#include "report/trade_off_figures.h"
#include "report/unread_figures.h"
#include "study/results.h"
#include "study/strategy.h"

namespace inkling {
namespace {

using nlohmann::ordered_json;

/// The tested networks of a configuration, by seed.
struct JudgedConfiguration {
    std::string name;  // "best MLP"
    std::vector<JudgedRun> runs;
    std::size_t median = 0;  // of the runs

    bool empty() const { return runs.empty(); }
    /// The network that stands for the configuration where one is looked at closely.
    const JudgedRun& stand_in() const { return runs[median]; }
};

struct JudgedFamily {
    JudgedConfiguration baseline;
    JudgedConfiguration best;
};

void check_done(const StudyFolder& folder, const StudyResults& results) {
    for (const FamilyResults& family : results.families)
        if (!family.failed_runs.empty() && family.baseline_runs.empty() && family.best_runs.empty())
            throw failed("{}: all final trainings of {} failed, the first because {}", folder.path.string(),
                         family.family.name, family.failed_runs.front().reason);
    const bool waiting = results.counts.pending + results.counts.running > 0;
    const bool done = std::all_of(results.families.begin(), results.families.end(), [](const FamilyResults& family) {
        return family.path.decided && !(family.baseline_runs.empty() && family.best_runs.empty());
    });
    if (waiting || !done)
        throw bad_data("{}: this study is not done; go on with 'inkling study {}'", folder.path.string(),
                       folder.path.string());
}

/// Short names are abbreviations: "MLP".
std::string family_title(std::string name) {
    if (name.size() <= 4)
        std::transform(name.begin(), name.end(), name.begin(),
                       [](unsigned char letter) { return static_cast<char>(std::toupper(letter)); });
    return name;
}

JudgedConfiguration judge_runs(const StudyFolder& folder, const std::vector<StoredJob>& jobs, const ReportData& data,
                               const ReportOptions& options) {
    JudgedConfiguration judged;
    std::vector<double> accuracies;
    for (const StoredJob& stored : jobs) {
        const Job& job = stored.job;
        judged.name = fmt::format("{} {}", role_name(job.role), family_title(job.family));
        const std::string label = fmt::format("{}, seed {}", judged.name, job.seed);
        judged.runs.push_back(judge_run(folder.run(job.family, job.role, job.index), label, data, options));
        accuracies.push_back(judged.runs.back().evaluation.metrics.accuracy);
    }
    if (judged.empty()) return judged;
    judged.median = median_run(accuracies);
    judged.runs[judged.median].label = judged.name;
    return judged;
}

/// What two configurations differ by, and McNemar's test of their median networks.
void compare(ordered_json& json, const JudgedConfiguration& a, const JudgedConfiguration& b, const ReportData& data) {
    json["differences"].push_back(difference_figures(a.name, a.runs, b.name, b.runs, data));
    json["pairs"].push_back(pair_figures(a.stand_in(), b.stand_in(), data));
}

ordered_json recipe_figures(const StudyResults& results) {
    const StudyRecipe& recipe = results.recipe;
    return {{"name", recipe.name},
            {"budget", recipe.budget},
            {"strategy", strategy_name(recipe.strategy)},
            {"seed", recipe.seed},
            {"data_fraction", recipe.data_fraction},
            {"folds", recipe.folds},
            {"folds_by", folds_by_name(recipe.folds_by)},
            {"final_seeds", recipe.final_seeds},
            {"racing", recipe.racing},
            {"fresh_folds", recipe.fresh_folds},
            {"confirm", recipe.confirm},
            {"confirm_seeds", recipe.confirm_seeds},
            {"confirm_fraction", recipe.confirm_fraction},
            {"choose", choose_rule_name(recipe.choose)},
            {"margin", recipe.margin},
            {"prefer", preference_name(recipe.prefer)},
            {"prefer_margin", recipe.prefer_margin},
            {"recipe", results.record.asked.empty() ? results.record.recipe : to_toml(recipe)},
            {"begun", results.origin.begun},
            {"threads", results.record.threads},
            {"trainings", results.counts.finished + results.counts.failed},
            {"failed_trainings", results.counts.failed},
            {"training_seconds", results.training_seconds},
            {"families", ordered_json::array()}};
}

/// Whether held-out images weigh in cross-validation as the baseline's prior says.
bool weighs_classes(const StudyFamily& family) {
    const Recipe baseline = make_recipe(family, baseline_candidate(family), family.epochs, 0);
    return baseline.training.prior.kind != PriorKind::kAsIs;
}

ordered_json family_figures(const StudyResults& results, const FamilyResults& family, const JudgedFamily& judged,
                            const ReportOptions& options) {
    std::function<void(std::size_t, std::size_t)> on_importance;
    if (options.on_importance)
        on_importance = [&](std::size_t done, std::size_t forests) {
            options.on_importance(family.family.name, done, forests);
        };
    ordered_json json = {{"name", family.family.name},
                         {"title", family_title(family.family.name)},
                         {"epochs", family.family.epochs},
                         {"final_epochs", family.family.final_epochs},
                         {"weighs_classes", weighs_classes(family.family)},
                         {"overrides", family.path.chosen().overrides},
                         {"fresh", fresh_figures(family.path)},
                         {"confirmation", confirmation_figures(family)},
                         {"baseline", finals_figures(judged.baseline.runs)},
                         {"best", finals_figures(judged.best.runs)}};
    json["importance"] = importance_figures(results.recipe, family, on_importance);
    json.update(path_figures(family.path, results.fold_ratio));
    return json;
}

ordered_json close_look(const JudgedRun& run, const StudyFamily& family, const std::string& role,
                        std::span<const EpochRecord> curve, const ReportData& data) {
    ordered_json json = model_figures(run, data);
    json["family"] = family.name;
    json["role"] = role;
    json["curve"] = history_figures(curve);
    return json;
}

std::vector<const JudgedRun*> all_runs(std::span<const JudgedFamily> judged) {
    std::vector<const JudgedRun*> runs;
    for (const JudgedFamily& family : judged)
        for (const JudgedConfiguration* configuration : {&family.baseline, &family.best})
            for (const JudgedRun& run : configuration->runs) runs.push_back(&run);
    return runs;
}

}  // namespace

ordered_json report_unfinished(const StudyResults& results, const LiveStudy& live) {
    ordered_json json = {
        {"format", "inkling report 1"},
        {"kind", "study"},
        {"unfinished",
         {{"running", live.running},
          {"updated", live.updated},
          {"trainings", results.counts.finished + results.counts.failed},
          {"share", live.share ? ordered_json(*live.share) : ordered_json(nullptr)},
          {"seconds_left", live.seconds_left ? ordered_json(*live.seconds_left) : ordered_json(nullptr)},
          {"folder", path_text(live.folder)},
          {"families", ordered_json::array()}}},
        {"study", recipe_figures(results)},
        {"data", {{"split", results.record.split}}},
        {"models", ordered_json::array()},
        {"differences", ordered_json::array()},
        {"pairs", ordered_json::array()}};
    if (results.record.split == kSyntheticSplit) json["data"]["note"] = kSyntheticNote;
    json["study"]["trade_off"] = trade_off_figures(results);
    for (const FamilyResults& family : results.families) {
        json["study"]["families"].push_back(family_figures(results, family, {}, {}));
        const std::vector<RoundPath>& rounds = family.path.rounds;
        const auto decided = std::count_if(rounds.begin(), rounds.end(), [](const RoundPath& r) { return r.decided; });
        const bool explores = !rounds.empty() && !rounds.back().decided;
        json["unfinished"]["families"].push_back(
            {{"title", family_title(family.family.name)},
             {"decided", decided},
             {"rounds", round_count(results.recipe, family.family)},
             {"exploring", explores ? ordered_json(rounds.back().name) : ordered_json(nullptr)}});
    }
    return json;
}

ordered_json report_study(const StudyFolder& folder, const ReportOptions& options) {
    const StudyResults results = read_results(folder);
    check_done(folder, results);
    const ReportData data = load_report_data(results.origin.data, results.record.split, results.record.stored, options);
    std::vector<JudgedFamily> judged;
    for (const FamilyResults& family : results.families)
        judged.push_back({.baseline = judge_runs(folder, family.baseline_runs, data, options),
                          .best = judge_runs(folder, family.best_runs, data, options)});

    ordered_json json = {{"format", "inkling report 1"},     {"kind", "study"},
                         {"study", recipe_figures(results)}, {"data", data_figures(data)},
                         {"models", ordered_json::array()},  {"differences", ordered_json::array()},
                         {"pairs", ordered_json::array()}};
    json["study"]["trade_off"] = trade_off_figures(results);
    std::vector<const JudgedConfiguration*> best;
    for (std::size_t i = 0; i < judged.size(); ++i) {
        const FamilyResults& family = results.families[i];
        json["study"]["families"].push_back(family_figures(results, family, judged[i], options));
        if (!judged[i].baseline.empty())
            json["models"].push_back(
                close_look(judged[i].baseline.stand_in(), family.family, "baseline", family.baseline_curve, data));
        if (judged[i].best.empty()) continue;
        json["models"].push_back(close_look(judged[i].best.stand_in(), family.family, "best", family.best_curve, data));
        best.push_back(&judged[i].best);
        if (!judged[i].baseline.empty()) compare(json, judged[i].best, judged[i].baseline, data);
    }
    json["unread"] = unread_figures(all_runs(judged), data);
    std::vector<const JudgedRun*> written_for;
    written_for.reserve(best.size());
    for (const JudgedConfiguration* each : best) written_for.push_back(&each->stand_in());
    json["pad"] = pad_figures(written_for, data);
    for (std::size_t a = 0; a < best.size(); ++a)
        for (std::size_t b = a + 1; b < best.size(); ++b) compare(json, *best[a], *best[b], data);
    return json;
}

}  // namespace inkling
