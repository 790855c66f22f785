#pragma once

#include "study/strategy.h"

namespace inkling {

/// Every setting of a training recipe, "section.key=value": those of [network] as they are written, all others that
/// apply.
std::vector<std::string> recipe_settings(const std::string& toml);

/// The family's challenger as what differs from its baseline: make_recipe() of it is the challenger's recipe, but for
/// epochs, seed and name. Throws Error (wrong usage) where it cannot be had so.
Candidate challenger_candidate(const StudyFamily& family);

}  // namespace inkling
