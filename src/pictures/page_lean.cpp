#include "pictures/page_lean.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace inkling {
namespace {

constexpr int kInk = 128;
constexpr int kMost = 45;  // degrees
constexpr int kStep = 5;
constexpr int kUsual = 17;            // of writing that nobody would say to lean, such as what networks learn from
constexpr double kLeastHeight = 0.5;  // of the usual height: lower marks do not tell
constexpr std::size_t kMostPixels = 20'000'000;  // to look at: twice those of the largest page
constexpr double kClear = 1.15;                  // times the strokes that are seen without taking any lean out

double lean_of(int degrees) { return std::tan(degrees * std::numbers::pi / 180); }

/// The sum of the squared lengths of all runs of ink in the mark's columns.
double strokes_of(const PagePiece& mark) {
    std::vector<int> runs(static_cast<std::size_t>(mark.ink.width));
    double sum = 0;
    std::size_t at = 0;
    for (int y = 0; y < mark.ink.height; ++y)
        for (int& run : runs) {
            run = mark.ink.pixels[at++] >= kInk ? run + 1 : 0;
            sum += 2.0 * run - (run > 0 ? 1 : 0);  // run^2 - (run - 1)^2
        }
    return sum;
}

/// Without the columns that have no ink, but for one on either side, where its soft edge is.
PagePiece trimmed(PagePiece mark) {
    const auto has_ink = [&](int x) {
        for (int y = 0; y < mark.ink.height; ++y)
            if (mark.ink.pixels[static_cast<std::size_t>(y) * mark.ink.width + x] >= kInk) return true;
        return false;
    };
    int left = 0, right = mark.ink.width;
    while (left + 2 < right && !has_ink(left + 1)) ++left;
    while (left + 2 < right && !has_ink(right - 2)) --right;
    GreyPicture ink{.width = right - left, .height = mark.ink.height, .pixels = {}};
    for (int y = 0; y < ink.height; ++y) {
        const auto row = mark.ink.pixels.begin() + static_cast<std::ptrdiff_t>(y) * mark.ink.width;
        ink.pixels.insert(ink.pixels.end(), row + left, row + right);
    }
    mark.box.x += left;
    mark.box.width = ink.width;
    mark.ink = std::move(ink);
    return mark;
}

}  // namespace

double find_lean(std::span<const PagePiece> marks, double height) {
    std::vector<const PagePiece*> telling;
    std::size_t pixels = 0;
    for (const PagePiece& mark : marks)
        if (mark.box.height >= kLeastHeight * height && (pixels += mark.ink.pixels.size()) <= kMostPixels)
            telling.push_back(&mark);
    int best = 0;
    double most = 0, upright = 0;
    for (int degrees = -kMost; degrees <= kMost; degrees += kStep) {
        double sum = 0;
        for (const PagePiece* mark : telling) sum += strokes_of(straightened(*mark, lean_of(degrees), 0));
        if (degrees == 0) upright = sum;
        if (sum <= most) continue;
        most = sum;
        best = degrees;
    }
    if (most < kClear * upright) return 0;
    return best < 0 ? lean_of(best) : std::max(lean_of(best) - lean_of(kUsual), 0.0);
}

PagePiece straightened(const PagePiece& mark, double lean, double middle) {
    if (lean == 0) return mark;
    const auto shift_of = [&](int y) { return lean * (mark.box.y + y + 0.5 - middle); };
    const double first = shift_of(0), last = shift_of(mark.box.height - 1);
    const auto left = static_cast<int>(std::floor(std::min(first, last)));
    const auto right = static_cast<int>(std::ceil(std::max(first, last)));
    PagePiece result{.box = mark.box, .ink = {}, .is_cut = mark.is_cut};
    result.box.x += left;
    result.box.width += right - left;
    result.ink = {.width = result.box.width, .height = result.box.height, .pixels = {}};
    result.ink.pixels.reserve(static_cast<std::size_t>(result.ink.width) * static_cast<std::size_t>(result.ink.height));
    for (int y = 0; y < mark.ink.height; ++y) {
        const std::uint8_t* row = mark.ink.pixels.data() + static_cast<std::size_t>(y) * mark.ink.width;
        const auto at = [&](int x) { return x < 0 || x >= mark.ink.width ? 0 : row[x]; };
        const double shift = shift_of(y) - left;
        for (int x = 0; x < result.ink.width; ++x) {
            const double from = x - shift;
            const int whole = static_cast<int>(std::floor(from));
            const double share = from - whole;
            result.ink.pixels.push_back(
                static_cast<std::uint8_t>(std::lround((1 - share) * at(whole) + share * at(whole + 1))));
        }
    }
    return trimmed(std::move(result));
}

}  // namespace inkling
