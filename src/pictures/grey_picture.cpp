#include "pictures/grey_picture.h"

#include <algorithm>

namespace inkling {

GreyPicture shrunk(const GreyPicture& picture, int factor) {
    GreyPicture small{
        .width = (picture.width + factor - 1) / factor, .height = (picture.height + factor - 1) / factor, .pixels = {}};
    for (int y = 0; y < small.height; ++y)
        for (int x = 0; x < small.width; ++x) {
            const int right = std::min((x + 1) * factor, picture.width);
            const int bottom = std::min((y + 1) * factor, picture.height);
            const int count = (right - x * factor) * (bottom - y * factor);
            int sum = 0;
            for (int row = y * factor; row < bottom; ++row)
                for (int column = x * factor; column < right; ++column)
                    sum += picture.pixels[static_cast<std::size_t>(row) * picture.width + column];
            small.pixels.push_back(static_cast<std::uint8_t>((2 * sum + count) / (2 * count)));
        }
    return small;
}

}  // namespace inkling
