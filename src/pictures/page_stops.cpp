#include "pictures/page_stops.h"

#include <algorithm>
#include <cmath>

namespace inkling {
namespace {

// Lengths are in the page's usual heights.
constexpr double kTall = 0.5;  // lower pieces do not tell where the line stands
constexpr std::size_t kNeighbours = 5;
constexpr double kFlat = 0.25;
constexpr double kLong = 2;      // times as wide as it is high: flat
constexpr double kStop = 0.55;   // the highest that a comma is
constexpr double kAtFoot = 0.3;  // above the foot, where the highest begins
constexpr double kAtTop = 0.5;   // above the foot, where the lowest apostrophe ends

/// Where the line stands at column `x`: the median foot of the nearest tall pieces.
double foot_at(const std::vector<PictureBox>& tall, int x) {
    std::vector<PictureBox> nearest = tall;
    const std::size_t count = std::min(kNeighbours, nearest.size());
    const auto end = nearest.begin() + static_cast<std::ptrdiff_t>(count);
    std::ranges::partial_sort(nearest, end, {},
                              [&](const PictureBox& box) { return std::abs(box.x + box.width / 2 - x); });
    std::vector<int> feet;
    for (auto box = nearest.begin(); box != end; ++box) feet.push_back(box->y + box->height);
    std::ranges::nth_element(feet, feet.begin() + static_cast<std::ptrdiff_t>(count / 2));
    return feet[count / 2];
}

bool is_stop(const PictureBox& box, const std::vector<PictureBox>& tall, double height) {
    const double high = box.height - 2, wide = box.width - 2;  // without the soft edge
    if (high < kFlat * height && wide > kLong * high) return true;
    if (high >= kStop * height || wide >= kStop * height || tall.empty()) return false;
    const double foot = foot_at(tall, box.x + box.width / 2);
    return box.y > foot - kAtFoot * height || box.y + box.height < foot - kAtTop * height;
}

}  // namespace

std::vector<PagePiece> without_stops(std::vector<PagePiece> pieces, double height) {
    std::vector<PictureBox> tall;
    for (const PagePiece& piece : pieces)
        if (piece.box.height - 2 >= kTall * height) tall.push_back(piece.box);
    std::erase_if(pieces, [&](const PagePiece& piece) { return is_stop(piece.box, tall, height); });
    return pieces;
}

}  // namespace inkling
