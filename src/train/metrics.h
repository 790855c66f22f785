#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <vector>

namespace inkling {

/// Precision, recall, F1 and number of samples of one class. A class without predictions has precision 0, without
/// samples recall 0 (scikit-learn's zero_division=0).
struct ClassMetrics {
    double precision = 0;
    double recall = 0;
    double f1 = 0;
    std::int64_t support = 0;
};

/// Two classes that are taken for each other: `count` samples of `truth` were predicted as `prediction`.
struct Confusion {
    int truth = 0;
    int prediction = 0;
    std::int64_t count = 0;
};

/// Test results, by scikit-learn's definitions.
struct Metrics {
    double loss = 0;  // mean cross-entropy, without label smoothing
    double accuracy = 0;
    double top2_accuracy = 0;
    double top3_accuracy = 0;
    double macro_precision = 0;  // means over classes that have samples or predictions
    double macro_recall = 0;
    double macro_f1 = 0;
    double calibration_error = 0;  // see calibration.h
    std::vector<ClassMetrics> per_class;
    std::vector<std::int64_t> confusion;  // (classes, classes): row truth, column prediction
};

/// The class with the largest of one sample's probabilities; ties go to the lower one.
std::size_t likeliest(std::span<const float> probabilities);

/// From probabilities, (samples, classes), and labels, (samples). Ties go to the lower class, as in argmax.
Metrics compute_metrics(std::span<const float> probabilities, std::span<const std::uint8_t> labels, int classes);

/// What a probability counts as at least in a loss: one that underflowed to zero would make the mean infinite.
inline constexpr double kLeastProbability = std::numeric_limits<float>::min();

/// How many confusions a result names.
inline constexpr int kMostConfused = 10;

/// The `count` most frequent confusions, most frequent first.
std::vector<Confusion> most_confused(const Metrics& metrics, int count);

}  // namespace inkling
