#include "handwriting/rasterizer.h"

#include <algorithm>
#include <cmath>

namespace inkling {

void Paper::clear() { coverage_.fill(0); }

void Paper::draw(std::span<const InkPoint> stroke) {
    for (std::size_t i = 0; i + 1 < stroke.size(); ++i) draw_capsule(stroke[i], stroke[i + 1]);
}

void Paper::draw_capsule(const InkPoint& from, const InkPoint& to) {
    const float reach = std::max(from.radius, to.radius) + 0.5f;
    const auto first = [&](float a, float b) {
        return std::max(0, static_cast<int>(std::floor(std::min(a, b) - reach)));
    };
    const auto last = [&](float a, float b) {
        return std::min(kPaperSize - 1, static_cast<int>(std::ceil(std::max(a, b) + reach)));
    };
    const int left = first(from.at.x, to.at.x);
    const int right = last(from.at.x, to.at.x);
    const int bottom = last(from.at.y, to.at.y);
    const float dx = to.at.x - from.at.x;
    const float dy = to.at.y - from.at.y;
    const float inverse = 1 / std::max(dx * dx + dy * dy, 1e-6f);
    const float widening = to.radius - from.radius;
    for (int y = first(from.at.y, to.at.y); y <= bottom; ++y) {
        float* row = coverage_.data() + y * kPaperSize;
        const float py = static_cast<float>(y) - from.at.y;
        for (int x = left; x <= right; ++x) {
            const float px = static_cast<float>(x) - from.at.x;
            const float along = std::clamp((px * dx + py * dy) * inverse, 0.0f, 1.0f);
            const float ex = px - along * dx;
            const float ey = py - along * dy;
            const float covered = from.radius + along * widening - std::sqrt(ex * ex + ey * ey) + 0.5f;
            row[x] = std::max(row[x], std::clamp(covered, 0.0f, 1.0f));
        }
    }
}

std::array<std::uint8_t, kPaperSize * kPaperSize> Paper::scan(RandomStream& random, float grain) const {
    std::array<std::uint8_t, kPaperSize * kPaperSize> pixels{};
    for (std::size_t i = 0; i < pixels.size(); ++i) {
        const float covered = coverage_[i];
        if (covered <= 0) continue;
        // Only edges are in doubt.
        const bool sure = covered > 0.5f + grain || covered < 0.5f - grain;
        const float threshold = sure ? 0.5f : 0.5f + grain * random.uniform(-1, 1);
        pixels[i] = covered >= threshold ? 255 : 0;
    }
    return pixels;
}

}  // namespace inkling
