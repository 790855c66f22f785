#pragma once

#include <functional>

#include "nn/processor.h"
#include "study/study_recipe.h"

namespace inkling {

/// What a study's trainings ask of each machine that works on it, settled once, when it begins: what a machine lacks is
/// no fault of a configuration.
struct MachineNeeds {
    PrecisionChoice automatic = PrecisionChoice::kFp32;  // what precision "auto" stands for in all of its trainings
    bool bfloat16 = false;                               // there may be a training in bf16

    bool operator==(const MachineNeeds&) const = default;
};

/// Whether networks of a precision run on a machine.
using RunsHere = std::function<bool(Precision)>;

/// What `study` needs where "auto" stands for `automatic`.
MachineNeeds needs_of(const StudyRecipe& study, PrecisionChoice automatic = settled(PrecisionChoice::kAuto));

/// Throws Error (failed) where this machine cannot do what the study needs.
void check_machine(const MachineNeeds& needs, const RunsHere& runs_here = inkling::runs_here);

}  // namespace inkling
