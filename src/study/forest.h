#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/random.h"
#include "study/importance.h"

namespace inkling {

/// For each factor the levels that are in it, a bit each.
using Box = std::vector<std::uint64_t>;

/// A part of all combinations for which a tree predicts one score.
struct Leaf {
    Box box;
    double score = 0;
};

/// A regression tree as its leaves, which share all combinations out among them.
using Tree = std::vector<Leaf>;

/// Grows a tree down to single scores. Each time it parts `trials` (given by their places) by one factor of some drawn
/// at random, so that the squares about the means are least once both sides are parted again: a tree that does not look
/// ahead is blind to what two factors do only together. Levels of an ordered factor are parted between neighbours,
/// those of another between groups of lower and higher mean (Breiman et al., 1984, "Classification and Regression
/// Trees"), or one from the others. One trial or more.
Tree grow_tree(std::span<const Factor> factors, std::span<const FactorTrial> trials, std::vector<std::size_t> places,
               RandomStream& random);

/// What the tree predicts for a combination.
double predict(const Tree& tree, const std::vector<std::size_t>& levels);

}  // namespace inkling
