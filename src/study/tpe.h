#pragma once

#include <span>
#include <vector>

#include "core/random.h"
#include "study/strategy.h"

namespace inkling {

/// One option of each technique, one of its learning rates, or a value of its range, all as probable as one another.
std::vector<Choice> draw_combination(const StudyFamily& family, RandomStream& random);

/// A combination by the tree-structured Parzen estimator of Bergstra, Bardenet, Bengio and Kegl, 2011, "Algorithms for
/// hyper-parameter optimization". The best of those `seen` and the others each have a density, technique by technique:
/// for options, how often each was taken; for ranges, a normal density about each value. Of so many choices drawn from
/// the first, each technique takes the one whose first density is highest beside its second. As draw_combination()
/// until enough are seen.
std::vector<Choice> propose_combination(const StudyFamily& family, std::span<const Observation> seen, int draws,
                                        RandomStream& random);

inline constexpr int kProposalDraws = 24;  // that are usual

}  // namespace inkling
