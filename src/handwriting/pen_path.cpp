#include "handwriting/pen_path.h"

#include <algorithm>
#include <cmath>

namespace inkling {
namespace {

Point operator+(Point a, Point b) { return {a.x + b.x, a.y + b.y}; }
Point operator-(Point a, Point b) { return {a.x - b.x, a.y - b.y}; }
Point operator*(float factor, Point a) { return {factor * a.x, factor * a.y}; }

float length(Point a) { return std::sqrt(a.x * a.x + a.y * a.y); }

/// Direction and speed at each knot of a run without inner corners, for a pen that covers unit length in unit time: the
/// parabola through a knot and its neighbours.
std::vector<Point> tangents(std::span<const Knot> run) {
    const std::size_t last = run.size() - 1;
    std::vector<Point> result(run.size());
    std::vector<Point> slopes(last);
    std::vector<float> lengths(last);
    for (std::size_t i = 0; i < last; ++i) {
        const Point way = run[i + 1].at - run[i].at;
        lengths[i] = std::max(length(way), 1e-3f);
        slopes[i] = (1 / lengths[i]) * way;
    }
    for (std::size_t i = 1; i < last; ++i) {
        const float share = lengths[i] / (lengths[i - 1] + lengths[i]);
        result[i] = share * slopes[i - 1] + (1 - share) * slopes[i];
    }
    result[0] = last == 1 ? slopes[0] : 2 * slopes[0] - result[1];
    result[last] = last == 1 ? slopes[0] : 2 * slopes[last - 1] - result[last - 1];
    return result;
}

/// Adds the points of one Bezier curve, without its first.
void add_curve(Point from, Point from_tangent, Point to, Point to_tangent, float step, std::vector<Point>& path) {
    const float chord = length(to - from);
    const Point a = from + (chord / 3) * from_tangent;
    const Point b = to - (chord / 3) * to_tangent;
    const int pieces = std::max(1, static_cast<int>(std::ceil(1.1f * chord / step)));
    for (int i = 1; i <= pieces; ++i) {
        const float t = static_cast<float>(i) / static_cast<float>(pieces);
        const float s = 1 - t;
        path.push_back((s * s * s) * from + (3 * s * s * t) * a + (3 * s * t * t) * b + (t * t * t) * to);
    }
}

}  // namespace

std::vector<Point> trace_stroke(std::span<const Knot> stroke, float step) {
    std::vector<Point> path{stroke.front().at};
    for (std::size_t begin = 0; begin + 1 < stroke.size();) {
        std::size_t end = begin + 1;
        while (end + 1 < stroke.size() && !stroke[end].corner) ++end;
        const auto run = stroke.subspan(begin, end - begin + 1);
        const std::vector<Point> directions = tangents(run);
        for (std::size_t i = 0; i + 1 < run.size(); ++i)
            add_curve(run[i].at, directions[i], run[i + 1].at, directions[i + 1], step, path);
        begin = end;
    }
    return path;
}

void smooth_path(std::vector<Point>& path, float sigma) {
    const auto count = static_cast<int>(path.size());
    const int reach = std::min(static_cast<int>(std::ceil(2 * sigma)), count - 1);
    if (reach < 1 || sigma <= 0) return;
    std::vector<float> weights(static_cast<std::size_t>(reach) + 1);
    float sum = 0;
    for (int k = 0; k <= reach; ++k) {
        const float at = static_cast<float>(k) / sigma;
        weights[static_cast<std::size_t>(k)] = std::exp(-0.5f * at * at);
        sum += (k == 0 ? 1.0f : 2.0f) * weights[static_cast<std::size_t>(k)];
    }
    // Beyond an end the way goes on as its mirror image in that end, which keeps the end where it is.
    const auto at = [&](int i) {
        const Point first = path.front();
        const Point last = path.back();
        if (i < 0) return 2 * first - path[static_cast<std::size_t>(-i)];
        if (i >= count) return 2 * last - path[static_cast<std::size_t>(2 * (count - 1) - i)];
        return path[static_cast<std::size_t>(i)];
    };
    std::vector<Point> smooth(path.size());
    for (int i = 0; i < count; ++i) {
        Point mean = weights[0] * at(i);
        for (int k = 1; k <= reach; ++k) mean = mean + weights[static_cast<std::size_t>(k)] * (at(i - k) + at(i + k));
        smooth[static_cast<std::size_t>(i)] = (1 / sum) * mean;
    }
    path = std::move(smooth);
}

}  // namespace inkling
