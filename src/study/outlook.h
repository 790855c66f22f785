#pragma once

#include <optional>
#include <span>

#include "study/job.h"
#include "study/path.h"

namespace inkling {

/// What a study comes to, as far as can be told.
struct Outlook {
    std::int64_t trainings = 0;               // in all
    std::optional<double> seconds_left = {};  // with one training at a time; once something is measured
};

/// From how far a study's paths have come and what its trainings took: which candidates will be dropped, or are the
/// same as others, shows only later. `paths` and `tallies` are in the families' order.
Outlook expect(const StudyRecipe& study, std::span<const FamilyPath> paths, std::span<const FamilyTally> tallies);

}  // namespace inkling
