#include "train/strangeness.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace inkling {
namespace {

constexpr double kShrinkage = 1e-4;  // of the mean variance, added to each, so that none is nothing
constexpr double kLeastMost = 1e-9;  // what is strange is told in shares of the most

/// Means of the logits of each class, and how many images have it.
struct ClassMeans {
    std::vector<double> means;  // (classes, classes)
    std::vector<std::size_t> counts;
};

ClassMeans class_means(const LabelledLogits& images, std::size_t classes) {
    ClassMeans result{.means = std::vector<double>(classes * classes), .counts = std::vector<std::size_t>(classes)};
    for (std::size_t i = 0; i < images.labels.size(); ++i) {
        const std::size_t label = images.labels[i];
        ++result.counts[label];
        for (std::size_t c = 0; c < classes; ++c) result.means[label * classes + c] += images.logits[i * classes + c];
    }
    for (std::size_t label = 0; label < classes; ++label)
        for (std::size_t c = 0; c < classes; ++c)
            result.means[label * classes + c] /= static_cast<double>(std::max<std::size_t>(result.counts[label], 1));
    return result;
}

/// (classes, classes), of the differences from the classes' means.
std::vector<double> covariance(const LabelledLogits& images, const ClassMeans& of, std::size_t classes) {
    std::vector<double> sums(classes * classes);
    std::vector<double> difference(classes);
    for (std::size_t i = 0; i < images.labels.size(); ++i) {
        for (std::size_t c = 0; c < classes; ++c)
            difference[c] = images.logits[i * classes + c] - of.means[images.labels[i] * classes + c];
        for (std::size_t a = 0; a < classes; ++a)
            for (std::size_t b = 0; b <= a; ++b) sums[a * classes + b] += difference[a] * difference[b];
    }
    double mean = 0;
    for (double& sum : sums) sum /= static_cast<double>(images.labels.size());
    for (std::size_t a = 0; a < classes; ++a) mean += sums[a * classes + a] / static_cast<double>(classes);
    for (std::size_t a = 0; a < classes; ++a) sums[a * classes + a] += kShrinkage * mean;
    return sums;
}

/// The inverse of the Cholesky factor of a matrix whose lower triangle is given; lower too. Empty where it has none.
std::vector<double> inverse_cholesky(std::vector<double> matrix, std::size_t size) {
    const auto at = [&](std::size_t row, std::size_t column) -> double& { return matrix[row * size + column]; };
    for (std::size_t j = 0; j < size; ++j)
        for (std::size_t i = j; i < size; ++i) {
            double sum = at(i, j);
            for (std::size_t k = 0; k < j; ++k) sum -= at(i, k) * at(j, k);
            if (i == j && !(sum > 0)) return {};
            at(i, j) = i == j ? std::sqrt(sum) : sum / at(j, j);
        }
    std::vector<double> inverse(size * size);
    for (std::size_t column = 0; column < size; ++column)
        for (std::size_t row = column; row < size; ++row) {
            double sum = row == column ? 1 : 0;
            for (std::size_t k = column; k < row; ++k) sum -= at(row, k) * inverse[k * size + column];
            inverse[row * size + column] = sum / at(row, row);
        }
    return inverse;
}

template <class Number>
std::vector<double> product(std::span<const double> lower, std::span<const Number> vector) {
    const std::size_t size = vector.size();
    std::vector<double> result(size);
    for (std::size_t row = 0; row < size; ++row)
        for (std::size_t column = 0; column <= row; ++column)
            result[row] += lower[row * size + column] * vector[column];
    return result;
}

/// What all may be but so much of the weight as kAccepted leaves, the image to come counted as left out.
std::optional<double> most_of(std::vector<std::pair<double, double>> weighted, double most_weight) {
    double all = most_weight;
    for (const auto& [value, weight] : weighted) all += weight;
    std::ranges::sort(weighted, std::greater());
    double left = (1 - kAccepted) * all - most_weight;
    std::optional<double> most;
    for (const auto& [value, weight] : weighted) {
        if (left < 0) break;
        most = value;
        left -= weight;
    }
    return most;
}

}  // namespace

double Strangeness::of(std::span<const float> logits) const {
    const std::vector<double> place = product(std::span(whitening), logits);
    double least = std::numeric_limits<double>::infinity();
    for (std::size_t begin = 0; begin < centres.size(); begin += place.size()) {
        double sum = 0;
        for (std::size_t i = 0; i < place.size(); ++i)
            sum += (place[i] - centres[begin + i]) * (place[i] - centres[begin + i]);
        least = std::min(least, sum);
    }
    return least;
}

std::optional<Strangeness> fit_strangeness(const LabelledLogits& learned, const LabelledLogits& held_out, int classes,
                                           std::span<const float> weights) {
    const auto width = static_cast<std::size_t>(classes);
    if (learned.labels.empty()) return std::nullopt;
    const ClassMeans means = class_means(learned, width);
    Strangeness result{.whitening = inverse_cholesky(covariance(learned, means, width), width), .centres = {}};
    if (result.whitening.empty()) return std::nullopt;
    for (std::size_t label = 0; label < width; ++label) {
        if (means.counts[label] == 0) continue;
        const std::vector<double> centre =
            product(std::span<const double>(result.whitening), std::span(means.means).subspan(label * width, width));
        result.centres.insert(result.centres.end(), centre.begin(), centre.end());
    }
    std::vector<std::pair<double, double>> seen;
    for (std::size_t i = 0; i < held_out.labels.size(); ++i)
        seen.emplace_back(result.of(std::span(held_out.logits).subspan(i * width, width)),
                          weights.empty() ? 1.0 : double{weights[held_out.labels[i]]});
    double most_weight = 1;  // the image to come may be of any class
    for (const float weight : weights) most_weight = std::max(most_weight, double{weight});
    const std::optional<double> most = most_of(std::move(seen), most_weight);
    if (!most) return std::nullopt;
    result.most = std::max(*most, kLeastMost);
    return result;
}

}  // namespace inkling
