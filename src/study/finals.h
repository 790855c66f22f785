#pragma once

#include <functional>

#include "study/study_folder.h"

namespace inkling {

/// Tests the runs of baseline and best, once, when all of a study's trainings are done: each run's metrics.json gets
/// its test part, predictions.csv what each image was read as, the store the score. `load_test` reads the test part; it
/// is called only here, at most once, and not where all is tested. Several processes may call it at a time. Throws
/// Error (wrong usage) where trainings are not done.
void test_finals(const StudyFolder& folder, const std::function<Dataset()>& load_test);

}  // namespace inkling
