#pragma once

#include <optional>

#include "study/path.h"

namespace inkling {

/// Whether the round's choice is another configuration than what was best before.
bool changes_configuration(const RoundPath& round);

/// What a decided sequential path would have come to, had `option` been chosen in the round at `round`, or had what was
/// best before stayed (null): all choices but that one, over the baseline, at the final learning rate times that of
/// `option` by that of the round's winner. Nothing where there is no such configuration.
std::optional<Candidate> with_other_choice(const StudyFamily& family, const FamilyPath& path, std::size_t round,
                                           const OptionPath* option);

}  // namespace inkling
