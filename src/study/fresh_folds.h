#pragma once

#include <optional>
#include <vector>

#include "study/comparison.h"
#include "study/trial.h"

namespace inkling {

struct FamilyPath;

/// What one choice of a path is worth: the final configuration less the one without that choice.
struct ChoiceWorth {
    std::size_t round = 0;
    std::size_t trial = 0;                      // without the choice
    std::optional<Difference> difference = {};  // where both are scored
};

/// A decided path's configurations on folds that chose nothing.
struct FreshFolds {
    std::vector<Trial> trials;  // each configuration once

    // Of `trials`: the baseline, what was best after each round, and what confirmation chose in its place.
    std::vector<std::size_t> steps;
    std::optional<std::size_t> confirmed = {};

    // Differences where both are scored and are not the same configuration. Their intervals hold together.
    std::vector<std::optional<Difference>> gains = {};  // of each step over the one before it, from the first round on
    std::optional<Difference> gain = {};                // of the path's end over the baseline
    std::optional<Difference> confirmed_gain = {};      // of what was confirmed in its place, in trainings as short
    std::vector<ChoiceWorth> worths = {};               // of the choices that changed something

    bool complete = false;  // all trials are scored or have failed

    std::size_t final_trial() const { return confirmed.value_or(steps.back()); }
};

/// The first of the fresh folds: they follow those that options are compared on and the tuning fold.
int first_fresh_fold(const StudyRecipe& study);
/// All folds: those, the tuning fold and the fresh ones.
int fold_count(const StudyRecipe& study);
/// Of the training part, what a fold's training learns from.
double fold_share(const StudyRecipe& study);

/// The configurations of a decided path that its fresh folds are to score: baseline, each step, and the final one with
/// each single choice taken back to what stood before it.
FreshFolds begin_fresh_folds(const StudyRecipe& study, const StudyFamily& family, const FamilyPath& path);

/// `begun`, and the configuration that was confirmed, with what scores are there. What is lacking is added to `wanted`.
/// The intervals are those of differences_from(), for all pairs of the configurations that the path compares and those
/// that are scored here, at kStudyLevel divided by the number of families. For fewer they would be too narrow: the
/// images that all folds' networks learn from let what was chosen by chance stay above on fresh folds too. The variance
/// is pooled with that of the path.
FreshFolds score_fresh_folds(const StudyRecipe& study, const StudyFamily& family, const FamilyPath& path,
                             FreshFolds begun, const FindScore& find, std::vector<WantedFold>& wanted);

}  // namespace inkling
