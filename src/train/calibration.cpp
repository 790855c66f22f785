#include "train/calibration.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "nn/parameter_layout.h"
#include "train/metrics.h"

namespace inkling {
namespace {

constexpr double kLeastTemperature = 0.05;
constexpr double kMostTemperature = 20;
constexpr int kIterations = 100;

/// The loss's first and second derivative by the inverse temperature.
struct Slope {
    double first = 0;
    double second = 0;
};

Slope slope_at(double inverse, std::span<const double> logits, std::span<const std::uint8_t> labels,
               std::size_t classes, std::span<const float> weights) {
    Slope slope;
    for (std::size_t i = 0; i < labels.size(); ++i) {
        const auto row = logits.subspan(i * classes, classes);
        const double largest = *std::max_element(row.begin(), row.end());
        double sum = 0;
        double mean = 0;
        double square = 0;
        for (const double logit : row) {
            const double share = std::exp(inverse * (logit - largest));
            sum += share;
            mean += share * logit;
            square += share * logit * logit;
        }
        mean /= sum;
        const double weight = weights.empty() ? 1.0 : double{weights[labels[i]]};
        slope.first += weight * (mean - row[labels[i]]);
        slope.second += weight * (square / sum - mean * mean);
    }
    return slope;
}

}  // namespace

std::vector<CalibrationBin> calibration_bins(std::span<const float> probabilities, std::span<const std::uint8_t> labels,
                                             int classes) {
    std::vector<CalibrationBin> bins(kCalibrationBins);
    const auto width = static_cast<std::size_t>(classes);
    for (std::size_t i = 0; i < labels.size(); ++i) {
        const auto row = probabilities.subspan(i * width, width);
        const std::size_t likely = likeliest(row);
        const auto place = static_cast<int>(row[likely] * static_cast<float>(kCalibrationBins));
        CalibrationBin& bin = bins[static_cast<std::size_t>(std::clamp(place, 0, kCalibrationBins - 1))];
        ++bin.samples;
        bin.confidence += row[likely];
        bin.accuracy += likely == labels[i] ? 1 : 0;
    }
    for (CalibrationBin& bin : bins) {
        const auto samples = static_cast<double>(std::max<std::int64_t>(bin.samples, 1));
        bin.confidence /= samples;
        bin.accuracy /= samples;
    }
    return bins;
}

double calibration_error(std::span<const CalibrationBin> bins) {
    double sum = 0;
    double samples = 0;
    for (const CalibrationBin& bin : bins) {
        sum += static_cast<double>(bin.samples) * std::abs(bin.confidence - bin.accuracy);
        samples += static_cast<double>(bin.samples);
    }
    return samples > 0 ? sum / samples : 0;
}

double fit_temperature(std::span<const float> probabilities, std::span<const std::uint8_t> labels, int classes,
                       std::span<const float> weights) {
    std::vector<double> logits(probabilities.size());
    std::transform(probabilities.begin(), probabilities.end(), logits.begin(),
                   [](float p) { return std::log(std::max(double{p}, kLeastProbability)); });
    // The loss is convex in the inverse, so that its slope rises: Newton's steps within what holds its zero.
    double low = 1 / kMostTemperature;
    double high = 1 / kLeastTemperature;
    double inverse = 1;
    for (int i = 0; i < kIterations && high - low > 1e-9; ++i) {
        const Slope slope = slope_at(inverse, logits, labels, static_cast<std::size_t>(classes), weights);
        (slope.first > 0 ? high : low) = inverse;
        const double next = slope.second > 0 ? inverse - slope.first / slope.second : low;
        const bool inside = next > low && next < high;
        const double step = inside ? next - inverse : 0;
        inverse = inside ? next : (low + high) / 2;
        if (inside && std::abs(step) < 1e-9) break;
    }
    return 1 / inverse;
}

Model with_temperature(Model model, double temperature) {
    for (const TensorInfo& info : parameter_layout(model.recipe.network, model.classes()).parameters) {
        if (!info.is_output) continue;
        for (std::size_t i = 0; i < info.size; ++i)
            model.parameters[info.offset + i] /= static_cast<float>(temperature);
    }
    model.temperature *= temperature;
    model.sets.clear();
    model.strangeness.reset();
    return model;
}

}  // namespace inkling
