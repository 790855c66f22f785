#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace inkling {

/// A picture in greys, 0 black to 255 white, shape (height, width), both 1 or more.
struct GreyPicture {
    int width = 0;
    int height = 0;
    std::vector<std::uint8_t> pixels;
};

/// Makes a picture of red, green, blue and alpha, (height, width, 4), grey: 0.299 red, 0.587 green, 0.114 blue. What is
/// transparent is white paper; or black where the picture would be blank otherwise.
GreyPicture grey_of_rgba(std::span<const std::uint8_t> rgba, int width, int height);

/// Each pixel is the mean, rounded, of a square of `factor` pixels a side, 1 or more, or of what there is of it.
GreyPicture shrunk(const GreyPicture& picture, int factor);

}  // namespace inkling
