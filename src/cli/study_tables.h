#pragma once

#include <string>

#include "study/results.h"

namespace inkling::cli {

// What a study has found so far, as text.

/// How far it has come, and the best found so far: a few lines.
std::string study_status(const StudyResults& results);

/// What fresh folds and confirmation came to, and the tests: a line for each family's baseline and best, and one for
/// each pair of them that is compared, with its 95% interval over seeds and images.
std::string tests_summary(const StudyResults& results);

/// A line for each candidate of each technique, for what the fresh folds score and what was confirmed.
std::string study_list(const StudyResults& results);

/// The same for other programs, with the score on each fold and what was changed from the baseline.
std::string study_csv(const StudyResults& results);
std::string study_json(const StudyResults& results);

/// "mlp  activation: gelu, 81.23% ± 0.20; better than 3 of 5, 2 undecided": what a decided round came to.
std::string round_line(const std::string& family, const RoundPath& round);

}  // namespace inkling::cli
