#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "train/confident_learning.h"

namespace inkling {

/// What several networks, none of which learned an image, make of labelled images. All probabilities are (images,
/// classes).
struct Readings {
    std::vector<std::vector<float>> networks;  // of each
    std::vector<float> together;               // their mean
};

/// Takes the mean of the networks' probabilities, of which there is one or more.
Readings read_together(std::vector<std::vector<float>> networks);

/// The errors that networks make together, by their mean, between two classes: images with the label of one that are
/// read as the other, either way. Each is of one of three kinds.
struct PairErrors {
    std::size_t a = 0;  // the lower class
    std::size_t b = 0;
    std::int64_t wrong_label = 0;  // the label is doubted
    std::int64_t unresolved = 0;   // it is not, and no network reads the image as its label
    std::int64_t to_gain = 0;      // it is not, and one network or more does

    /// Beside the errors: images that are read as their label, though a network reads them as the other class. Where
    /// these are about as many as `to_gain`, networks guess, and what one reads right another reads wrong.
    std::int64_t to_lose = 0;

    std::int64_t errors() const { return wrong_label + unresolved + to_gain; }
};

/// The pairs that have errors, those with most first. `doubts` may be in any order.
std::vector<PairErrors> split_errors(const Readings& readings, std::span<const std::uint8_t> labels,
                                     std::size_t classes, std::span<const DoubtfulLabel> doubts);

/// The sum of them; its classes mean nothing.
PairErrors sum_of(std::span<const PairErrors> pairs);

}  // namespace inkling
