#pragma once

#include "study/study_recipe.h"

namespace inkling {

/// What a study's trainings ask of each machine that works on it, settled once, when it begins.
struct MachineNeeds {
    PrecisionChoice automatic = PrecisionChoice::kFp32;  // see settled_precision()
    bool bfloat16 = false;                               // there may be a training in bf16

    bool operator==(const MachineNeeds&) const = default;
};

/// What `study` needs where "auto" stands for `automatic`.
MachineNeeds needs_of(const StudyRecipe& study, PrecisionChoice automatic = automatic_precision());

}  // namespace inkling
