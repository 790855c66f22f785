#pragma once

#include <string>
#include <vector>

#include "study/trial.h"

namespace inkling {

struct FamilyPath;

/// A configuration that is trained at full length.
struct ConfirmedOption {
    std::string name;  // "the path's choice", "challenger", "without dropout", ...
    Cost cost;
    Trial trial;  // scores on the held-out part, a seed each
};

/// The confirmation of a decided path: a few configurations at full length on the training part but for a held-out
/// part, the same for all.
struct Confirmation {
    std::vector<ConfirmedOption> options;  // the path's choice first
    std::vector<WantedFold> wanted = {};   // in order; `fold` is the number of the seed
    bool decided = false;
    std::size_t chosen = 0;  // where decided
};

/// The configurations that are to be confirmed, each once, `study.confirm` at most: the path's choice; the baseline;
/// the challenger; from the last round back, up to `study.confirm_undecided` that are undecided beside what was chosen,
/// with all other choices; the path's choice without each of its regularising choices - dropout, augmentation, label
/// smoothing, weight decay - or, where it has none, with the challenger's.
Confirmation begin_confirmation(const StudyRecipe& study, const StudyFamily& family, const FamilyPath& path);

/// `begun` with what scores are there. Where all are, that of the highest mean is chosen; with ChooseRule::kCheapest,
/// of those within `margin` of it the one with the fewest operations, then the fewest parameters, then the path's
/// choice, then the higher mean. Where all failed, it is the path's choice.
Confirmation score_confirmation(const StudyRecipe& study, Confirmation begun, const FindScore& find);

}  // namespace inkling
