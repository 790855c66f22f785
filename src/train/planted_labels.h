#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "data/dataset.h"
#include "train/confident_learning.h"

namespace inkling {

// How far an audit of labels is to be trusted: some are made wrong, and those that it finds are counted.

/// An image whose label was made wrong.
struct PlantedLabel {
    std::uint32_t image = 0;
    std::uint8_t truth = 0;  // the label that it had
};

/// Gives `share` (0 to 1) of the images, rounded to the nearest whole one and chosen by `seed`, another label, each of
/// the other classes that have images as probable as the next. Returns them by rising image.
std::vector<PlantedLabel> plant_wrong_labels(Dataset& data, double share, std::uint64_t seed);

/// How many of the planted labels a list names.
struct PlantedScore {
    std::size_t planted = 0;
    std::size_t listed = 0;
    std::size_t found = 0;  // planted and listed
    std::size_t named = 0;  // found, and suggested as the label that they had

    double precision() const { return ratio(found, listed); }  // labels that were wrong before count against it
    double recall() const { return ratio(found, planted); }

  private:
    static double ratio(std::size_t part, std::size_t whole) {
        return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
    }
};
PlantedScore score_planted(std::span<const PlantedLabel> planted, std::span<const DoubtfulLabel> doubts);

}  // namespace inkling
