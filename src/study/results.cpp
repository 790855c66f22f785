#include "study/results.h"

#include <cmath>

#include "core/error.h"
#include "study/comparison.h"
#include "study/sqlite_job_store.h"
#include "study/study.h"
#include "study/study_database.h"

namespace inkling {

StudyResults read_results(const StudyFolder& folder) {
    if (!folder.is_study())
        throw bad_data("{}: no study (it has no study.sqlite); start one with 'inkling study'", folder.path.string());
    Database database = open_study_database(folder.store(), Database::Mode::kRead);
    SqliteJobStore store(folder.store(), Database::Mode::kRead);
    StudyResults results{.recipe = {},
                         .record = read_study_record(database),
                         .origin = read_study_origin(database),
                         .counts = store.counts(),
                         .families = {}};
    results.recipe =
        parse_study_recipe(results.record.recipe, folder.store().string(), folder.path, results.record.budget);
    results.fold_ratio = correlation_ratio(results.recipe.folds);
    const std::vector<FamilyPath> paths = follow_paths(store, results.recipe);
    for (std::size_t i = 0; i < paths.size(); ++i)
        results.families.push_back({.family = results.recipe.families[i], .path = paths[i]});
    for (StoredJob& stored : store.jobs(true)) {
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
    return results;
}

}  // namespace inkling
