#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <vector>

#include "data/folds.h"
#include "train/kept_readings.h"
#include "train/recipe.h"

namespace inkling {

/// Whether a training judges itself by held-out images as it goes: early stopping, reduce_on_plateau, calibration.
bool watches_part(const TrainingSpec& training);

/// The part of its images that a training holds out to be watched by: the recipe's, a tenth where that holds none out.
double watched_fraction(const Recipe& recipe);

/// What a training by `recipe` on `samples` learns from, and what it watches as it goes: a part of them, chosen by
/// `seed`, where watches_part(), else nothing.
Holdout watched_holdout(const Recipe& recipe, const Dataset& data, std::span<const std::uint32_t> samples,
                        std::uint64_t seed);

/// How far the trainings of a cross-validation have come.
struct FoldProgress {
    std::size_t done = 0;
    std::size_t trainings = 0;
    double share = 0;  // of all their epochs
};

struct FoldOptions {
    std::function<void(const FoldProgress&)> on_progress = {};  // after steps; by one thread at a time
    std::function<bool()> stop = {};                            // asked after each step
    const KeptReadings* kept = nullptr;                         // of `data`: takes what it has, keeps what is read
};

/// For each recipe the probabilities, (samples, classes), that each image of `data` gets from a network that did not
/// learn it: one is trained for each of the folds, which must hold all images, with the recipe's seed. Trainings run
/// side by side on one thread each, so that the result does not depend on how many threads there are. Throws Error as
/// train() does; kInterrupted where it was told to stop.
std::vector<std::vector<float>> read_out_of_fold(std::span<const Recipe> recipes, const Dataset& data,
                                                 const Folds& folds, const FoldOptions& options = {});

}  // namespace inkling
