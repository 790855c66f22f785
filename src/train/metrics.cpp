#include "train/metrics.h"

#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "train/calibration.h"

namespace inkling {
namespace {

/// The label's place, 0 the first, in the order of probabilities, equal ones by class.
int rank(std::span<const float> probabilities, std::size_t label) {
    int ahead = 0;
    for (std::size_t c = 0; c < probabilities.size(); ++c)
        ahead += probabilities[c] > probabilities[label] || (probabilities[c] == probabilities[label] && c < label);
    return ahead;
}

double ratio(std::int64_t part, std::int64_t whole) {
    return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

/// Fills in what follows from the confusion matrix.
void add_class_metrics(Metrics& metrics, std::size_t classes) {
    const auto at = [&](std::size_t truth, std::size_t prediction) {
        return metrics.confusion[truth * classes + prediction];
    };
    int present = 0;
    for (std::size_t c = 0; c < classes; ++c) {
        std::int64_t samples = 0, predictions = 0;
        for (std::size_t other = 0; other < classes; ++other) {
            samples += at(c, other);
            predictions += at(other, c);
        }
        const ClassMetrics of_class{.precision = ratio(at(c, c), predictions),
                                    .recall = ratio(at(c, c), samples),
                                    .f1 = ratio(2 * at(c, c), samples + predictions),
                                    .support = samples};
        metrics.per_class.push_back(of_class);
        metrics.macro_precision += of_class.precision;
        metrics.macro_recall += of_class.recall;
        metrics.macro_f1 += of_class.f1;
        present += samples + predictions > 0;
    }
    for (double* mean : {&metrics.macro_precision, &metrics.macro_recall, &metrics.macro_f1})
        *mean /= std::max(present, 1);
}

}  // namespace

std::size_t likeliest(std::span<const float> probabilities) {
    return static_cast<std::size_t>(std::ranges::max_element(probabilities) - probabilities.begin());
}

Metrics compute_metrics(std::span<const float> probabilities, std::span<const std::uint8_t> labels, int classes) {
    const auto width = static_cast<std::size_t>(classes);
    if (probabilities.size() != labels.size() * width)
        throw failed("{} probabilities for {} samples of {} classes, expected {}", probabilities.size(), labels.size(),
                     classes, labels.size() * width);
    Metrics metrics;
    metrics.confusion.assign(width * width, 0);
    std::int64_t in_first = 0, in_first_two = 0, in_first_three = 0;
    double loss = 0;
    for (std::size_t i = 0; i < labels.size(); ++i) {
        const std::size_t label = labels[i];
        if (label >= width)
            throw bad_data("sample {} has label {}, expected 0 to {}: test on data of the network's own classes", i,
                           label, classes - 1);
        const auto row = probabilities.subspan(i * width, width);
        ++metrics.confusion[label * width + likeliest(row)];
        if (std::isnan(row[label])) throw failed("the probability of image {} is not a number", i);
        const int place = rank(row, label);
        in_first += place < 1;
        in_first_two += place < 2;
        in_first_three += place < 3;
        loss -= std::log(std::max(double{row[label]}, kLeastProbability));
    }
    const auto samples = static_cast<std::int64_t>(labels.size());
    metrics.loss = loss / static_cast<double>(std::max<std::int64_t>(samples, 1));
    metrics.accuracy = ratio(in_first, samples);
    metrics.top2_accuracy = ratio(in_first_two, samples);
    metrics.top3_accuracy = ratio(in_first_three, samples);
    metrics.calibration_error = calibration_error(calibration_bins(probabilities, labels, classes));
    add_class_metrics(metrics, width);
    return metrics;
}

std::vector<Confusion> most_confused(const Metrics& metrics, int count) {
    const std::size_t classes = metrics.per_class.size();
    std::vector<Confusion> confusions;
    for (std::size_t truth = 0; truth < classes; ++truth)
        for (std::size_t prediction = 0; prediction < classes; ++prediction) {
            const std::int64_t times = metrics.confusion[truth * classes + prediction];
            if (truth != prediction && times > 0)
                confusions.push_back({static_cast<int>(truth), static_cast<int>(prediction), times});
        }
    std::ranges::stable_sort(confusions, std::ranges::greater{}, &Confusion::count);
    if (confusions.size() > static_cast<std::size_t>(count)) confusions.resize(static_cast<std::size_t>(count));
    return confusions;
}

}  // namespace inkling
