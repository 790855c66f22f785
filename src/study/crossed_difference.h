#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "study/statistics.h"

namespace inkling {

/// Which test images one training reads right: 1 or 0 each.
using RightImages = std::vector<std::uint8_t>;

double accuracy(const RightImages& right);

/// The difference in accuracy of two configurations, each trained with one or more seeds and tested on the same images.
struct CrossedDifference {
    double mean = 0;                // accuracy of a less that of b, each over its seeds
    Interval interval;              // of it, for other seeds and other images
    double seed_error = 0;          // standard error by the seeds alone
    double image_error = 0;         // and by the images alone
    double degrees_of_freedom = 0;  // of both together

    /// Whether a is told from b, and which one is better: 1, -1, or 0 for undecided.
    int verdict() const { return interval.low > 0 ? 1 : interval.high < 0 ? -1 : 0; }
};

/// By crossed random effects: that an image is read right depends on the image, which both configurations share, on the
/// seed, and on the two together, for each configuration apart. The variance of the difference is put together from the
/// mean squares of these effects, none below 0, and the interval is Student's t with degrees of freedom by
/// Satterthwaite (1946, "An approximate distribution of estimates of variance components"). A bootstrap over a few
/// seeds would be too narrow: with two it knows half of the variance.
///
/// A side of one seed is taken to depend on it as the other side does; where both have one, nothing is known of seeds,
/// and the interval is unbounded. All spans are of one length, 2 or more.
CrossedDifference crossed_difference(std::span<const RightImages> a, std::span<const RightImages> b,
                                     double confidence = 0.95);

/// The run whose accuracy is the median, the lower of two middle ones, the earlier of equals. One or more.
std::size_t median_run(std::span<const double> accuracies);

}  // namespace inkling
