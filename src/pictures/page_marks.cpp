#include "pictures/page_marks.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "core/error.h"

namespace inkling {
namespace {

constexpr int kInk = 128;
constexpr std::size_t kMostMarks = 20'000;
constexpr double kSpeck = 0.08;  // of the usual height: no mark that is lower and narrower is a part of a character
constexpr double kSmall = 0.4;   // lower marks do not tell where a line goes
constexpr double kLeastOverlap = 0.4;
constexpr double kNearest = 0.7;  // of the usual height: how far from its line a small mark may be

/// Where a line goes, as its last marks tell.
struct Course {
    double top = 0;
    double bottom = 0;
    PageLine line;

    void add(PagePiece mark) {
        constexpr double kNew = 0.35;
        const double share = line.pieces.empty() ? 1 : kNew;
        top += share * (mark.box.y - top);
        bottom += share * (mark.box.y + mark.box.height - bottom);
        line.pieces.push_back(std::move(mark));
    }
    double overlap(const PictureBox& box) const {
        const double shared = std::min<double>(bottom, box.y + box.height) - std::max<double>(top, box.y);
        return shared / std::max(1.0, std::min<double>(bottom - top, box.height));
    }
};

/// The 8-connected ink that holds (x, y), taken out of `unseen`.
std::vector<std::pair<int, int>> take_mark(const GreyPicture& ink, std::vector<char>& unseen, int x, int y) {
    std::vector<std::pair<int, int>> mark = {{x, y}};
    unseen[static_cast<std::size_t>(y) * ink.width + x] = 0;
    for (std::size_t i = 0; i < mark.size(); ++i) {
        const auto [column, row] = mark[i];
        for (int v = std::max(row - 1, 0); v <= std::min(row + 1, ink.height - 1); ++v)
            for (int u = std::max(column - 1, 0); u <= std::min(column + 1, ink.width - 1); ++u) {
                char& is_unseen = unseen[static_cast<std::size_t>(v) * ink.width + u];
                if (is_unseen != 0) mark.emplace_back(u, v);
                is_unseen = 0;
            }
    }
    return mark;
}

/// The mark with its soft edge.
PagePiece piece_of(const GreyPicture& ink, const std::vector<std::pair<int, int>>& mark) {
    int left = ink.width, top = ink.height, right = 0, bottom = 0;
    for (const auto& [x, y] : mark) {
        left = std::min(left, std::max(x - 1, 0));
        top = std::min(top, std::max(y - 1, 0));
        right = std::max(right, std::min(x + 2, ink.width));
        bottom = std::max(bottom, std::min(y + 2, ink.height));
    }
    PagePiece piece{.box = {.x = left, .y = top, .width = right - left, .height = bottom - top}, .ink = {}};
    piece.ink = {.width = right - left, .height = bottom - top, .pixels = {}};
    piece.ink.pixels.resize(static_cast<std::size_t>(piece.ink.width) * static_cast<std::size_t>(piece.ink.height));
    for (const auto& [x, y] : mark)
        for (int v = std::max(y - 1, top); v < std::min(y + 2, bottom); ++v)
            for (int u = std::max(x - 1, left); u < std::min(x + 2, right); ++u) {
                const std::uint8_t value = ink.pixels[static_cast<std::size_t>(v) * ink.width + u];
                // Of others' ink only the soft edge may be there.
                if (value < kInk || (u == x && v == y))
                    piece.ink.pixels[static_cast<std::size_t>(v - top) * piece.ink.width + (u - left)] = value;
            }
    return piece;
}

bool is_speck(const PagePiece& mark, double height) {
    return std::max(mark.box.width, mark.box.height) - 2 < kSpeck * height;
}

double middle(const PictureBox& box) { return box.y + 0.5 * box.height; }

/// How far a small mark is from a line, where it is near to it.
double distance(const PageLine& line, const PictureBox& box) {
    double nearest = std::numeric_limits<double>::max();
    double distance = nearest;
    for (const PagePiece& piece : line.pieces) {
        const double aside = std::max({0, piece.box.x - box.x - box.width, box.x - piece.box.x - piece.box.width});
        if (aside > nearest) continue;
        const double off = std::max({0.0, piece.box.y - middle(box), middle(box) - piece.box.y - piece.box.height});
        distance = aside < nearest ? off : std::min(distance, off);
        nearest = aside;
    }
    return distance;
}

void add_small(std::vector<PageLine>& lines, PagePiece mark, double height) {
    PageLine* best = nullptr;
    double least = kNearest * height;
    for (PageLine& line : lines) {
        const double off = distance(line, mark.box);
        if (off >= least) continue;
        least = off;
        best = &line;
    }
    if (best != nullptr) best->pieces.push_back(std::move(mark));
}

}  // namespace

std::vector<PagePiece> find_marks(const GreyPicture& ink, const std::string& name) {
    std::vector<char> unseen(ink.pixels.size());
    for (std::size_t i = 0; i < unseen.size(); ++i) unseen[i] = ink.pixels[i] >= kInk ? 1 : 0;
    std::vector<PagePiece> marks;
    for (int y = 0; y < ink.height; ++y)
        for (int x = 0; x < ink.width; ++x) {
            if (unseen[static_cast<std::size_t>(y) * ink.width + x] == 0) continue;
            if (marks.size() == kMostMarks)
                throw bad_data("{}: more than {} marks, expected a page of writing", name, kMostMarks);
            marks.push_back(piece_of(ink, take_mark(ink, unseen, x, y)));
        }
    return marks;
}

double usual_height(const std::vector<PagePiece>& marks) {
    std::vector<std::pair<int, double>> heights;
    double all = 0;
    for (const PagePiece& mark : marks) {
        const auto pixels = std::ranges::count_if(mark.ink.pixels, [](int value) { return value >= kInk; });
        heights.emplace_back(mark.box.height - 2, static_cast<double>(pixels));
        all += static_cast<double>(pixels);
    }
    std::ranges::sort(heights);
    double below = 0;
    for (const auto& [height, pixels] : heights)
        if (2 * (below += pixels) >= all) return std::max(height, 1);
    return 0;
}

std::vector<PageLine> find_lines(std::vector<PagePiece> marks, double height) {
    std::ranges::sort(marks, {}, [](const PagePiece& mark) { return mark.box.x + mark.box.width / 2; });
    std::vector<Course> courses;
    std::vector<PagePiece> small;
    for (PagePiece& mark : marks) {
        if (is_speck(mark, height)) continue;
        if (mark.box.height < kSmall * height) {
            small.push_back(std::move(mark));
            continue;
        }
        const auto best =
            std::ranges::max_element(courses, {}, [&](const Course& course) { return course.overlap(mark.box); });
        if (best == courses.end() || best->overlap(mark.box) < kLeastOverlap)
            courses.emplace_back().add(std::move(mark));
        else
            best->add(std::move(mark));
    }
    std::vector<PageLine> lines;
    lines.reserve(courses.size());
    for (Course& course : courses) lines.push_back(std::move(course.line));
    for (PagePiece& mark : small) add_small(lines, std::move(mark), height);
    std::ranges::sort(lines, {}, mean_middle);
    return lines;
}

double mean_middle(const PageLine& line) {
    double sum = 0;
    for (const PagePiece& piece : line.pieces) sum += middle(piece.box);
    return sum / static_cast<double>(line.pieces.size());
}

}  // namespace inkling
