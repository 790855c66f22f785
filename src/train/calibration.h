#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "train/model.h"

namespace inkling {

/// Samples of which the likeliest class's probability lies in one of equal parts of 0 to 1.
struct CalibrationBin {
    std::int64_t samples = 0;
    double confidence = 0;  // mean of those probabilities
    double accuracy = 0;    // share of the samples that are of that class
};

/// From probabilities, (samples, classes), and labels, (samples).
std::vector<CalibrationBin> calibration_bins(std::span<const float> probabilities, std::span<const std::uint8_t> labels,
                                             int classes);

/// Expected calibration error: the mean distance, over samples, of the bins' confidence from their accuracy.
/// M. Pakdaman Naeini et al., "Obtaining well calibrated probabilities using Bayesian binning", 2015.
double calibration_error(std::span<const CalibrationBin> bins);

inline constexpr int kCalibrationBins = 15;

/// What the logits behind `probabilities` are to be divided by for the least loss, 0.05 to 20. `weights`, one for each
/// class, say how much its samples count; empty: alike. C. Guo et al., "On calibration of modern neural networks",
/// 2017.
double fit_temperature(std::span<const float> probabilities, std::span<const std::uint8_t> labels, int classes,
                       std::span<const float> weights = {});

/// The model, its output layer's weights and biases divided by `temperature`; conformal sets and strangeness, which
/// were fitted to other logits, are left out.
Model with_temperature(Model model, double temperature);

}  // namespace inkling
