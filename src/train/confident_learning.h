#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace inkling {

// Which labels of a data set are probably wrong, by the probabilities that networks give to images that they did not
// learn. C. Northcutt et al., "Confident Learning: Estimating Uncertainty in Dataset Labels", 2021.

/// An image whose label is doubted.
struct DoubtfulLabel {
    std::uint32_t image = 0;
    std::uint8_t given = 0;
    std::uint8_t suggested = 0;  // the class that the image is confidently of
    float given_probability = 0;
    float suggested_probability = 0;
    double margin = 0;  // probability of the given label less that of the likeliest other; -1 is the worst
};

/// What confident learning finds. Matrices are (classes, classes): row the given label, column the true one.
struct ConfidentLabels {
    std::size_t classes = 0;
    std::vector<double> thresholds;  // mean probability of a class over the images labelled so; 1 where there are none
    std::vector<std::int64_t> counts;   // the confident joint; a class counts one image that is surely right at least
    std::vector<double> joint;          // shares of all images, estimated; each row sums to the label's share
    std::vector<DoubtfulLabel> doubts;  // the worst first
};

/// An image counts as confidently of the likeliest class among those whose probability reaches their threshold; its
/// label is doubted where it is another class, where the likeliest class of all is another one too, and where its
/// probability is at most `doubt`. With 1, doubts are those of the paper, which takes classes that look alike for wrong
/// labels of one another; with 0.05, of twenty images that look so no more than one is labelled so.
///
/// `probabilities`: (images, classes), of networks that did not learn the image. Throws Error (failed) where their
/// number does not fit the labels.
ConfidentLabels learn_confidently(std::span<const float> probabilities, std::span<const std::uint8_t> labels,
                                  std::size_t classes, double doubt = 1);

/// The share of wrong labels that the joint says, over all images.
double wrong_share(const ConfidentLabels& labels);

/// The same of the images with that label; 0 where there are none.
double wrong_share_of(const ConfidentLabels& labels, std::size_t given);

}  // namespace inkling
