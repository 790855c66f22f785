#include "study/machine_needs.h"

#include <algorithm>

#include "study/family_recipes.h"

namespace inkling {

MachineNeeds needs_of(const StudyRecipe& study, PrecisionChoice automatic) {
    const auto is_bfloat16 = [&](const Recipe& recipe) {
        const PrecisionChoice choice = recipe.training.precision;
        return (choice == PrecisionChoice::kAuto ? automatic : choice) != PrecisionChoice::kFp32;
    };
    const bool bfloat16 = std::ranges::any_of(study.families, [&](const StudyFamily& family) {
        return std::ranges::any_of(recipes_setting(family, "training.precision"), is_bfloat16);
    });
    return {.automatic = automatic, .bfloat16 = bfloat16};
}

}  // namespace inkling
