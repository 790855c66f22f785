#pragma once

#include <cstdint>
#include <map>
#include <string>

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

/// How often an option won, and how often it had to where all chances are equal.
struct Wins {
    std::int64_t won = 0;
    double expected = 0;
    double variance = 0;  // of `won`, where chances are equal
};

/// What came of planted studies.
struct PlantedTally {
    std::int64_t studies = 0;
    std::int64_t false_claims = 0;  // studies that tell the chosen option from its runner-up, though it is no better
    std::int64_t false_table_claims = 0;  // likewise from any option
    std::int64_t trainings = 0;
    std::map<std::string, Wins> wins = {};  // by "family, technique: option", of those that are not the incumbent

    void add(const PlantedTally& other);
};

/// Follows the paths of `count` whole studies of all families through `world`, by several threads. The same seed gives
/// the same tally.
PlantedTally run_planted_studies(const StudyRecipe& study, const PlantedWorld& world, std::int64_t count,
                                 std::uint64_t seed, int threads);

}  // namespace inkling
