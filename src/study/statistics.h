#pragma once

#include <cstdint>
#include <span>

namespace inkling {

/// Mean and standard deviation of a sample (n - 1 in the denominator; 0 for fewer than two values).
struct MeanDeviation {
    double mean = 0;
    double deviation = 0;
};
MeanDeviation mean_deviation(std::span<const double> values);

/// A closed interval.
struct Interval {
    double low = 0;
    double high = 0;
    bool contains(double value) const { return low <= value && value <= high; }
};

/// The interval that holds the mean of the population with `confidence`, by Student's t; unbounded for fewer than two
/// values. Equal to scipy.stats.t.interval(confidence, n - 1, mean, sem). `ratio` is for values that are correlated,
/// such as scores over folds; see correlation_ratio().
Interval mean_interval(std::span<const double> values, double confidence = 0.95, double ratio = 0);

/// A difference of two options over the same folds: a[i] - b[i].
struct PairedDifference {
    double mean = 0;
    Interval interval;   // of the mean
    double p_value = 1;  // two-sided, of no difference; 1 where all differences are 0
};

/// Paired t-test of scores over folds. `test_train_ratio` is the size of a fold over that of its training set: the
/// training sets of cross-validation overlap, so the plain test (ratio 0, scipy.stats.ttest_rel) is too sure of itself;
/// the corrected resampled test multiplies the variance of the mean by 1 + n * ratio. Nadeau and Bengio, 2003,
/// "Inference for the generalization error". Fewer than two folds: an unbounded interval and p 1. Both spans have the
/// same length.
PairedDifference paired_difference(std::span<const double> a, std::span<const double> b, double test_train_ratio = 0,
                                   double confidence = 0.95);

/// Wilson's interval for a share of `successes` among `count` (1 or more). Equal to
/// scipy.stats.binomtest(...).proportion_ci(method='wilson').
Interval wilson_interval(double successes, double count, double confidence = 0.95);

/// McNemar's exact test of two classifiers on the same samples: two-sided binomial test of the samples that only one of
/// them gets right. Equal to scipy.stats.binomtest(only_a, only_a + only_b, 0.5).pvalue. McNemar, 1947.
double mcnemar_p_value(std::int64_t only_a, std::int64_t only_b);

}  // namespace inkling
