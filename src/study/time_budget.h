#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "study/decision.h"
#include "study/job.h"
#include "study/path.h"
#include "study/study_recipe.h"

namespace inkling {

// A study that is given a time. size_study() sets its numbers before it begins; while it runs, steer() keeps to the
// time by three of them: how many rounds are made, how much is confirmed, and how many final seeds are trained.

/// What trainings take on a machine, where `workers` of them run side by side.
struct MachinePace {
    std::vector<double> seconds_per_cost;  // of each family: of an image of a training, per image_cost()
    int workers = 1;
};

/// Seconds that all of a study's trainings are expected to take. `images` are the training part's.
double expected_seconds(const StudyRecipe& study, const MachinePace& pace, std::int64_t images);

/// Seconds that the test, and the report that reads the test part again, are expected to take after the trainings.
double seconds_after(const StudyRecipe& study, const MachinePace& pace, std::int64_t images);

/// A study grows on its way: what is chosen costs more, rates are looked for beyond those listed. So it is sized to
/// take this part less than its time; what is not needed goes to seeds at the end.
inline constexpr double kReserve = 1.35;

/// The study for so many `seconds`, with explicit numbers. `budgets` is one recipe with the lists and numbers of each
/// budget that may be taken, from the smallest.
///
/// The lists are those of the largest budget that would take up to twice the time as it stands, else of the smallest.
/// Of its numbers, data_fraction, epochs, final_epochs, final_seeds and confirm_seeds are multiplied by one factor, the
/// largest that the time allows: trainings on folds grow with its square, and so do those at the end. Epochs and seeds
/// are whole, seeds at least first_seeds(), the fraction leaves kLeastImages of a class in each fold; epochs grow no
/// more than kMostGrowth times. A factor below 1 is that of confirm and fresh_folds too: path's choice, baseline and
/// challenger stay, and one fold. A challenger is left out of which one training would take more than a sixth of the
/// time. What rounding leaves of the time goes to the fraction. Where the least of all that takes too long, the last
/// rounds are left out, of all families alike; where what is confirmed and trained at the end would take half of it,
/// nothing is confirmed, nor scored on fresh folds.
StudyRecipe size_study(std::span<const StudyRecipe> budgets, const MachinePace& pace, std::int64_t images, int classes,
                       double seconds);

inline constexpr int kLeastImages = 8;
inline constexpr double kMostGrowth = 4;

/// The study with what was decided.
StudyRecipe decided_study(StudyRecipe study, const Decision& decision);

/// Baseline and best of a study with a time are trained with so many seeds until it is known what stands at the end of
/// all paths; then with as many as fit.
int first_seeds(const StudyRecipe& study);

/// While rounds are left out that may come back, the baseline is trained with so many.
int usual_seeds(const StudyRecipe& study);

/// Whether rounds were left out that may still come back: until it is decided, at the end of all paths, that they do
/// not. What was found is trained for the test only then.
bool may_return(const StudyRecipe& sized, const std::optional<Decision>& last);

/// Counts what was done up to a border, at which a study with a time decides anew: rounds that are decided, one more
/// where it is known what stands at the end of all paths, and where nothing is left to train, final seeds. Where rounds
/// may return, that end waits until all trainings that do not hang on it have begun (`all_begun`), and its border lies
/// behind all others: of two decisions there, that they return and that they do not, a store keeps the first. From
/// there borders count on.
int border_of(const StudyRecipe& sized, const std::optional<Decision>& last, std::span<const FamilyPath> paths,
              std::span<const FamilyTally> tallies, bool all_begun);

/// Decides how the study goes on from `border`, to take `seconds` in all. `sized` is the study as it began, `last`
/// what was decided last, if anything; `ended` is not empty. What is left is expected from what is done (Forecast), at
/// the rate of the last quarter of the time spent, each family's where it trained enough. What does not fit and has not
/// begun is left out: what confirms beyond path's choice, baseline and challenger; its seeds; then the last rounds, one
/// of the family that has most left after another. Rounds that were left out come back where they fit again, with
/// something to spare: what confirmed an end that is none any more was in vain. The rest of the time, to the nearest
/// whole one, is for final seeds.
Decision steer(const StudyRecipe& sized, const std::optional<Decision>& last, int border, double seconds,
               std::span<const FamilyPath> paths, std::span<const FamilyTally> tallies,
               std::span<const EndedTraining> ended);

}  // namespace inkling
