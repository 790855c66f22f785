#include "pictures/character.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <vector>

namespace inkling {
namespace {

constexpr int kSide = 28;
constexpr int kMostSide = 256;

/// A picture in floats, shape (height, width).
struct Plane {
    int width = 0;
    int height = 0;
    std::vector<float> values;

    Plane(int columns, int rows)
        : width(columns), height(rows), values(static_cast<std::size_t>(columns) * static_cast<std::size_t>(rows)) {}
    float* row(int y) { return values.data() + static_cast<std::ptrdiff_t>(y) * width; }
    const float* row(int y) const { return values.data() + static_cast<std::ptrdiff_t>(y) * width; }
    float& at(int x, int y) { return values[static_cast<std::size_t>(y) * width + x]; }
    float at(int x, int y) const { return values[static_cast<std::size_t>(y) * width + x]; }
};

bool has_emnist_form(const GreyPicture& picture) {
    if (picture.width != kSide || picture.height != kSide) return false;
    for (int i = 0; i < kSide; ++i)
        for (const int at : {i, (kSide - 1) * kSide + i, i * kSide, i * kSide + kSide - 1})
            if (picture.pixels[static_cast<std::size_t>(at)] != 0) return false;
    return true;
}

Plane plane_of(const GreyPicture& picture) {
    Plane plane(picture.width, picture.height);
    std::copy(picture.pixels.begin(), picture.pixels.end(), plane.values.begin());
    return plane;
}

bool has_light_ink(const Plane& grey) {
    double sum = 0;
    for (int y = 0; y < grey.height; ++y)
        for (int x = 0; x < grey.width; ++x) {
            std::array<float, 4> edge = {grey.at(0, y), grey.at(grey.width - 1, y), grey.at(x, 0),
                                         grey.at(x, grey.height - 1)};
            std::sort(edge.begin(), edge.end());
            const double difference = grey.at(x, y) - 0.5f * (edge[1] + edge[2]);
            sum += difference * std::abs(difference);
        }
    return sum > 0;
}

/// Of `line` the largest value within `reach` of each place, into `out`; both have one value every `stride`.
void window_maximum(const float* line, float* out, int count, int stride, int reach, std::vector<float>& scratch) {
    const int window = 2 * reach + 1;
    scratch.assign(static_cast<std::size_t>(count) + 2 * static_cast<std::size_t>(reach),
                   std::numeric_limits<float>::lowest());
    for (int i = 0; i < count; ++i)
        scratch[static_cast<std::size_t>(i) + static_cast<std::size_t>(reach)] = line[i * stride];
    // Each value becomes the largest of so many from it on, twice as many each time.
    int span = 1;
    for (; 2 * span <= window; span *= 2)
        for (std::size_t i = 0; i + static_cast<std::size_t>(span) < scratch.size(); ++i)
            scratch[i] = std::max(scratch[i], scratch[i + static_cast<std::size_t>(span)]);
    for (int i = 0; i < count; ++i)
        out[i * stride] =
            std::max(scratch[static_cast<std::size_t>(i)], scratch[static_cast<std::size_t>(i + window - span)]);
}

/// The largest value of a square window about each place, clipped to the picture.
Plane dilated(const Plane& plane, int reach) {
    Plane result(plane.width, plane.height);
    std::vector<float> scratch;
    for (int y = 0; y < plane.height; ++y) window_maximum(plane.row(y), result.row(y), plane.width, 1, reach, scratch);
    for (int x = 0; x < plane.width; ++x)
        window_maximum(result.row(0) + x, result.row(0) + x, plane.height, plane.width, reach, scratch);
    return result;
}

Plane negated(Plane plane) {
    for (float& value : plane.values) value = -value;
    return plane;
}

/// A dilation, and then an erosion, which is a dilation of what is negative.
Plane closed(const Plane& grey, int reach) { return negated(dilated(negated(dilated(grey, reach)), reach)); }

/// How much of the paper's light is missing, 0 to 1.
Plane missing_light(const Plane& grey) {
    const int reach = std::max(1, std::max(grey.width, grey.height) / 6);
    Plane missing = closed(grey, reach);
    for (std::size_t i = 0; i < missing.values.size(); ++i)
        missing.values[i] = 1 - grey.values[i] / std::max(missing.values[i], 1.0f);
    return missing;
}

struct Levels {
    float paper = 0;
    float ink = 0;
};

/// The means on both sides of Otsu's threshold.
Levels find_levels(const Plane& missing) {
    constexpr int kBins = 256;
    std::array<double, kBins> counts{};
    double all = 0, total = 0;
    for (const float value : missing.values) {
        const int bin = std::clamp(static_cast<int>(value * kBins), 0, kBins - 1);
        ++counts[static_cast<std::size_t>(bin)];
        ++all;
        total += bin;
    }
    double below = 0, sum = 0, best = 0;
    Levels levels;
    for (int bin = 0; bin + 1 < kBins; ++bin) {
        below += counts[static_cast<std::size_t>(bin)];
        sum += counts[static_cast<std::size_t>(bin)] * bin;
        if (below == 0 || below == all) continue;
        const double paper = sum / below;
        const double ink = (total - sum) / (all - below);
        const double between = below * (all - below) * (ink - paper) * (ink - paper);
        if (between <= best) continue;
        best = between;
        levels = {static_cast<float>((paper + 0.5) / kBins), static_cast<float>((ink + 0.5) / kBins)};
    }
    return levels;
}

/// Makes ink of what is missing, whole numbers from 0 to 255; none where the contrast is too little.
Plane make_ink(const Plane& missing) {
    constexpr float kLeastContrast = 0.12f;
    const auto [paper, ink] = find_levels(missing);
    if (ink - paper < kLeastContrast) return {missing.width, missing.height};
    const float low = paper + 0.25f * (ink - paper);
    const float range = 0.5f * (ink - paper);
    Plane result = missing;
    for (float& value : result.values) value = std::floor(255 * std::clamp((value - low) / range, 0.0f, 1.0f) + 0.5f);
    return result;
}

using Points = std::vector<std::pair<int, int>>;

/// The pixels from 128 that are connected with one another, part by part.
std::vector<Points> connected_parts(const Plane& ink) {
    constexpr float kInk = 128;
    std::vector<char> seen(ink.values.size());
    const auto take = [&](int x, int y, Points& part) {
        if (x < 0 || y < 0 || x >= ink.width || y >= ink.height || ink.at(x, y) < kInk) return;
        char& mark = seen[static_cast<std::size_t>(y) * ink.width + x];
        if (mark == 0) part.emplace_back(x, y);
        mark = 1;
    };
    std::vector<Points> parts;
    for (int y = 0; y < ink.height; ++y)
        for (int x = 0; x < ink.width; ++x) {
            Points part;
            take(x, y, part);
            for (std::size_t i = 0; i < part.size(); ++i) {
                const auto [column, row] = part[i];
                for (int dy = -1; dy <= 1; ++dy)
                    for (int dx = -1; dx <= 1; ++dx) take(column + dx, row + dy, part);
            }
            if (!part.empty()) parts.push_back(std::move(part));
        }
    return parts;
}

/// Takes out of `parts` specks, and what a shadow's edge leaves at the picture's: paler than ink, for ink takes the
/// same share of the light everywhere.
void remove_specks(std::vector<Points>& parts, const Plane& missing) {
    constexpr double kLeastShare = 0.03;
    constexpr double kPale = 0.75;
    std::size_t largest = 0;
    double darkest = 0;
    for (const Points& part : parts) largest = std::max(largest, part.size());
    std::erase_if(parts, [&](const Points& part) {
        return static_cast<double>(part.size()) < kLeastShare * static_cast<double>(largest);
    });
    const auto darkness = [&](const Points& part) {
        double sum = 0;
        for (const auto& [x, y] : part) sum += missing.at(x, y);
        return sum / static_cast<double>(part.size());
    };
    const auto at_edge = [&](const Points& part) {
        return std::any_of(part.begin(), part.end(), [&](const auto& point) {
            const auto [x, y] = point;
            return x == 0 || y == 0 || x == missing.width - 1 || y == missing.height - 1;
        });
    };
    for (const Points& part : parts) darkest = std::max(darkest, darkness(part));
    std::erase_if(parts, [&](const Points& part) { return at_edge(part) && darkness(part) < kPale * darkest; });
}

/// Clears all but these parts and their soft edges; returns the box around them.
PictureBox keep_parts(Plane& ink, const std::vector<Points>& parts) {
    constexpr int kSoftEdge = 2;
    Plane kept(ink.width, ink.height);
    int left = ink.width, top = ink.height, right = 0, bottom = 0;
    for (const Points& part : parts) {
        for (const auto& [x, y] : part) {
            left = std::min(left, x);
            right = std::max(right, x + 1);
            top = std::min(top, y);
            bottom = std::max(bottom, y + 1);
            for (int row = std::max(y - kSoftEdge, 0); row <= std::min(y + kSoftEdge, ink.height - 1); ++row)
                for (int column = std::max(x - kSoftEdge, 0); column <= std::min(x + kSoftEdge, ink.width - 1);
                     ++column)
                    kept.at(column, row) = ink.at(column, row);
        }
    }
    ink = std::move(kept);
    return parts.empty() ? PictureBox{}
                         : PictureBox{.x = left, .y = top, .width = right - left, .height = bottom - top};
}

std::vector<std::uint8_t> bytes_of(const Plane& plane) {
    std::vector<std::uint8_t> bytes(plane.values.size());
    std::transform(plane.values.begin(), plane.values.end(), bytes.begin(),
                   [](float value) { return static_cast<std::uint8_t>(value); });
    return bytes;
}

}  // namespace

CharacterImage convert_picture(const GreyPicture& picture) {
    CharacterImage result;
    if (has_emnist_form(picture)) {
        std::copy(picture.pixels.begin(), picture.pixels.end(), result.pixels.begin());
        const bool blank =
            std::all_of(picture.pixels.begin(), picture.pixels.end(), [](int pixel) { return pixel == 0; });
        if (!blank) result.box = {.x = 0, .y = 0, .width = kSide, .height = kSide};
        return result;
    }
    const int factor = (std::max(picture.width, picture.height) + kMostSide - 1) / kMostSide;
    Plane plane = plane_of(shrunk(picture, factor));
    if (has_light_ink(plane))
        for (float& value : plane.values) value = 255 - value;
    const Plane missing = missing_light(plane);
    Plane ink = make_ink(missing);
    std::vector<Points> parts = connected_parts(ink);
    remove_specks(parts, missing);
    const PictureBox box = keep_parts(ink, parts);
    if (box.empty()) return result;
    result.pixels = convert_to_emnist(bytes_of(ink), ink.width, ink.height);
    const int right = std::min((box.x + box.width) * factor, picture.width);
    const int bottom = std::min((box.y + box.height) * factor, picture.height);
    result.box = {
        .x = box.x * factor, .y = box.y * factor, .width = right - box.x * factor, .height = bottom - box.y * factor};
    return result;
}

}  // namespace inkling
