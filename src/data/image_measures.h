#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "data/dataset.h"

namespace inkling {

/// What can be measured on images to compare two data sets.
struct ImageMeasures {
    std::vector<std::uint8_t> mean_image;  // (height, width)
    std::vector<float> ink;                // of each image: mean grey, 0 to 1
    std::vector<float> stroke_width;       // of each image, in pixels: twice the ink's area to the length of its edge
    std::array<double, 16> greys{};        // share of pixels with a grey of 16 k to 16 k + 15
};

/// Over all images; there must be one.
ImageMeasures measure_images(const Dataset& data);

/// Mean and quantiles of a measure.
struct Spread {
    double mean = 0;
    double low = 0;  // 5%
    double median = 0;
    double high = 0;  // 95%
};
Spread spread_of(std::vector<float> values);

}  // namespace inkling
