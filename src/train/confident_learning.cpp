#include "train/confident_learning.h"

#include <algorithm>
#include <numeric>
#include <optional>

#include "core/error.h"
#include "train/metrics.h"

namespace inkling {
namespace {

constexpr double kRounding = 1e-6;  // of a probability that is as large as the threshold

using Row = std::span<const float>;

std::vector<double> class_thresholds(std::span<const float> probabilities, std::span<const std::uint8_t> labels,
                                     std::size_t classes) {
    std::vector<double> thresholds(classes);
    std::vector<double> images(classes);
    for (std::size_t i = 0; i < labels.size(); ++i) {
        thresholds[labels[i]] += probabilities[i * classes + labels[i]];
        ++images[labels[i]];
    }
    for (std::size_t c = 0; c < classes; ++c) thresholds[c] = images[c] > 0 ? thresholds[c] / images[c] : 1;
    return thresholds;
}

/// The class that an image is confidently of, if it is of any.
std::optional<std::size_t> confident_class(Row row, std::span<const double> thresholds) {
    std::optional<std::size_t> found;
    for (std::size_t c = 0; c < row.size(); ++c)
        if (row[c] >= thresholds[c] - kRounding && (!found || row[c] > row[*found])) found = c;
    return found;
}

double margin_of(Row row, std::size_t given) {
    float other = 0;
    for (std::size_t c = 0; c < row.size(); ++c)
        if (c != given) other = std::max(other, row[c]);
    return double{row[given]} - double{other};
}

/// Rows of the counts, scaled so that each label has the share that it has among the images.
std::vector<double> calibrated_joint(std::span<const std::int64_t> counts, std::span<const std::uint8_t> labels,
                                     std::size_t classes) {
    std::vector<double> shares(classes);
    for (const std::uint8_t label : labels) shares[label] += 1 / static_cast<double>(labels.size());
    std::vector<double> joint(classes * classes);
    for (std::size_t given = 0; given < classes; ++given) {
        const auto row = counts.subspan(given * classes, classes);
        const auto sum = static_cast<double>(std::accumulate(row.begin(), row.end(), std::int64_t{0}));
        for (std::size_t truth = 0; truth < classes; ++truth)
            joint[given * classes + truth] = shares[given] * static_cast<double>(row[truth]) / sum;
    }
    return joint;
}

}  // namespace

ConfidentLabels learn_confidently(std::span<const float> probabilities, std::span<const std::uint8_t> labels,
                                  std::size_t classes, double doubt) {
    if (probabilities.size() != labels.size() * classes)
        throw failed("{} probabilities for {} images of {} classes", probabilities.size(), labels.size(), classes);
    ConfidentLabels result{.classes = classes,
                           .thresholds = class_thresholds(probabilities, labels, classes),
                           .counts = std::vector<std::int64_t>(classes * classes),
                           .joint = {},
                           .doubts = {}};
    for (std::size_t i = 0; i < labels.size(); ++i) {
        const Row row = probabilities.subspan(i * classes, classes);
        const std::size_t given = labels[i];
        const std::optional<std::size_t> confident = confident_class(row, result.thresholds);
        if (!confident) continue;
        ++result.counts[given * classes + *confident];
        if (*confident == given || likeliest(row) == given || row[given] > doubt) continue;
        result.doubts.push_back({.image = static_cast<std::uint32_t>(i),
                                 .given = labels[i],
                                 .suggested = static_cast<std::uint8_t>(*confident),
                                 .given_probability = row[given],
                                 .suggested_probability = row[*confident],
                                 .margin = margin_of(row, given)});
    }
    for (std::size_t c = 0; c < classes; ++c)
        result.counts[c * classes + c] = std::max<std::int64_t>(result.counts[c * classes + c], 1);
    result.joint = calibrated_joint(result.counts, labels, classes);
    std::stable_sort(result.doubts.begin(), result.doubts.end(),
                     [](const DoubtfulLabel& a, const DoubtfulLabel& b) { return a.margin < b.margin; });
    return result;
}

double wrong_share(const ConfidentLabels& labels) {
    double right = 0;
    for (std::size_t c = 0; c < labels.classes; ++c) right += labels.joint[c * labels.classes + c];
    return 1 - right;
}

double wrong_share_of(const ConfidentLabels& labels, std::size_t given) {
    const auto row = std::span(labels.joint).subspan(given * labels.classes, labels.classes);
    const double all = std::accumulate(row.begin(), row.end(), 0.0);
    return all > 0 ? 1 - row[given] / all : 0;
}

}  // namespace inkling
