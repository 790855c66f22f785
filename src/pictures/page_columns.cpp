#include "pictures/page_columns.h"

#include <algorithm>
#include <iterator>
#include <optional>

namespace inkling {
namespace {

// Lengths are in the page's usual heights.
constexpr double kGutter = 1.5;
constexpr double kLeastWidth = 5;  // of a column
constexpr double kLeastHeight = 4;
constexpr double kSmall = 0.4;  // marks that are smaller hide no gap
constexpr std::size_t kMostRows = 200;

using Marks = std::vector<PagePiece>;

/// Ink that no gutter goes through.
struct Extent {
    int left = 0;
    int top = 0;
    int right = 0;
    int bottom = 0;

    void take_in(const Extent& other) {
        *this = {std::min(left, other.left), std::min(top, other.top), std::max(right, other.right),
                 std::max(bottom, other.bottom)};
    }
    bool is_column(double height) const {
        return right - left >= kLeastWidth * height && bottom - top >= kLeastHeight * height;
    }
};

Extent extent_of(const PagePiece& mark) {
    return {mark.box.x, mark.box.y, mark.box.x + mark.box.width, mark.box.y + mark.box.height};
}

/// The extents, from left to right, those made one that no gutter parts.
std::vector<Extent> apart(std::vector<Extent> extents, double height) {
    std::ranges::sort(extents, {}, &Extent::left);
    std::vector<Extent> result;
    for (const Extent& extent : extents) {
        if (result.empty() || extent.left - result.back().right >= kGutter * height)
            result.push_back(extent);
        else
            result.back().take_in(extent);
    }
    return result;
}

Extent all_of(std::span<const Extent> extents) {
    Extent all = extents.front();
    for (const Extent& extent : extents) all.take_in(extent);
    return all;
}

/// Where the gutter between two columns begins, if there is one.
std::optional<int> find_gutter(std::span<const Extent> extents, double height) {
    for (std::size_t i = 1; i < extents.size(); ++i)
        if (all_of(extents.first(i)).is_column(height) && all_of(extents.subspan(i)).is_column(height))
            return extents[i - 1].right;
    return std::nullopt;
}

/// The marks between two rows of paper without ink, one or many lines of writing, from top to bottom.
std::vector<std::vector<Extent>> rows_of(const Marks& marks, double height) {
    std::vector<Extent> extents;
    for (const PagePiece& mark : marks)
        if (mark.box.height >= kSmall * height) extents.push_back(extent_of(mark));
    std::ranges::sort(extents, {}, &Extent::top);
    std::vector<std::vector<Extent>> rows;
    int bottom = 0;
    for (const Extent& extent : extents) {
        if (rows.empty() || extent.top >= bottom) rows.emplace_back();
        rows.back().push_back(extent);
        bottom = std::max(bottom, extent.bottom);
    }
    for (std::vector<Extent>& row : rows) row = apart(std::move(row), height);
    return rows;
}

/// Columns side by side, and how far down they go.
struct Columns {
    int top = 0;
    int bottom = 0;
    int gutter = 0;
};

/// The highest columns that there are.
std::optional<Columns> find_columns(const Marks& marks, double height) {
    const auto rows = rows_of(marks, height);
    std::optional<Columns> best;
    if (rows.size() > kMostRows) return best;
    for (auto first = rows.begin(); first != rows.end(); ++first) {
        std::vector<Extent> extents;
        for (auto last = first; last != rows.end(); ++last) {
            extents.insert(extents.end(), last->begin(), last->end());
            extents = apart(std::move(extents), height);
            const Extent all = all_of(extents);
            if (best && all.bottom - all.top <= best->bottom - best->top) continue;
            if (const auto gutter = find_gutter(extents, height)) best = {all.top, all.bottom, *gutter};
        }
    }
    return best;
}

/// Takes the marks for which `is_there` holds.
template <class IsThere>
Marks taken(Marks& marks, IsThere&& is_there) {
    const auto rest = std::stable_partition(marks.begin(), marks.end(), [&](const PagePiece& mark) {
        return !is_there(mark.box.x + mark.box.width / 2, mark.box.y + mark.box.height / 2);
    });
    Marks result(std::make_move_iterator(rest), std::make_move_iterator(marks.end()));
    marks.erase(rest, marks.end());
    return result;
}

}  // namespace

std::vector<std::vector<PagePiece>> find_blocks(std::vector<PagePiece> marks, double height) {
    std::vector<Marks> blocks;
    const auto columns = find_columns(marks, height);
    if (!columns) {
        blocks.push_back(std::move(marks));
        return blocks;
    }
    Marks above = taken(marks, [&](int, int y) { return y < columns->top; });
    Marks below = taken(marks, [&](int, int y) { return y > columns->bottom; });
    Marks right = taken(marks, [&](int x, int) { return x > columns->gutter; });
    for (Marks* part : {&above, &marks, &right, &below})
        for (Marks& block : find_blocks(std::move(*part), height)) blocks.push_back(std::move(block));
    return blocks;
}

}  // namespace inkling
