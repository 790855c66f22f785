#pragma once

#include <cstdint>
#include <vector>

namespace inkling {

/// A picture in greys, 0 black to 255 white, shape (height, width), both 1 or more.
struct GreyPicture {
    int width = 0;
    int height = 0;
    std::vector<std::uint8_t> pixels;
};

/// Each pixel is the mean, rounded, of a square of `factor` pixels a side, 1 or more, or of what there is of it.
GreyPicture shrunk(const GreyPicture& picture, int factor);

}  // namespace inkling
