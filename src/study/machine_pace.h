#pragma once

#include <functional>

#include "data/dataset.h"
#include "study/study_recipe.h"
#include "study/time_budget.h"
#include "train/recipe.h"

namespace inkling {

/// How a machine is measured.
struct PaceOptions {
    int workers = 1;                                     // trainings side by side, as the study will have them
    int threads = 1;                                     // of each
    PrecisionChoice automatic = PrecisionChoice::kFp32;  // see MachineNeeds
    double seconds = 1;                                  // for each network
    std::function<bool()> stop = {};                     // asked after each step
};

/// Measures what this machine's trainings take just now, other programs included: some steps of each family's baseline
/// and of the most expensive network that `study` lists, with as many trainings side by side as the study will have.
/// Throws Error: kInterrupted where it was told to stop; as train() does.
MachinePace measure_pace(const StudyRecipe& study, const Dataset& data, const PaceOptions& options);

}  // namespace inkling
