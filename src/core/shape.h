#pragma once

#include <cstddef>

namespace inkling {

/// The extent of one sample: an image, a feature map, or (height = width = 1) a vector of features.
struct Shape {
    int channels = 1;
    int height = 1;
    int width = 1;

    std::size_t pixels() const { return static_cast<std::size_t>(height) * width; }
    std::size_t size() const { return channels * pixels(); }
    bool operator==(const Shape&) const = default;
};

}  // namespace inkling
