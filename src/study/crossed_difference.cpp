#include "study/crossed_difference.h"

#include <algorithm>
#include <boost/math/distributions/students_t.hpp>
#include <cassert>
#include <cmath>
#include <limits>
#include <numeric>

namespace inkling {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
/// How much of a side's interaction, which thousands of images tell, counts as known in its seeds' variance. All of it
/// would make intervals too narrow where seeds differ, none of it too wide where they do not: between two and five
/// seeds this keeps both within 93 to 98% (bench/planted_finals).
constexpr double kKnownInteraction = 0.5;

/// One configuration's seeds and images.
struct Side {
    std::vector<double> image_means;  // over the seeds
    double seeds = 0;
    double mean = 0;
    double seed_variance = 0;       // of the seeds' accuracies
    double interaction = 0;         // variance of one seed's answer to one image, the effects of either aside
    double degrees_of_freedom = 0;  // of seed_variance
};

double squares_about(std::span<const double> values, double mean) {
    double squares = 0;
    for (const double value : values) squares += (value - mean) * (value - mean);
    return squares;
}

/// The two-way analysis of variance, without replication.
Side analyse(std::span<const RightImages> runs) {
    const std::size_t images = runs.front().size();
    const auto n = static_cast<double>(runs.size());
    const auto count = static_cast<double>(images);
    Side side{.image_means = std::vector<double>(images), .seeds = n, .degrees_of_freedom = n - 1};
    std::vector<double> seed_means;
    for (const RightImages& right : runs) {
        assert(right.size() == images);
        seed_means.push_back(accuracy(right));
        for (std::size_t i = 0; i < images; ++i) side.image_means[i] += right[i] / n;
    }
    side.mean = mean_deviation(seed_means).mean;
    if (runs.size() < 2) return side;
    const double of_seeds = squares_about(seed_means, side.mean);
    const double of_images = squares_about(side.image_means, side.mean);
    const double all = n * count * side.mean * (1 - side.mean);  // answers are 0 or 1
    side.seed_variance = of_seeds / (n - 1);
    side.interaction = std::max(0.0, all - count * of_seeds - n * of_images) / ((n - 1) * (count - 1));
    return side;
}

/// A side of one seed takes from the other what cannot be seen in it.
void borrow(Side& side, const Side& other) {
    if (side.degrees_of_freedom > 0) return;
    side.seed_variance = other.seed_variance;
    side.interaction = other.interaction;
    side.degrees_of_freedom = other.degrees_of_freedom;
}

}  // namespace

double accuracy(const RightImages& right) {
    return static_cast<double>(std::count(right.begin(), right.end(), 1)) / static_cast<double>(right.size());
}

CrossedDifference crossed_difference(std::span<const RightImages> a, std::span<const RightImages> b,
                                     double confidence) {
    Side first = analyse(a);
    Side second = analyse(b);
    const auto images = static_cast<double>(first.image_means.size());
    CrossedDifference result{.mean = first.mean - second.mean, .interval = {-kInfinity, kInfinity}};

    std::vector<double> differences(first.image_means.size());
    std::transform(first.image_means.begin(), first.image_means.end(), second.image_means.begin(), differences.begin(),
                   std::minus<>());
    // It has the interaction in it, which the seeds' variances have too and must be counted once.
    const double of_images = squares_about(differences, result.mean) / (images - 1) / images;
    result.image_error = std::sqrt(of_images);
    borrow(first, second);
    borrow(second, first);
    if (first.degrees_of_freedom == 0) return result;

    double interaction = 0;
    double seeds = 0;
    double spread = 0;  // of the variances' estimates, as Satterthwaite adds them up
    for (const Side& side : {first, second}) {
        const double least = side.interaction / images;
        const double variance = std::max(side.seed_variance, least) / side.seeds;
        interaction += least / side.seeds;
        seeds += variance;
        const double unknown = variance - kKnownInteraction * least / side.seeds;
        spread += unknown * unknown / side.degrees_of_freedom;
    }
    const double of_images_alone = std::max(0.0, of_images - interaction);
    spread += of_images_alone * of_images_alone / (images - 1);
    const double variance = seeds + of_images_alone;
    result.seed_error = std::sqrt(seeds);
    if (variance == 0) {
        result.interval = {result.mean, result.mean};
        return result;
    }
    result.degrees_of_freedom = variance * variance / spread;
    const boost::math::students_t distribution(result.degrees_of_freedom);
    const double reach =
        boost::math::quantile(boost::math::complement(distribution, (1 - confidence) / 2)) * std::sqrt(variance);
    result.interval = {result.mean - reach, result.mean + reach};
    return result;
}

std::size_t median_run(std::span<const double> accuracies) {
    std::vector<std::size_t> order(accuracies.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return accuracies[a] < accuracies[b]; });
    return order[(order.size() - 1) / 2];
}

}  // namespace inkling
