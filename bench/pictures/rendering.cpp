#include "rendering.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "core/random.h"

namespace inkling {
namespace {

constexpr int kSide = 28;

constexpr std::array kConditions = {
    Condition{.name = "scan, dark on light", .paper = 1, .ink = 0},
    Condition{.name = "small, 40 pixels", .size = 40, .paper = 1, .ink = 0},
    Condition{.name = "large, 900 pixels", .size = 900, .paper = 1, .ink = 0},
    Condition{.name = "light on dark", .paper = 0.1, .ink = 0.95},
    Condition{.name = "pencil", .paper = 0.9, .ink = 0.6, .noise = 0.015},
    Condition{.name = "photo, light from a side", .shade = 0.6, .noise = 0.02},
    Condition{.name = "photo, a hand's shadow", .shade = 0.2, .shadow = 0.5, .noise = 0.02},
    Condition{.name = "squared paper", .noise = 0.02, .lines = 0.25},
};

/// How much ink is at a place of the character's square, 0 to 1, with the hard edge of a pen.
double ink_at(std::span<const std::uint8_t> character, double x, double y) {
    const double column = std::clamp(x * kSide - 0.5, 0.0, kSide - 1.001);
    const double row = std::clamp(y * kSide - 0.5, 0.0, kSide - 1.001);
    const auto left = static_cast<std::size_t>(column), top = static_cast<std::size_t>(row);
    const double dx = column - static_cast<double>(left), dy = row - static_cast<double>(top);
    const auto grey = [&](std::size_t r, std::size_t c) { return character[r * kSide + c] / 255.0; };
    const double value = (1 - dy) * ((1 - dx) * grey(top, left) + dx * grey(top, left + 1)) +
                         dy * ((1 - dx) * grey(top + 1, left) + dx * grey(top + 1, left + 1));
    return std::clamp((value - 0.4) / 0.2, 0.0, 1.0);
}

/// Nearly normal, of deviation 1: the sum of twelve even deviates, less its mean.
double deviate(RandomStream& random) {
    double sum = -6;
    for (int i = 0; i < 12; ++i) sum += double{random.uniform()};
    return sum;
}

}  // namespace

std::span<const Condition> conditions() { return kConditions; }

GreyPicture render(std::span<const std::uint8_t> character, const Condition& condition, std::uint32_t seed) {
    RandomStream random(0, Purpose::kBenchmark, seed);
    const auto share = [&] { return double{random.uniform()}; };
    GreyPicture picture{.width = condition.size + static_cast<int>(share() * condition.size / 2),
                        .height = condition.size + static_cast<int>(share() * condition.size / 2),
                        .pixels = {}};
    const double square = condition.size * (condition.off_centre ? 0.6 + 0.35 * share() : 0.9);
    const double left = (picture.width - square) * share();
    const double top = (picture.height - square) * share();
    const double angle = 6.283 * share();
    const double edge = 0.35 + 0.3 * share();  // where the shadow begins
    const double line_step = condition.size / 4.0;
    const double line_offset = line_step * share();
    for (int y = 0; y < picture.height; ++y)
        for (int x = 0; x < picture.width; ++x) {
            const double u = (x + 0.5 - left) / square, v = (y + 0.5 - top) / square;
            const bool within = u >= 0 && u < 1 && v >= 0 && v < 1;
            const double ink = within ? ink_at(character, u, v) : 0;
            double grey = condition.paper + ink * (condition.ink - condition.paper);
            const auto on_line = [&](double at) {
                return std::fmod(at + line_offset, line_step) < condition.size / 80.0;
            };
            if (on_line(x) || on_line(y)) grey *= 1 - condition.lines;
            const double along = 0.5 + 0.5 *
                                           (std::cos(angle) * (2.0 * x / picture.width - 1) +
                                            std::sin(angle) * (2.0 * y / picture.height - 1)) /
                                           1.414;
            grey *= (1 - condition.shade * along) * (along > edge ? 1 - condition.shadow : 1);
            if (condition.noise > 0) grey += condition.noise * deviate(random);
            picture.pixels.push_back(static_cast<std::uint8_t>(std::lround(255 * std::clamp(grey, 0.0, 1.0))));
        }
    return picture;
}

}  // namespace inkling
