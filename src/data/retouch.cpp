#include "data/retouch.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace inkling {
namespace {

std::size_t place(const Shape& shape, int x, int y) {
    return static_cast<std::size_t>(y) * static_cast<std::size_t>(shape.width) + static_cast<std::size_t>(x);
}

}  // namespace

void thicken(std::span<float> plane, const Shape& shape, float amount, std::span<float> scratch) {
    std::copy(plane.begin(), plane.end(), scratch.begin());
    const bool bolder = amount > 0;
    const float part = bolder ? amount : -amount;
    const auto at = [&](int x, int y) { return scratch[place(shape, x, y)]; };
    for (int y = 0; y < shape.height; ++y)
        for (int x = 0; x < shape.width; ++x) {
            float reached = at(x, y);
            const auto reach = [&](float value) {
                reached = bolder ? std::max(reached, value) : std::min(reached, value);
            };
            if (x > 0) reach(at(x - 1, y));
            if (x + 1 < shape.width) reach(at(x + 1, y));
            if (y > 0) reach(at(x, y - 1));
            if (y + 1 < shape.height) reach(at(x, y + 1));
            float& pixel = plane[place(shape, x, y)];
            pixel += part * (reached - pixel);
        }
}

void blur(std::span<float> plane, const Shape& shape, float amount, std::span<float> scratch) {
    std::copy(plane.begin(), plane.end(), scratch.begin());
    for (int y = 0; y < shape.height; ++y)
        for (int x = 0; x < shape.width; ++x) {
            float sum = 0;
            int count = 0;
            for (int row = std::max(y - 1, 0); row <= std::min(y + 1, shape.height - 1); ++row)
                for (int column = std::max(x - 1, 0); column <= std::min(x + 1, shape.width - 1); ++column, ++count)
                    sum += scratch[place(shape, column, row)];
            float& pixel = plane[place(shape, x, y)];
            pixel += amount * (sum / static_cast<float>(count) - pixel);
        }
}

void add_noise(std::span<float> plane, float deviation, const Greys& greys, RandomStream& random) {
    const float scale = deviation * (greys.white - greys.black);
    for (std::size_t i = 0; i < plane.size(); i += 2) {
        const std::array<float, 2> pair = random.normal_pair();
        for (std::size_t p = i; p < std::min(i + 2, plane.size()); ++p)
            plane[p] = std::clamp(plane[p] + scale * pair[p - i], greys.black, greys.white);
    }
}

void erase(std::span<float> plane, const Shape& shape, const Patch& patch, float background) {
    const int right = std::min(patch.left + patch.width, shape.width);
    const int bottom = std::min(patch.top + patch.height, shape.height);
    for (int y = std::max(patch.top, 0); y < bottom; ++y)
        for (int x = std::max(patch.left, 0); x < right; ++x) plane[place(shape, x, y)] = background;
}

}  // namespace inkling
