#include "handwriting/handwriting.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "handwriting/pen_path.h"

namespace inkling {
namespace {

constexpr float kStep = 4;         // between points of the pen's way
constexpr float kUnits = 0.01f;    // a capital's height
constexpr float kEvenness = 0.5f;  // 0: a small letter is as much smaller as in print; 1: as large as a capital
constexpr float kBridge = 60;      // the farthest stroke that a pen goes on to without being lifted
constexpr float kMargin = 6;       // pixels of paper around a character
constexpr float kPi = std::numbers::pi_v<float>;

using Path = std::vector<Point>;

float distance(Point a, Point b) { return std::hypot(a.x - b.x, a.y - b.y); }

float clamped_normal(RandomStream& random, float mean, float deviation, float least, float most) {
    return std::clamp(mean + deviation * random.normal(), least, most);
}

const Glyph& draw_form(std::span<const Glyph> forms, RandomStream& random) {
    float total = 0;
    for (const Glyph& form : forms) total += form.weight;
    float left = random.uniform() * total;
    for (const Glyph& form : forms) {
        left -= form.weight;
        if (left < 0) return form;
    }
    return forms.back();
}

const Glyph& choose_form(const Writer& writer, int label, RandomStream& random) {
    const auto forms = glyphs_of(label);
    if (random.uniform() >= writer.habit) return draw_form(forms, random);
    RandomStream usual(writer.seed, Purpose::kWriters, writer.number, 1 + static_cast<std::uint32_t>(label));
    return draw_form(forms, usual);
}

struct Extent {
    Point least{1e9f, 1e9f};
    Point most{-1e9f, -1e9f};

    void add(Point at, float radius = 0) {
        least = {std::min(least.x, at.x - radius), std::min(least.y, at.y - radius)};
        most = {std::max(most.x, at.x + radius), std::max(most.y, at.y + radius)};
    }
    float side() const { return std::max(most.x - least.x, most.y - least.y); }
    Point centre() const { return {0.5f * (least.x + most.x), 0.5f * (least.y + most.y)}; }
};

/// Moves an end along its stroke's direction: out, or in where `by` is negative.
void shift_end(Knot& end, const Knot& neighbour, float by) {
    const Point way{end.at.x - neighbour.at.x, end.at.y - neighbour.at.y};
    const float length = std::sqrt(way.x * way.x + way.y * way.y);
    if (length < 1) return;
    const float part = std::max(by, -0.4f * length) / length;
    end.at = {end.at.x + part * way.x, end.at.y + part * way.y};
}

float side_of(const Skeleton& skeleton) {
    Extent extent;
    for (const auto& stroke : skeleton)
        for (const Knot& knot : stroke) extent.add(knot.at);
    return extent.side();
}

/// No two times are the same: knots and whole strokes are a little elsewhere, strokes begin and end early or late.
void disturb(Skeleton& skeleton, const Writer& writer, RandomStream& random) {
    const float deviation = writer.sloppiness * side_of(skeleton);
    for (auto& stroke : skeleton) {
        const Point shift{0.6f * deviation * random.normal(), 0.6f * deviation * random.normal()};
        for (Knot& knot : stroke) {
            knot.at.x += shift.x + deviation * random.normal();
            knot.at.y += shift.y + deviation * random.normal();
        }
        shift_end(stroke.front(), stroke[1], writer.overshoot + 0.8f * deviation * random.normal());
        shift_end(stroke.back(), stroke[stroke.size() - 2], writer.overshoot + 1.1f * deviation * random.normal());
    }
}

/// The pen's ways; some go on to the next stroke without being lifted.
std::vector<Path> trace(const Skeleton& skeleton, const Writer& writer, RandomStream& random) {
    std::vector<Path> paths;
    for (const auto& stroke : skeleton) {
        Path path = trace_stroke(stroke, kStep);
        const bool joined = !paths.empty() && random.uniform() < writer.joining &&
                            distance(paths.back().back(), path.front()) < kBridge;
        if (!joined) {
            paths.push_back(std::move(path));
            continue;
        }
        const std::array<Knot, 2> bridge{{{paths.back().back(), true}, {path.front(), true}}};
        const Path way = trace_stroke(bridge, kStep);
        paths.back().insert(paths.back().end(), way.begin() + 1, way.end());
        paths.back().insert(paths.back().end(), path.begin() + 1, path.end());
    }
    return paths;
}

/// How much larger than in print a form of this extent is written.
float natural_size(float side) { return std::pow(100 / std::max(side, 30.0f), kEvenness); }

/// How a whole character is bent, leaned, turned and seen: from units to pixels around (0, 0).
class Shape2d {
  public:
    Shape2d(const Writer& writer, float size, RandomStream& random)
        : waist_(writer.waist + 0.04f * random.normal()),
          bend_(writer.bend + 0.03f * random.normal()),
          flare_(0.06f * random.normal()),
          tilt_(0.05f * random.normal()),
          perspective_x_(0.04f * random.normal()),
          perspective_y_(0.04f * random.normal()),
          slant_(writer.slant + 0.11f * random.normal()),
          width_(writer.width * std::exp(0.14f * random.normal())),
          size_(writer.size * size * std::exp(0.07f * random.normal())) {
        const float turn = clamped_normal(random, 0, 0.06f, -0.2f, 0.2f);
        cosine_ = std::cos(turn);
        sine_ = std::sin(turn);
    }

    Point operator()(Point at) const {
        const float u = (at.x - 35) * 2 * kUnits;
        const float v = (at.y - 50) * 2 * kUnits;
        const float far = std::min(v * v, 1.5f);
        const float depth = 1 / (1 + std::clamp(perspective_x_ * u + perspective_y_ * v, -0.3f, 0.3f));
        const float x = width_ * depth * (u * (1 + flare_ * v) + bend_ * (1 - far));
        const float y = depth * (v + waist_ * (1 - far) + tilt_ * u);
        const float leaned = x - slant_ * y;
        return {0.5f * size_ * (cosine_ * leaned - sine_ * y), 0.5f * size_ * (sine_ * leaned + cosine_ * y)};
    }

  private:
    float waist_;
    float bend_;
    float flare_;
    float tilt_;
    float perspective_x_;
    float perspective_y_;
    float slant_;
    float width_;
    float size_;
    float cosine_ = 1;
    float sine_ = 0;
};

/// A smooth random curve around 0 along a stroke, of deviation about 1: two waves of about `period` and a third of it.
class Wave {
  public:
    Wave(float period, RandomStream& random)
        : slow_(2 * kPi / (period * random.uniform(0.7f, 1.4f))),
          fast_(2 * kPi / (period * random.uniform(0.25f, 0.45f))),
          slow_phase_(random.uniform(0, 2 * kPi)),
          fast_phase_(random.uniform(0, 2 * kPi)) {}

    float operator()(std::size_t i) const {
        const auto t = static_cast<float>(i);
        return 1.1f * std::sin(slow_ * t + slow_phase_) + 0.8f * std::sin(fast_ * t + fast_phase_);
    }

  private:
    float slow_;
    float fast_;
    float slow_phase_;
    float fast_phase_;
};

void tremble(Path& path, float amplitude, RandomStream& random) {
    if (path.size() < 3) return;
    const Wave x(12, random);
    const Wave y(12, random);
    for (std::size_t i = 0; i < path.size(); ++i)
        path[i] = {path[i].x + amplitude * x(i), path[i].y + amplitude * y(i)};
}

/// Half the thickness of the mark at each point: pen, pressure, nib, ends.
InkStroke press(const Path& path, const Writer& writer, float pen, RandomStream& random) {
    constexpr float kEnd = 5;  // points
    const Wave pressure(24, random);
    InkStroke stroke;
    for (std::size_t i = 0; i < path.size(); ++i) {
        const Point before = path[i == 0 ? 0 : i - 1];
        const Point after = path[std::min(i + 1, path.size() - 1)];
        const float angle = std::atan2(after.y - before.y, after.x - before.x);
        const auto from_end = static_cast<float>(path.size() - 1 - i);
        float thickness = 1 + writer.pressure * pressure(i) + writer.nib * std::cos(2 * (angle - writer.nib_angle));
        if (from_end < kEnd) thickness *= 1 - writer.taper * (1 - from_end / kEnd);
        stroke.push_back({path[i], 0.5f * pen * std::clamp(thickness, 0.4f, 1.7f)});
    }
    return stroke;
}

/// Puts the character into the middle of the paper, smaller if it must be.
void place(std::vector<InkStroke>& strokes) {
    Extent extent;
    for (const InkStroke& stroke : strokes)
        for (const InkPoint& point : stroke) extent.add(point.at, point.radius);
    const float scale = std::min(1.0f, (kPaperSize - 2 * kMargin) / extent.side());
    const Point centre = extent.centre();
    constexpr float kMiddle = 0.5f * (kPaperSize - 1);
    for (InkStroke& stroke : strokes)
        for (InkPoint& point : stroke) {
            point.at = {kMiddle + scale * (point.at.x - centre.x), kMiddle + scale * (point.at.y - centre.y)};
            point.radius = std::max(point.radius * scale, 0.6f);
        }
}

/// Now and then there is a speck on the paper, of dust or of a neighbour's ink.
void add_speck(std::vector<InkStroke>& strokes, RandomStream& random) {
    constexpr float kChance = 0.025f;
    if (random.uniform() >= kChance) return;
    Extent extent;
    for (const InkStroke& stroke : strokes)
        for (const InkPoint& point : stroke) extent.add(point.at, point.radius);
    const Point at{random.uniform(extent.least.x - 6, extent.most.x + 6),
                   random.uniform(extent.least.y - 4, extent.most.y + 4)};
    const float radius = random.uniform(0.7f, 1.6f);
    strokes.push_back({{at, radius}, {{at.x + random.uniform(-2, 2), at.y + random.uniform(-2, 2)}, radius}});
}

}  // namespace

Writer make_writer(std::uint64_t seed, std::uint32_t number) {
    RandomStream random(seed, Purpose::kWriters, number);
    Writer writer{.seed = seed, .number = number};
    writer.size = 41 * std::exp(clamped_normal(random, 0, 0.18f, -0.5f, 0.45f));
    writer.width = std::exp(clamped_normal(random, 0.1f, 0.22f, -0.5f, 0.65f));
    writer.slant = clamped_normal(random, 0.18f, 0.22f, -0.4f, 0.8f);
    writer.waist = clamped_normal(random, 0, 0.09f, -0.25f, 0.25f);
    writer.bend = clamped_normal(random, 0, 0.04f, -0.12f, 0.12f);
    writer.roundness = std::max(0.0f, clamped_normal(random, 0.9f, 0.7f, 0, 2.5f));
    writer.tremor = 0.25f * std::abs(clamped_normal(random, 0, 1, -2.5f, 2.5f));
    writer.sloppiness = 0.035f * std::exp(clamped_normal(random, 0, 0.35f, -0.8f, 0.8f));
    writer.pen = 5.0f * std::exp(clamped_normal(random, 0, 0.22f, -0.55f, 0.5f));
    writer.nib = std::abs(clamped_normal(random, 0, 0.1f, -0.3f, 0.3f));
    writer.nib_angle = random.uniform(0, kPi);
    writer.pressure = std::abs(clamped_normal(random, 0.06f, 0.05f, 0, 0.25f));
    writer.taper = random.uniform() < 0.5f ? random.uniform(0, 0.6f) : 0.0f;
    writer.joining = random.uniform() < 0.3f ? random.uniform(0, 0.3f) : 0.0f;
    writer.overshoot = clamped_normal(random, 0.5f, 2, -4, 6);
    return writer;
}

std::vector<InkStroke> write_character(const Writer& writer, int label, RandomStream& random) {
    const Glyph& form = choose_form(writer, label, random);
    Skeleton skeleton = form.skeleton;
    disturb(skeleton, writer, random);
    const Shape2d shape(writer, form.size * natural_size(side_of(form.skeleton)), random);
    const float pen = writer.pen * std::exp(0.1f * random.normal());
    std::vector<InkStroke> strokes;
    for (Path& path : trace(skeleton, writer, random)) {
        for (Point& point : path) point = shape(point);
        smooth_path(path, writer.roundness);
        tremble(path, writer.tremor, random);
        strokes.push_back(press(path, writer, pen, random));
    }
    place(strokes);
    add_speck(strokes, random);
    return strokes;
}

}  // namespace inkling
