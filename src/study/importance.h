#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "study/statistics.h"

namespace inkling {

/// What differs between trials: a technique with its options, or a number by intervals of about as many trials each.
struct Factor {
    std::string name;
    std::size_t levels = 0;  // 1 to kMostLevels
    bool ordered = false;    // a number: neighbouring levels are alike
};

inline constexpr std::size_t kMostLevels = 64;

/// A trial: the level of each factor, and its score.
struct FactorTrial {
    std::vector<std::size_t> levels;
    double score = 0;
};

/// A share of the variance of the scores over all combinations of levels.
struct Share {
    std::vector<std::size_t> factors;  // one: its main effect; two: what they do together beyond both
    double share = 0;
    Interval interval = {};  // 95%, by the spread over random halves of the trials
    bool shown = false;      // more than chance gives any of its kind, at 5%, and more than 0 by the interval
};

struct Importance {
    std::vector<Share> main = {};   // in the factors' order
    std::vector<Share> pairs = {};  // the largest first
    double explained = 0;           // share of the variance of trials that trees predict which did not see them
};

/// Functional ANOVA of what a random forest predicts: Hutter, Hoos and Leyton-Brown, 2014, "An efficient approach for
/// assessing hyperparameter importance". All levels of a factor weigh the same, however often each was tried. Chance
/// gives shares too: what is `shown` is more than any of its kind has where factors are dealt to the trials anew, or,
/// for pairs, what main effects leave of the scores. A function of its arguments. Two trials or more. `on_progress` is
/// called before each of so many forests is grown, by one thread at a time; what it throws ends the search.
Importance find_importance(std::span<const Factor> factors, std::span<const FactorTrial> trials, std::uint64_t seed,
                           const std::function<void(std::size_t done, std::size_t forests)>& on_progress = {});

}  // namespace inkling
