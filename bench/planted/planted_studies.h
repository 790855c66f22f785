#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "study/path.h"
#include "study/study_recipe.h"

namespace inkling {

/// What scores are made of, where nothing is trained: one configuration's on a fold is its true accuracy, what the fold
/// does to all, and chance.
struct PlantedWorld {
    double chance = 0.004;  // deviation of a configuration's score on a fold
    double common = 0;      // share of that variance which the folds of a configuration have in common
    double folds = 0.01;    // deviation of what a fold does to all
    double gains = 0;       // deviation of the configurations' true accuracies; 0: all are equal
};

/// Draws what a study's scores are made of, each a function of its name: a recipe_key().
class PlantedScores {
  public:
    PlantedScores(const PlantedWorld& world, std::uint64_t seed) : world_(world), seed_(seed) {}

    double truth(const std::string& key) const { return world_.gains == 0 ? 0 : world_.gains * draw(key, 0); }
    FoldScore score(const std::string& key, int fold) const;

    /// Normal, of deviation 1.
    double draw(const std::string& key, std::uint32_t index) const;

  private:
    PlantedWorld world_;
    std::uint64_t seed_;
};

/// How often an option won among those that are new in their round, and how often it had to where all chances are
/// equal.
struct Wins {
    std::int64_t won = 0;
    double expected = 0;
    double variance = 0;  // of `won`, where chances are equal

    double deviations() const;  // of `won` from `expected`; 0 where nothing could be won
};

/// What came of planted studies.
struct PlantedTally {
    std::int64_t studies = 0;
    std::int64_t false_claims = 0;  // studies that call a chosen option better than one that is no worse
    std::int64_t covered = 0;       // studies of which all intervals of differences hold the true ones
    std::int64_t claims = 0;        // options that the chosen one is rightly called better than
    std::int64_t comparisons = 0;
    std::int64_t rounds = 0;
    std::int64_t dropped_best = 0;  // rounds whose truly best option was dropped
    std::int64_t trainings = 0;
    std::int64_t fresh_covered = 0;  // paths whose intervals on fresh folds all hold the true differences
    std::int64_t paths = 0;
    double chosen_excess = 0;               // sum over the paths of the gain by the scores that chose less the true one
    double fresh_excess = 0;                // likewise of the gain on fresh folds
    double lost = 0;                        // sum over the rounds of how far the chosen option is below the best
    std::map<std::string, Wins> wins = {};  // by "family, technique: option"

    void add(const PlantedTally& other);
};

/// Follows the paths of `count` whole studies of all families through `world`, by several threads. The same seed gives
/// the same tally.
PlantedTally run_planted_studies(const StudyRecipe& study, const PlantedWorld& world, std::int64_t count,
                                 std::uint64_t seed, int threads);

}  // namespace inkling
