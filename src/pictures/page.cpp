#include "pictures/page.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <utility>

#include "pictures/page_columns.h"
#include "pictures/page_lean.h"
#include "pictures/page_marks.h"
#include "pictures/page_stops.h"

namespace inkling {
namespace {

constexpr double kPoint = 0.3;           // of the usual height: what is smaller is read only with what it belongs to
constexpr double kLeastShared = 0.6;     // of the narrower one's width, for two marks to be one piece
constexpr double kNearPoint = 0.2;       // of the usual height: how far a point may be beside what it belongs to
constexpr double kLeastCutWidth = 0.55;  // of the usual height
constexpr double kLeastPart = 0.18;      // of the usual height: what a cut leaves on both sides
constexpr double kMostHeld = 0.4;        // of the usual height: so much ink may be cut through
constexpr std::size_t kMostCuts = 12;    // of a piece

bool is_point(const PictureBox& box, double height) { return std::max(box.width, box.height) - 2 < kPoint * height; }

PictureBox around(const PictureBox& a, const PictureBox& b) {
    const int x = std::min(a.x, b.x), y = std::min(a.y, b.y);
    return {.x = x,
            .y = y,
            .width = std::max(a.x + a.width, b.x + b.width) - x,
            .height = std::max(a.y + a.height, b.y + b.height) - y};
}

GreyPicture joined_ink(std::span<const PagePiece> pieces, const PictureBox& box) {
    GreyPicture ink{.width = box.width, .height = box.height, .pixels = {}};
    ink.pixels.resize(static_cast<std::size_t>(box.width) * static_cast<std::size_t>(box.height));
    for (const PagePiece& piece : pieces)
        for (int y = 0; y < piece.ink.height; ++y)
            for (int x = 0; x < piece.ink.width; ++x) {
                const std::size_t at = static_cast<std::size_t>(y + piece.box.y - box.y) * box.width +
                                       static_cast<std::size_t>(x + piece.box.x - box.x);
                ink.pixels[at] =
                    std::max(ink.pixels[at], piece.ink.pixels[static_cast<std::size_t>(y) * piece.ink.width + x]);
            }
    return ink;
}

bool belong_together(const PictureBox& a, const PictureBox& b, double height) {
    const double shared = std::min(a.x + a.width, b.x + b.width) - std::max(a.x, b.x);
    if (is_point(a, height) && is_point(b, height)) return false;  // a colon
    if (is_point(a, height) || is_point(b, height)) {
        // A point belongs to what it stands above; beside it, it is a point.
        const PictureBox& point = is_point(a, height) ? a : b;
        const PictureBox& other = is_point(a, height) ? b : a;
        return shared > -kNearPoint * height && point.y + point.height / 2 < other.y + other.height / 2;
    }
    return shared >= kLeastShared * std::min(a.width, b.width);
}

/// Joins what stands above one another. `pieces` are sorted by their left ends.
std::vector<PagePiece> stacked(std::vector<PagePiece> pieces, double height) {
    std::vector<PagePiece> result;
    for (PagePiece& piece : pieces) {
        const auto same = std::find_if(result.rbegin(), result.rend(), [&](const PagePiece& other) {
            return belong_together(other.box, piece.box, height);
        });
        if (same == result.rend() || same - result.rbegin() > 2) {
            result.push_back(std::move(piece));
            continue;
        }
        const std::array both = {std::move(*same), std::move(piece)};
        const PictureBox box = around(both[0].box, both[1].box);
        *same = {.box = box, .ink = joined_ink(both, box)};
    }
    std::erase_if(result, [&](const PagePiece& piece) { return is_point(piece.box, height); });
    std::ranges::sort(result, {}, [](const PagePiece& piece) { return piece.box.x + piece.box.width / 2; });
    return without_stops(std::move(result), height);
}

/// How much ink stands in each column and those within `reach` of it, on average, in whole pixels.
std::vector<double> columns_of(const GreyPicture& ink, int reach) {
    std::vector<double> columns(static_cast<std::size_t>(ink.width));
    std::size_t at = 0;
    for (int y = 0; y < ink.height; ++y)
        for (double& column : columns) column += ink.pixels[at++] / 255.0;
    std::vector<double> means;
    for (int x = 0; x < ink.width; ++x) {
        const auto begin = columns.begin() + std::max(x - reach, 0);
        const auto end = columns.begin() + std::min(x + reach + 1, ink.width);
        means.push_back(std::accumulate(begin, end, 0.0) / static_cast<double>(end - begin));
    }
    return means;
}

/// The columns where little ink holds a piece together, the least first taken, in rising order.
std::vector<int> cuts_of(const PagePiece& piece, double height) {
    std::vector<int> cuts;
    if (piece.box.width < kLeastCutWidth * height) return cuts;
    const int least = std::max(2, static_cast<int>(std::lround(kLeastPart * height)));
    // Of a valley as deep everywhere, its middle.
    const std::vector<double> columns = columns_of(piece.ink, least / 2);
    std::vector<int> order;
    for (int x = least; x <= piece.box.width - least; ++x)
        if (columns[static_cast<std::size_t>(x)] <= kMostHeld * height) order.push_back(x);
    std::ranges::stable_sort(order, {}, [&](int x) { return columns[static_cast<std::size_t>(x)]; });
    for (const int x : order) {
        if (cuts.size() == kMostCuts) break;
        if (std::ranges::all_of(cuts, [&](int cut) { return std::abs(cut - x) >= least; })) cuts.push_back(x);
    }
    std::ranges::sort(cuts);
    return cuts;
}

/// The part of a piece from column `left` to before `right`, as high as its ink.
PagePiece part_of(const PagePiece& piece, int left, int right) {
    int top = piece.ink.height, bottom = 0;
    for (int y = 0; y < piece.ink.height; ++y)
        for (int x = left; x < right; ++x)
            if (piece.ink.pixels[static_cast<std::size_t>(y) * piece.ink.width + x] > 0) {
                top = std::min(top, y);
                bottom = y + 1;
            }
    PagePiece part{
        .box = {.x = piece.box.x + left, .y = piece.box.y + top, .width = right - left, .height = bottom - top},
        .ink = {.width = right - left, .height = bottom - top, .pixels = {}},
        .is_cut = left > 0};
    for (int y = top; y < bottom; ++y)
        for (int x = left; x < right; ++x)
            part.ink.pixels.push_back(piece.ink.pixels[static_cast<std::size_t>(y) * piece.ink.width + x]);
    return part;
}

PageLine cut(const std::vector<PagePiece>& pieces, double height) {
    PageLine line;
    for (const PagePiece& piece : pieces) {
        int left = 0;
        std::vector<int> ends = cuts_of(piece, height);
        ends.push_back(piece.box.width);
        for (const int end : ends) {
            PagePiece part = part_of(piece, left, end);
            if (part.box.height > 0) line.pieces.push_back(std::move(part));
            left = end;
        }
    }
    return line;
}

}  // namespace

PictureBox PageLine::box_on_page(const PictureBox& box) const {
    const double top = lean * (middle - box.y), bottom = lean * (middle - box.y - box.height);
    const auto left = static_cast<int>(std::floor(box.x + std::min(top, bottom)));
    const auto right = static_cast<int>(std::ceil(box.x + box.width + std::max(top, bottom)));
    return {.x = left, .y = box.y, .width = right - left, .height = box.height};
}

Page segment_page(const GreyPicture& picture, const std::string& name) {
    Page page{.ink = find_page_ink(picture), .lines = {}};
    std::vector<PagePiece> marks = find_marks(page.ink.ink, name);
    page.height = usual_height(marks);
    const double lean = find_lean(marks, page.height);
    for (std::vector<PagePiece>& block : find_blocks(std::move(marks), page.height))
        for (PageLine& line : find_lines(std::move(block), page.height)) {
            const double middle = mean_middle(line);
            for (PagePiece& mark : line.pieces) mark = straightened(mark, lean, middle);
            std::ranges::sort(line.pieces, {}, [](const PagePiece& piece) { return piece.box.x; });
            PageLine pieces = cut(stacked(std::move(line.pieces), page.height), page.height);
            pieces.lean = lean;
            pieces.middle = middle;
            if (!pieces.pieces.empty()) page.lines.push_back(std::move(pieces));
        }
    return page;
}

PictureBox box_about(std::span<const PagePiece> pieces) {
    PictureBox box = pieces.front().box;
    for (const PagePiece& piece : pieces) box = around(box, piece.box);
    return box;
}

EmnistImage image_of(std::span<const PagePiece> pieces) {
    const PictureBox box = box_about(pieces);
    return convert_to_emnist(joined_ink(pieces, box).pixels, box.width, box.height);
}

}  // namespace inkling
