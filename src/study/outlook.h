#pragma once

#include <cstdint>
#include <span>

#include "study/path.h"
#include "study/store.h"

namespace inkling {

/// About how many trainings a study comes to in all, from how far its paths have come: which candidates will be
/// dropped, or are the same as others, shows only later.
std::int64_t expected_jobs(const StudyRecipe& study, std::span<const FamilyPath> paths, const JobCounts& counts);

}  // namespace inkling
