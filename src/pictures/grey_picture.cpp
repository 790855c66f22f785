#include "pictures/grey_picture.h"

#include <algorithm>

namespace inkling {
namespace {

GreyPicture grey_on(int paper, std::span<const std::uint8_t> rgba, int width, int height) {
    GreyPicture picture{.width = width, .height = height, .pixels = {}};
    picture.pixels.reserve(rgba.size() / 4);
    for (std::size_t at = 0; at + 3 < rgba.size(); at += 4) {
        const int grey = (299 * rgba[at] + 587 * rgba[at + 1] + 114 * rgba[at + 2] + 500) / 1000;
        const int alpha = rgba[at + 3];
        picture.pixels.push_back(static_cast<std::uint8_t>((grey * alpha + paper * (255 - alpha) + 127) / 255));
    }
    return picture;
}

bool is_blank(const GreyPicture& picture) {
    constexpr int kContrast = 16;
    const auto [darkest, lightest] = std::minmax_element(picture.pixels.begin(), picture.pixels.end());
    return *lightest - *darkest < kContrast;
}

bool is_opaque(std::span<const std::uint8_t> rgba) {
    for (std::size_t at = 3; at < rgba.size(); at += 4)
        if (rgba[at] != 255) return false;
    return true;
}

}  // namespace

GreyPicture grey_of_rgba(std::span<const std::uint8_t> rgba, int width, int height) {
    GreyPicture picture = grey_on(255, rgba, width, height);
    return is_blank(picture) && !is_opaque(rgba) ? grey_on(0, rgba, width, height) : picture;
}

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
