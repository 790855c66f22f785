#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "data/dataset.h"
#include "data/folds.h"
#include "nn/network.h"
#include "train/recipe.h"

namespace inkling {

/// A step of a search for a learning rate.
struct RateStep {
    double learning_rate = 0;
    double loss = 0;      // before the step's update, a mean over its images
    double smoothed = 0;  // an exponential average of the losses so far, of which the first does not count more
};

/// Where a search begins and ends, and how many steps it takes on the way.
struct RateRange {
    double least = 1e-6;
    double most = 10;
    int steps = 300;
};

struct RateSearch {
    std::vector<RateStep> steps;     // whose losses are finite
    bool diverged = false;           // whether the smoothed loss passed kDivergence times its least, and it ended there
    std::optional<double> steepest;  // by steepest_rate()
    std::optional<double> suggestion;  // by suggested_rate()
};

/// Who watches a search. Everything is optional.
struct RateSearchOptions {
    RateRange range = {};
    std::function<void(const RateStep&)> on_step = {};
    std::function<bool()> stop = {};                    // asked after each step; true: ends it there
    std::function<void(Network&)> on_initialized = {};  // may change the weights that it begins with
};

inline constexpr double kDivergence = 4;
inline constexpr double kSuggestedShare = 0.1;

/// L. Smith, "Cyclical learning rates for training neural networks", 2017: trains by the recipe, but for its schedule
/// and averaging, at a learning rate that grows by the same factor from step to step, until the loss diverges. What is
/// trained is thrown away. Throws Error as train() does.
RateSearch search_rate(const Recipe& recipe, const Dataset& data, const Holdout& holdout,
                       const RateSearchOptions& options = {});

/// The rate at which the loss falls most for a step on a logarithmic axis, by lines fitted to the losses of a tenth of
/// `steps_of_search` about each step, as far as the least smoothed loss. None where no line falls.
std::optional<double> steepest_rate(std::span<const RateStep> steps, int steps_of_search);

/// The highest rate of a schedule to try first: kSuggestedShare of the rate with the least smoothed loss, S. Gugger's
/// rule. None where the loss falls at no rate. Recipes' rates, which were tuned, are within a factor of about 2 of it.
std::optional<double> suggested_rate(std::span<const RateStep> steps, int steps_of_search);

}  // namespace inkling
