#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "core/random.h"
#include "handwriting/glyphs.h"

namespace inkling {

/// Where the pen was, in pixels, and half its mark's width there.
struct InkPoint {
    Point at;
    float radius = 1;
};

using InkStroke = std::vector<InkPoint>;

constexpr int kPaperSize = 128;  // pixels a side, as NIST cut its scans

/// A square of paper: coverage with ink from 0 to 1, row by row.
class Paper {
  public:
    /// Makes it blank again.
    void clear();

    /// Draws a stroke as capsules of linearly changing radius, anti-aliased by distance; what lies outside is cut off.
    void draw(std::span<const InkPoint> stroke);

    /// What a scanner with two levels sees of it, 0 or 255: ink where at least half a pixel, give or take `grain` (0 to
    /// 0.5) at random, is covered.
    std::array<std::uint8_t, kPaperSize * kPaperSize> scan(RandomStream& random, float grain) const;

  private:
    void draw_capsule(const InkPoint& from, const InkPoint& to);

    std::array<float, kPaperSize * kPaperSize> coverage_{};
};

}  // namespace inkling
