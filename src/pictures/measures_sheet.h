#pragma once

#include <filesystem>
#include <string>

#include "core/shape.h"
#include "data/image_measures.h"

namespace inkling {

struct NamedMeasures {
    std::string name;
    ImageMeasures measures;
};

/// Writes a PNG file of two data sets' measures side by side: mean images, and histograms of ink, stroke width and
/// greys, bar beside bar.
void draw_measures(const std::filesystem::path& path, const NamedMeasures& first, const NamedMeasures& second,
                   Shape shape);

}  // namespace inkling
