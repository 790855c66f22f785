#include "study/statistics.h"

#include <algorithm>
#include <boost/math/distributions/binomial.hpp>
#include <boost/math/distributions/normal.hpp>
#include <boost/math/distributions/students_t.hpp>
#include <cassert>
#include <cmath>
#include <limits>
#include <vector>

namespace inkling {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// How many standard errors from the mean a two-sided interval reaches.
double t_reach(std::size_t count, double confidence) {
    const boost::math::students_t distribution(static_cast<double>(count - 1));
    return boost::math::quantile(boost::math::complement(distribution, (1 - confidence) / 2));
}

}  // namespace

MeanDeviation mean_deviation(std::span<const double> values) {
    if (values.empty()) return {};
    const auto count = static_cast<double>(values.size());
    double sum = 0;
    for (const double value : values) sum += value;
    MeanDeviation result{sum / count, 0};
    if (values.size() < 2) return result;
    double squares = 0;
    for (const double value : values) squares += (value - result.mean) * (value - result.mean);
    result.deviation = std::sqrt(squares / (count - 1));
    return result;
}

Interval mean_interval(std::span<const double> values, double confidence, double ratio) {
    if (values.size() < 2) return {-kInfinity, kInfinity};
    const MeanDeviation sample = mean_deviation(values);
    const double error = sample.deviation * std::sqrt(1 / static_cast<double>(values.size()) + ratio);
    const double reach = t_reach(values.size(), confidence) * error;
    return {sample.mean - reach, sample.mean + reach};
}

PairedDifference paired_difference(std::span<const double> a, std::span<const double> b, double test_train_ratio,
                                   double confidence) {
    assert(a.size() == b.size());
    std::vector<double> differences(a.size());
    std::transform(a.begin(), a.end(), b.begin(), differences.begin(), std::minus<>());
    const MeanDeviation sample = mean_deviation(differences);
    PairedDifference result{sample.mean, {-kInfinity, kInfinity}, 1};
    if (differences.size() < 2) return result;

    const auto count = static_cast<double>(differences.size());
    const double error = sample.deviation * std::sqrt(1 / count + test_train_ratio);
    const double reach = t_reach(differences.size(), confidence) * error;
    result.interval = {sample.mean - reach, sample.mean + reach};
    if (error > 0) {
        const boost::math::students_t distribution(count - 1);
        result.p_value = 2 * boost::math::cdf(boost::math::complement(distribution, std::abs(sample.mean) / error));
    } else if (sample.mean != 0) {
        result.p_value = 0;
    }
    return result;
}

Interval wilson_interval(double successes, double count, double confidence) {
    const double share = successes / count;
    const double z = boost::math::quantile(boost::math::complement(boost::math::normal(), (1 - confidence) / 2));
    const double square = z * z;
    const double center = (share + square / (2 * count)) / (1 + square / count);
    const double reach =
        z / (1 + square / count) * std::sqrt(share * (1 - share) / count + square / (4 * count * count));
    // At the ends rounding would leave a speck beyond.
    return {successes == 0 ? 0 : std::max(0.0, center - reach), successes == count ? 1 : std::min(1.0, center + reach)};
}

double mcnemar_p_value(std::int64_t only_a, std::int64_t only_b) {
    if (only_a == only_b) return 1;
    const auto fewer = static_cast<double>(std::min(only_a, only_b));
    const boost::math::binomial distribution(static_cast<double>(only_a + only_b), 0.5);
    return std::min(1.0, 2 * boost::math::cdf(distribution, fewer));
}

}  // namespace inkling
