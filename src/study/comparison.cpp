#include "study/comparison.h"

#include <algorithm>
#include <boost/math/distributions/chi_squared.hpp>
#include <boost/math/distributions/students_t.hpp>
#include <cassert>
#include <cmath>
#include <limits>
#include <map>
#include <mutex>
#include <numbers>
#include <tuple>

namespace inkling {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kLeastRatio = 1.0 / 3;

double normal_cdf(double x) { return 0.5 * std::erfc(-x / std::numbers::sqrt2); }

/// Probability that the range of `groups` normal values is `width` or less.
double range_cdf(int groups, double width) {
    constexpr double kStep = 0.1;
    constexpr double kReach = 8;
    double sum = 0;
    for (double z = -kReach; z <= kReach; z += kStep)
        sum += std::exp(-0.5 * z * z) * std::pow(normal_cdf(z + width) - normal_cdf(z), groups - 1);
    return std::min(1.0, groups * sum * kStep / std::sqrt(2 * std::numbers::pi));
}

/// Probability that the studentized range exceeds `quantile`: over the logarithm of the deviation's estimate, where
/// the trapezoid rule is all but exact.
double range_exceeds(int groups, int degrees, double quantile) {
    constexpr double kNegligible = 1e-12;
    // Of the logarithm's deviation, half.
    const double step = std::min(0.1, 0.5 / std::sqrt(2.0 * degrees));
    const boost::math::chi_squared squares(degrees);
    double sum = 0;
    for (double log_deviation = -20; log_deviation < 2.5; log_deviation += step) {
        const double deviation = std::exp(log_deviation);
        const double square = degrees * deviation * deviation;
        const double density = 2 * square * boost::math::pdf(squares, square);
        if (density > kNegligible) sum += density * (1 - range_cdf(groups, quantile * deviation));
    }
    return sum * step;
}

double find_studentized_range(int groups, int degrees, double level) {
    if (groups == 2)
        return std::numbers::sqrt2 *
               boost::math::quantile(boost::math::complement(boost::math::students_t(degrees), level / 2));
    double low = 0;
    double high = 1;
    while (range_exceeds(groups, degrees, high) > level) high *= 2;
    while (high - low > 1e-6 * high) {
        const double middle = 0.5 * (low + high);
        (range_exceeds(groups, degrees, middle) > level ? low : high) = middle;
    }
    return high;
}

/// On the folds that both have.
std::vector<double> paired(std::span<const double> a, std::span<const double> b) {
    std::vector<double> differences(std::min(a.size(), b.size()));
    for (std::size_t i = 0; i < differences.size(); ++i) differences[i] = a[i] - b[i];
    return differences;
}

/// Variance of a difference on one fold: that of all pairs, but no less than the pair's own.
double difference_variance(const MeanDeviation& own, const ResidualVariance& residual) {
    return std::max(own.deviation * own.deviation, 2 * residual.variance);
}

}  // namespace

double correlation_ratio(int folds) { return std::max(1.0 / folds, kLeastRatio); }

ResidualVariance residual_variance(std::span<const std::span<const double>> options) {
    // Each score less the mean of those before it, scaled to the variance of a score (Helmert's contrasts): apart from
    // what the folds do to all options, they are independent.
    std::size_t folds = 0;
    for (const std::span<const double> scores : options) folds = std::max(folds, scores.size());
    double squares = 0;
    int degrees = 0;
    std::vector<double> sums(options.size(), 0);
    for (std::size_t fold = 0; fold < folds; ++fold) {
        std::vector<double> contrasts;
        const auto before = static_cast<double>(fold);
        for (std::size_t i = 0; i < options.size(); ++i) {
            if (options[i].size() <= fold) continue;
            if (fold > 0) contrasts.push_back((options[i][fold] - sums[i] / before) * std::sqrt(before / (before + 1)));
            sums[i] += options[i][fold];
        }
        if (contrasts.size() < 2) continue;
        const double deviation = mean_deviation(contrasts).deviation;
        squares += deviation * deviation * static_cast<double>(contrasts.size() - 1);
        degrees += static_cast<int>(contrasts.size()) - 1;
    }
    return {.variance = degrees == 0 ? 0 : squares / degrees, .degrees = degrees};
}

double studentized_range(int groups, int degrees, double level) {
    assert(groups >= 2 && degrees >= 1);
    // Every round of a study asks for few of them, again and again.
    static std::mutex mutex;
    static std::map<std::tuple<int, int, double>, double> known;
    const std::tuple name{groups, degrees, level};
    {
        const std::lock_guard lock(mutex);
        if (const auto found = known.find(name); found != known.end()) return found->second;
    }
    const double quantile = find_studentized_range(groups, degrees, level);
    const std::lock_guard lock(mutex);
    return known[name] = quantile;
}

ResidualVariance pooled(const ResidualVariance& a, const ResidualVariance& b) {
    const int degrees = a.degrees + b.degrees;
    if (degrees == 0) return {};
    return {.variance = (a.variance * a.degrees + b.variance * b.degrees) / degrees, .degrees = degrees};
}

std::vector<Difference> differences_from(std::size_t chosen, std::span<const std::span<const double>> options,
                                         const ResidualVariance& residual, int groups, double ratio, double level) {
    std::vector<Difference> result;
    for (const std::span<const double> option : options) {
        const std::vector<double> differences = paired(option, options[chosen]);
        const MeanDeviation own = mean_deviation(differences);
        const auto folds = static_cast<double>(differences.size());
        double reach = kInfinity;
        if (differences.size() > 1 && groups > 1 && residual.degrees > 0)
            reach = studentized_range(groups, residual.degrees, level) / std::numbers::sqrt2 *
                    std::sqrt(difference_variance(own, residual) * (1 / folds + ratio));
        result.push_back({.mean = own.mean,
                          .interval = {own.mean - reach, own.mean + reach},
                          .folds = static_cast<int>(differences.size())});
    }
    return result;
}

std::vector<double> fold_adjusted_means(std::span<const std::span<const double>> options) {
    std::size_t folds = 0;
    for (const std::span<const double> scores : options) folds = std::max(folds, scores.size());
    std::vector<double> effects(folds, 0);
    double complete = 0;
    for (const std::span<const double> scores : options) {
        if (scores.size() < folds) continue;
        for (std::size_t fold = 0; fold < folds; ++fold) effects[fold] += scores[fold];
        ++complete;
    }
    double level = 0;
    for (double& effect : effects) level += (effect /= complete) / static_cast<double>(folds);
    std::vector<double> means;
    for (const std::span<const double> scores : options) {
        double sum = 0;
        for (std::size_t fold = 0; fold < scores.size(); ++fold) sum += scores[fold] - effects[fold];
        means.push_back(scores.empty() ? std::numeric_limits<double>::quiet_NaN()
                                       : level + sum / static_cast<double>(scores.size()));
    }
    return means;
}

bool is_behind(std::span<const double> option, std::span<const double> best, const ResidualVariance& residual,
               double ratio, double level) {
    const std::vector<double> differences = paired(best, option);
    if (differences.size() < 2) return false;
    const MeanDeviation own = mean_deviation(differences);
    const double error =
        std::sqrt(difference_variance(own, residual) * (1 / static_cast<double>(differences.size()) + ratio));
    const boost::math::students_t distribution(residual.degrees);
    return own.mean > error * boost::math::quantile(boost::math::complement(distribution, level));
}

}  // namespace inkling
