#include "study/machine_needs.h"

#include <algorithm>
#include <iterator>

#include "study/strategy.h"

namespace inkling {
namespace {

/// The overrides of an option that a precision comes from. Others need not fit this family.
std::vector<std::string> precision_overrides(const StudyOption& option) {
    std::vector<std::string> overrides;
    std::copy_if(option.set.begin(), option.set.end(), std::back_inserter(overrides), [](const std::string& text) {
        return text.substr(0, text.find('=')).find("training.precision") != std::string::npos;
    });
    return overrides;
}

/// All precisions that a family's configurations may ask for.
std::vector<PrecisionChoice> precisions_of(const StudyFamily& family) {
    const auto with = [&](const std::vector<std::string>& overrides) {
        return make_recipe(family, {.overrides = overrides, .learning_rate = 0}, family.epochs, 0).training.precision;
    };
    std::vector<PrecisionChoice> precisions = {with({})};
    for (const Technique& technique : family.techniques)
        for (const StudyOption& option : technique.options)
            if (const auto overrides = precision_overrides(option); !overrides.empty())
                precisions.push_back(with(overrides));
    if (!family.challenger.empty())
        precisions.push_back(parse_recipe(family.challenger, "the challenger").training.precision);
    return precisions;
}

}  // namespace

MachineNeeds needs_of(const StudyRecipe& study, PrecisionChoice automatic) {
    const auto is_bfloat16 = [&](PrecisionChoice choice) {
        return (choice == PrecisionChoice::kAuto ? automatic : choice) != PrecisionChoice::kFp32;
    };
    const bool bfloat16 = std::any_of(study.families.begin(), study.families.end(), [&](const StudyFamily& family) {
        const std::vector<PrecisionChoice> precisions = precisions_of(family);
        return std::any_of(precisions.begin(), precisions.end(), is_bfloat16);
    });
    return {.automatic = automatic, .bfloat16 = bfloat16};
}

}  // namespace inkling
