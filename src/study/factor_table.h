#pragma once

#include <vector>

#include "study/importance.h"
#include "study/path.h"

namespace inkling {

/// The combinations of a family's path, for find_importance().
struct FactorTable {
    std::vector<Factor> factors;
    std::vector<FactorTrial> trials;
};

/// A factor for each technique of which several options, or values of its range, were tried; and "learning rate" where
/// options bring several: how far above or below the mean of those that its options bring. Combinations without scores
/// are left out. Scores are fold_adjusted_means().
FactorTable factor_table(const StudyFamily& family, const FamilyPath& path);

}  // namespace inkling
