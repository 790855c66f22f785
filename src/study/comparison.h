#pragma once

#include <span>
#include <vector>

#include "study/statistics.h"

namespace inkling {

// Comparisons of several options by their scores on the same folds. An option may lack the last folds, where it was
// dropped; two are compared on the folds that both have.

/// The folds' training sets overlap, so that the scores of a configuration are correlated: the variance of a mean over
/// n folds is (1 / n + ratio) times that of a score. Nadeau and Bengio, 2003, "Inference for the generalization error",
/// take the size of a fold over that of its training set, 1 / `folds` here, since a part beside the folds is learned
/// from too. No less than 1/3 is taken, as if a quarter of the variance were common to a configuration's folds.
double correlation_ratio(int folds);

/// What chance adds to a score, apart from what a fold does to all options: the residuals of options and folds as a
/// two-way layout. For complete scores, the mean square of the interaction.
struct ResidualVariance {
    double variance = 0;
    int degrees = 0;  // of freedom; 0: nothing is known
};
ResidualVariance residual_variance(std::span<const std::span<const double>> options);

/// Upper quantile of the studentized range: of `groups` (2 or more) means with an independent estimate of their
/// deviation, of `degrees` (1 or more) degrees of freedom, the range exceeds it with probability `level`. Equal to R's
/// qtukey(level, groups, degrees, lower.tail = FALSE).
double studentized_range(int groups, int degrees, double level);

/// The difference of two options, a[i] - b[i] over the folds that both have.
struct Difference {
    double mean = 0;
    Interval interval = {};  // see differences_from()
    int folds = 0;           // that both have
};

/// Both together, as of options that have nothing but one in common.
ResidualVariance pooled(const ResidualVariance& a, const ResidualVariance& b);

/// The difference of each option from the one at `chosen`. The intervals hold the true differences of all pairs of
/// `groups` options with probability 1 - `level`, and so those from the chosen one, whichever of so many was chosen by
/// these scores: Tukey's (1953), for a variance that is pooled over all options, but no less than the pair's own.
/// Unbounded where the pair has one fold or none.
std::vector<Difference> differences_from(std::size_t chosen, std::span<const std::span<const double>> options,
                                         const ResidualVariance& residual, int groups, double ratio, double level);

/// Means that may be compared though options lack folds: over the folds that an option has, each less the mean of the
/// options that have most folds, more the mean of these. NaN for an option without scores.
std::vector<double> fold_adjusted_means(std::span<const std::span<const double>> options);

/// Whether `option` is behind `best` by more than chance: one-sided, over the folds that both have. `residual` is that
/// of all options that are compared.
bool is_behind(std::span<const double> option, std::span<const double> best, const ResidualVariance& residual,
               double ratio, double level);

}  // namespace inkling
