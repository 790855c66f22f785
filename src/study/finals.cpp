#include "study/finals.h"

#include <cmath>
#include <optional>

#include "core/error.h"
#include "core/file_lock.h"
#include "study/sqlite_job_store.h"
#include "train/evaluate.h"

namespace inkling {

void test_finals(const StudyFolder& folder, const std::function<Dataset()>& load_test) {
    const FileLock lock(folder.lock(), true);
    SqliteJobStore store(folder.store(), Database::Mode::kWrite);
    const JobCounts counts = store.counts();
    if (counts.pending + counts.running > 0)
        throw wrong_usage("{}: {} trainings are not done; the test part is for afterwards", folder.path.string(),
                          counts.pending + counts.running);
    std::optional<Dataset> test;
    for (const StoredJob& stored : store.jobs()) {
        const bool is_final = stored.job.role == Role::kBaseline || stored.job.role == Role::kBest;
        if (!is_final || stored.status != JobStatus::kFinished || !std::isnan(stored.score.accuracy)) continue;
        if (!test) test = load_test();
        const RunFolder run = folder.run(stored.job.family, stored.job.role, stored.job.index);
        const Evaluation evaluation = evaluate(load_model(run.model()), *test);
        add_test(run, evaluation, *test);
        store.set_test(stored.id, evaluation.metrics.accuracy, evaluation.metrics.loss);
    }
}

}  // namespace inkling
