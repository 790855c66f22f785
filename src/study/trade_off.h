#pragma once

#include <span>
#include <string>
#include <vector>

#include "study/path.h"

namespace inkling {

/// A configuration that was scored on all folds.
struct ScoredConfiguration {
    std::string name;  // "baseline", or the round and option that first brought it: "optimizer: adamw"
    Candidate candidate;
    std::string key;  // recipe_key()
    std::vector<double> scores;
    Cost cost;

    double mean() const;  // of the scores
};

/// Those of a family, each once, in the order of its path.
std::vector<ScoredConfiguration> scored_configurations(const FamilyPath& path);

/// What a configuration gives and what it takes.
struct Trade {
    double accuracy = 0;
    double cost = 0;
};

/// Places of the non-dominated, from the cheapest on: no other is as accurate at less cost, or more accurate at no
/// more. Of equal ones the first.
std::vector<std::size_t> non_dominated(std::span<const Trade> trades);

/// The place of the configuration that `study.prefer` takes. With kSmall and kFast, of the non-dominated by parameters
/// or operations the cheapest whose mean is within `study.prefer_margin` of the highest, or that is not shown to be
/// worse than that one; `decided`, a decided round, says how sure comparisons are. With kAccurate the highest mean, the
/// first of equals. One configuration or more.
std::size_t preferred(const StudyRecipe& study, std::span<const ScoredConfiguration> scored, const RoundPath& decided);

}  // namespace inkling
