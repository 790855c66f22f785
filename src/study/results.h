#pragma once

#include <map>
#include <string>
#include <vector>

#include "study/crossed_difference.h"
#include "study/job.h"
#include "study/path.h"
#include "study/study_folder.h"
#include "study/study_record.h"

namespace inkling {

/// What came of a configuration at full length, on the part that is held out to confirm by.
struct FullLength {
    double seconds = 0;      // of a training, mean; 0 where none is done
    std::size_t images = 0;  // that judged it; 0 where its files are gone
    Interval interval = {};  // Wilson's, of its mean accuracy, for other images; where there are some
};

/// What a study found out about one family.
struct FamilyResults {
    StudyFamily family;
    FamilyPath path;
    // Epoch by epoch with a held-out part, from trainings made to be watched; empty where they are not done or failed.
    std::vector<EpochRecord> baseline_curve = {};
    std::vector<EpochRecord> best_curve = {};
    // Runs on the whole training part that are tested, by seed; their folders are StudyFolder::run()'s.
    std::vector<StoredJob> baseline_runs = {};
    std::vector<StoredJob> best_runs = {};
    std::vector<StoredJob> failed_runs = {};   // of baseline and best
    std::vector<FullLength> full_length = {};  // of each option of path.confirmation
    // Mean over its trainings on folds, by recipe_key(). Not known while the study runs.
    std::map<std::string, double> fold_seconds = {};
};

/// Two tested configurations of a study: a less b.
struct FinalsComparison {
    std::string a;  // "best mlp"
    std::string b;
    CrossedDifference difference;
};

/// A study as its store has it: for a report, a list, an export.
struct StudyResults {
    StudyRecipe recipe;
    StudyRecord record;
    StudyOrigin origin;
    JobCounts counts;
    std::vector<HostWork> hosts = {};     // see SqliteJobStore
    double training_seconds = 0;          // of all finished trainings together
    double fold_ratio = 0;                // correlation_ratio()
    std::vector<FamilyResults> families;  // in the recipe's order
    // Best against baseline of each family, then the families' best against each other; without those whose test kept
    // no predictions, as older versions' did.
    std::vector<FinalsComparison> comparisons = {};
};

/// Reads a study, however far it has come. Throws Error (bad data) that says what to do where the folder holds none.
StudyResults read_results(const StudyFolder& folder);

}  // namespace inkling
