#include "study/results.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "core/error.h"
#include "study/comparison.h"
#include "study/sqlite_job_store.h"
#include "study/statistics.h"
#include "study/study.h"
#include "study/study_database.h"
#include "study/time_budget.h"

namespace inkling {
namespace {

/// A configuration with what its runs read right.
struct TestedConfiguration {
    std::string name;
    std::vector<RightImages> right;
};

TestedConfiguration read_tested(const StudyFolder& folder, const std::vector<StoredJob>& runs) {
    TestedConfiguration tested;
    for (const StoredJob& stored : runs) {
        const Job& job = stored.job;
        tested.name = fmt::format("{} {}", role_name(job.role), job.family);
        RightImages right = read_right(folder.run(job.family, job.role, job.index));
        if (!right.empty()) tested.right.push_back(std::move(right));
    }
    return tested;
}

FullLength read_full_length(const StudyFolder& folder, const std::string& family, const Trial& trial,
                            const std::vector<StoredJob>& jobs) {
    FullLength result;
    int trainings = 0;
    for (const StoredJob& stored : jobs) {
        const Job& job = stored.job;
        if (job.role != Role::kConfirm || job.key != trial.key || stored.status != JobStatus::kFinished) continue;
        result.seconds += stored.seconds;
        ++trainings;
        result.images = std::max(result.images, read_right(folder.confirming_run(family, trial.key, job.index)).size());
    }
    if (trainings > 0) result.seconds /= trainings;
    const auto images = static_cast<double>(result.images);
    if (result.images > 0 && !trial.scores.empty()) result.interval = wilson_interval(trial.mean() * images, images);
    return result;
}

void compare(std::vector<FinalsComparison>& comparisons, const TestedConfiguration& a, const TestedConfiguration& b) {
    if (a.right.empty() || b.right.empty()) return;
    const std::size_t images = a.right.front().size();
    for (const TestedConfiguration* one : {&a, &b})
        for (const RightImages& right : one->right)
            if (right.size() != images)
                throw bad_data("{}: runs of {} and {} were tested on {} and {} images, expected the same", one->name,
                               a.name, b.name, images, right.size());
    comparisons.push_back({.a = a.name, .b = b.name, .difference = crossed_difference(a.right, b.right)});
}

std::vector<FinalsComparison> compare_finals(const StudyFolder& folder, const std::vector<FamilyResults>& families) {
    std::vector<FinalsComparison> comparisons;
    std::vector<TestedConfiguration> best;
    for (const FamilyResults& family : families) {
        best.push_back(read_tested(folder, family.best_runs));
        compare(comparisons, best.back(), read_tested(folder, family.baseline_runs));
    }
    for (std::size_t a = 0; a < best.size(); ++a)
        for (std::size_t b = a + 1; b < best.size(); ++b) compare(comparisons, best[a], best[b]);
    return comparisons;
}

}  // namespace

StudyResults read_results(const StudyFolder& folder) {
    if (!folder.is_study())
        throw bad_data("{}: no study (it has no study.sqlite); start one with 'inkling study'", folder.path.string());
    Database database = open_study_database(folder.store(), Database::Mode::kRead);
    SqliteJobStore store(folder.store(), Database::Mode::kRead);
    StudyResults results{.recipe = {},
                         .record = read_study_record(database),
                         .origin = read_study_origin(database),
                         .counts = store.counts(),
                         .hosts = store.hosts(),
                         .families = {}};
    results.recipe =
        parse_study_recipe(results.record.recipe, folder.store().string(), folder.path, results.record.budget);
    if (const std::optional<Decision> decision = store.last_decision())
        results.recipe = decided_study(std::move(results.recipe), *decision);
    results.fold_ratio = correlation_ratio(results.recipe.folds);
    const std::vector<FamilyPath> paths = follow_paths(store, results.recipe);
    for (std::size_t i = 0; i < paths.size(); ++i)
        results.families.push_back({.family = results.recipe.families[i], .path = paths[i]});
    const std::vector<StoredJob> jobs = store.jobs(true);
    for (FamilyResults& family : results.families)
        if (family.path.confirmation)
            for (const ConfirmedOption& option : family.path.confirmation->options)
                family.full_length.push_back(read_full_length(folder, family.family.name, option.trial, jobs));
    std::map<const FamilyResults*, std::map<std::string, std::vector<double>>> fold_seconds;
    for (const StoredJob& stored : jobs) {
        const bool is_final = stored.job.role == Role::kBaseline || stored.job.role == Role::kBest;
        const bool failed = stored.status == JobStatus::kFailed && is_final;
        if (stored.status == JobStatus::kFinished) results.training_seconds += stored.seconds;
        for (FamilyResults& family : results.families) {
            if (family.family.name != stored.job.family) continue;
            if (failed) family.failed_runs.push_back(stored);
            if (stored.status != JobStatus::kFinished) continue;
            const bool tested = !std::isnan(stored.score.accuracy);
            switch (stored.job.role) {
                case Role::kFold:
                    fold_seconds[&family][stored.job.key].push_back(stored.seconds);
                    break;
                case Role::kConfirm:
                    break;
                case Role::kBaselineCurve:
                    family.baseline_curve = stored.score.history;
                    break;
                case Role::kBestCurve:
                    family.best_curve = stored.score.history;
                    break;
                case Role::kBaseline:
                    if (tested) family.baseline_runs.push_back(stored);
                    break;
                case Role::kBest:
                    if (tested) family.best_runs.push_back(stored);
                    break;
            }
        }
    }
    for (FamilyResults& family : results.families)
        for (const auto& [key, seconds] : fold_seconds[&family])
            family.fold_seconds[key] = mean_deviation(seconds).mean;
    results.comparisons = compare_finals(folder, results.families);
    return results;
}

}  // namespace inkling
