#include "page_rendering.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <string_view>
#include <vector>

#include "core/random.h"

namespace inkling {
namespace {

constexpr int kSide = 28;
constexpr int kLines = 8;
constexpr double kLineStep = 2.0;
constexpr double kColumnWidth = 17;
constexpr double kGutter = 2.5;
constexpr double kMargin = 1.5;
constexpr double kSpace = 0.9;

constexpr std::array kConditions = {
    PageCondition{.name = "scan, dark on light", .paper = 1, .ink = 0, .noise = 0},
    PageCondition{.name = "small, 24 pixels", .height = 24},
    PageCondition{.name = "large, 120 pixels", .height = 120},
    PageCondition{.name = "light on dark", .paper = 0.1, .ink = 0.95},
    PageCondition{.name = "pencil", .paper = 0.9, .ink = 0.6, .noise = 0.015},
    PageCondition{.name = "photo, light from a side", .shade = 0.6},
    PageCondition{.name = "photo, a hand's shadow", .shade = 0.2, .shadow = 0.5},
    PageCondition{.name = "turned by 5 degrees", .turn = 5},
    PageCondition{.name = "turned by -10 degrees", .turn = -10},
    PageCondition{.name = "squared paper, pale", .squares = 0.25},
    PageCondition{.name = "ruled paper, dark", .rules = 0.8},
    PageCondition{.name = "close together", .spacing = 0.06},
    PageCondition{.name = "touching", .spacing = -0.04},
    PageCondition{.name = "leaning by 25 degrees", .lean = 25},
    PageCondition{.name = "leaning and touching", .spacing = -0.04, .lean = 25},
    PageCondition{.name = "full stops, commas, dashes", .stops = true},
    PageCondition{.name = "two columns", .columns = 2},
};

constexpr std::array kWords = {
    "the",    "of",    "and",     "to",    "in",     "is",     "you",     "that",    "it",    "he",     "was",
    "for",    "on",    "are",     "as",    "with",   "his",    "they",    "at",      "be",    "this",   "have",
    "from",   "or",    "one",     "had",   "by",     "word",   "but",     "not",     "what",  "all",    "were",
    "we",     "when",  "your",    "can",   "said",   "there",  "use",     "an",      "each",  "which",  "she",
    "do",     "how",   "their",   "if",    "will",   "up",     "other",   "about",   "out",   "many",   "then",
    "them",   "these", "so",      "some",  "her",    "would",  "make",    "like",    "him",   "into",   "time",
    "has",    "look",  "two",     "more",  "write",  "go",     "see",     "number",  "no",    "way",    "could",
    "people", "my",    "than",    "first", "water",  "been",   "call",    "who",     "oil",   "its",    "now",
    "find",   "long",  "down",    "day",   "did",    "get",    "come",    "made",    "may",   "part",   "over",
    "new",    "sound", "take",    "only",  "little", "work",   "know",    "place",   "year",  "live",   "me",
    "back",   "give",  "most",    "very",  "after",  "thing",  "our",     "just",    "name",  "good",   "think",
    "say",    "great", "where",   "help",  "much",   "before", "line",    "right",   "too",   "mean",   "old",
    "any",    "same",  "tell",    "boy",   "follow", "came",   "want",    "show",    "also",  "around", "form",
    "three",  "small", "set",     "put",   "end",    "does",   "another", "well",    "large", "must",   "big",
    "even",   "such",  "because", "turn",  "here",   "why",    "ask",     "went",    "men",   "read",   "need",
    "land",   "home",  "us",      "move",  "try",    "kind",   "hand",    "picture", "again", "change", "off",
    "play",   "spell", "air",     "away",  "animal", "house",
};

/// Bottom and top of a character above the line, as people write it.
struct Extent {
    double bottom = 0;
    double top = 1;
};

Extent extent_of(char character) {
    constexpr std::string_view kLow = "acemnorsuvwxz";
    constexpr std::string_view kHanging = "gpqy";
    if (kLow.find(character) != std::string_view::npos) return {0, 0.66};
    if (kHanging.find(character) != std::string_view::npos) return {-0.36, 0.66};
    if (character == 'j') return {-0.36, 0.95};
    return {0, 1};
}

std::size_t label_of(const std::vector<std::string>& class_names, char character) {
    const auto find = [&](char name) {
        return static_cast<std::size_t>(std::ranges::find(class_names, std::string(1, name)) - class_names.begin());
    };
    const std::size_t same = find(character);
    return same < class_names.size() ? same : find(static_cast<char>(std::toupper(character)));
}

std::string some_word(RandomStream& random) {
    const std::uint32_t kind = random.below(5);
    std::string word;
    if (kind == 0) {
        for (std::uint32_t i = 2 + random.below(4); i > 0; --i) word += static_cast<char>('0' + random.below(10));
        return word;
    }
    word = kWords[random.below(kWords.size())];
    if (kind <= 2) std::ranges::transform(word, word.begin(), [](int c) { return static_cast<char>(std::toupper(c)); });
    return word;
}

/// The page's ink before light falls on it, 0 to 1.
struct InkPlane {
    int width = 0;
    int height = 0;
    std::vector<float> values;

    float at(int x, int y) const {
        return x < 0 || y < 0 || x >= width || y >= height ? 0 : values[static_cast<std::size_t>(y) * width + x];
    }
    float between(double x, double y) const {
        const int left = static_cast<int>(std::floor(x)), top = static_cast<int>(std::floor(y));
        const auto dx = static_cast<float>(x - left), dy = static_cast<float>(y - top);
        return (1 - dy) * ((1 - dx) * at(left, top) + dx * at(left + 1, top)) +
               dy * ((1 - dx) * at(left, top + 1) + dx * at(left + 1, top + 1));
    }
};

struct InkBox {
    int left = kSide;
    int top = kSide;
    int right = 0;
    int bottom = 0;
};

InkBox ink_box(std::span<const std::uint8_t> image) {
    InkBox box;
    for (int y = 0; y < kSide; ++y)
        for (int x = 0; x < kSide; ++x) {
            if (image[static_cast<std::size_t>(y * kSide + x)] < 128) continue;
            box = {std::min(box.left, x), std::min(box.top, y), std::max(box.right, x + 1),
                   std::max(box.bottom, y + 1)};
        }
    return box;
}

/// With the hard edge of a pen.
double ink_of(std::span<const std::uint8_t> image, double column, double row) {
    column = std::clamp(column - 0.5, 0.0, kSide - 1.001);
    row = std::clamp(row - 0.5, 0.0, kSide - 1.001);
    const auto left = static_cast<std::size_t>(column), top = static_cast<std::size_t>(row);
    const double dx = column - static_cast<double>(left), dy = row - static_cast<double>(top);
    const auto grey = [&](std::size_t r, std::size_t c) { return image[r * kSide + c] / 255.0; };
    const double value = (1 - dy) * ((1 - dx) * grey(top, left) + dx * grey(top, left + 1)) +
                         dy * ((1 - dx) * grey(top + 1, left) + dx * grey(top + 1, left + 1));
    return std::clamp((value - 0.4) / 0.2, 0.0, 1.0);
}

/// Writes a character with its left end at `x` and its foot on `line`, in pixels, leaning by so many pixels a row;
/// returns where it ends.
double write_character(InkPlane& plane, std::span<const std::uint8_t> image, Extent extent, double x, double line,
                       double height, double lean) {
    const InkBox box = ink_box(image);
    if (box.right <= box.left) return x;
    // A flat one, such as a lying 1, keeps its form.
    const double rows = std::max(box.bottom - box.top, (box.right - box.left) / 2);
    const double scale = (extent.top - extent.bottom) * height / rows;
    const double top = line - extent.top * height;
    const double right = x + scale * (box.right - box.left);
    for (int v = static_cast<int>(top - 2 * scale); v < top + scale * (rows + 2); ++v) {
        const double begin = x + lean * (line - v);
        for (int u = static_cast<int>(begin - 2 * scale); u < begin + right - x + 2 * scale; ++u) {
            if (u < 0 || v < 0 || u >= plane.width || v >= plane.height) continue;
            const double column = box.left + (u + 0.5 - begin) / scale, row = box.top + (v + 0.5 - top) / scale;
            if (column < 0 || row < 0 || column >= kSide || row >= kSide) continue;
            float& value = plane.values[static_cast<std::size_t>(v) * plane.width + u];
            value = std::max(value, static_cast<float>(ink_of(image, column, row)));
        }
    }
    return right;
}

/// Strokes with the round ends of a pen, from (x, y) to (to_x, to_y).
void write_stroke(InkPlane& plane, double x, double y, double to_x, double to_y, double width) {
    const double length = std::hypot(to_x - x, to_y - y);
    for (double at = 0; at <= length; at += 0.25) {
        const double middle_x = x + (to_x - x) * at / std::max(length, 1.0);
        const double middle_y = y + (to_y - y) * at / std::max(length, 1.0);
        for (int v = static_cast<int>(middle_y - width); v <= middle_y + width; ++v)
            for (int u = static_cast<int>(middle_x - width); u <= middle_x + width; ++u) {
                if (u < 0 || v < 0 || u >= plane.width || v >= plane.height) continue;
                const double off = std::hypot(u + 0.5 - middle_x, v + 0.5 - middle_y);
                float& value = plane.values[static_cast<std::size_t>(v) * plane.width + u];
                value = std::max(value, static_cast<float>(std::clamp(0.5 * width - off + 0.5, 0.0, 1.0)));
            }
    }
}

/// A full stop, comma or dash at `x`, or nothing; returns where it ends.
double write_stop(InkPlane& plane, double x, double line, double height, RandomStream& random) {
    const double pen = 0.1 * height;
    x += 0.15 * height;
    switch (random.below(5)) {
        case 0:
            write_stroke(plane, x, line - pen / 2, x + 0.02 * height, line - pen / 2, 1.3 * pen);
            return x + pen;
        case 1:
            write_stroke(plane, x + 0.05 * height, line - 0.1 * height, x - 0.05 * height, line + 0.2 * height, pen);
            return x + pen;
        case 2:
            write_stroke(plane, x + 0.1 * height, line - 0.45 * height, x + 0.6 * height, line - 0.42 * height, pen);
            return x + 0.7 * height;
        default:
            return x - 0.15 * height;
    }
}

/// How wide a word is at most, in heights of a capital.
double room_for(const std::string& word, double spacing) {
    return static_cast<double>(word.size()) * (1.1 + std::max(spacing, 0.0));
}

struct Writing {
    InkPlane plane;
    std::string text;
};

/// Writes lines of words from `left` on, in heights of a capital; returns their text.
std::string write_column(InkPlane& plane, const Dataset& characters, const PageCondition& condition, double left,
                         RandomStream& random) {
    const auto share = [&] { return double{random.uniform()}; };
    std::vector<std::vector<std::size_t>> samples(static_cast<std::size_t>(characters.classes()));
    for (std::size_t i = 0; i < characters.size(); ++i) samples[characters.labels[i]].push_back(i);
    const double height = condition.height;
    const double lean = std::tan(condition.lean * 3.14159265 / 180);
    std::string text;
    for (int line = 0; line < kLines; ++line) {
        const double foot = height * (kMargin + kLineStep * line + 1.2);
        double x = height * left;
        bool is_first = true;
        for (std::string word = some_word(random);
             x / height + room_for(word, condition.spacing) + kSpace < left + kColumnWidth; word = some_word(random)) {
            if (!is_first) {
                x += height * (kSpace + 0.3 * share());
                text += ' ';
            }
            is_first = false;
            for (std::size_t i = 0; i < word.size(); ++i) {
                const std::size_t label = label_of(characters.class_names, word[i]);
                const std::size_t sample =
                    samples[label][random.below(static_cast<std::uint32_t>(samples[label].size()))];
                if (i > 0) x += height * (condition.spacing + 0.06 * (share() - 0.5));
                x = write_character(plane, characters.image(sample), extent_of(word[i]), x,
                                    foot + height * 0.08 * (share() - 0.5), height * (0.92 + 0.16 * share()), lean);
                text += characters.class_names[label];
            }
            if (condition.stops) x = write_stop(plane, x, foot, height, random);
        }
        text += '\n';
    }
    return text;
}

Writing write_lines(const Dataset& characters, const PageCondition& condition, RandomStream& random) {
    const double height = condition.height;
    const double width = 2 * kMargin + condition.columns * (kColumnWidth + kGutter) - kGutter;
    Writing writing{.plane = {.width = static_cast<int>(height * width),
                              .height = static_cast<int>(height * (2 * kMargin + kLineStep * kLines)),
                              .values = {}},
                    .text = {}};
    writing.plane.values.resize(static_cast<std::size_t>(writing.plane.width) *
                                static_cast<std::size_t>(writing.plane.height));
    for (int column = 0; column < condition.columns; ++column)
        writing.text +=
            write_column(writing.plane, characters, condition, kMargin + column * (kColumnWidth + kGutter), random);
    return writing;
}

}  // namespace

std::span<const PageCondition> page_conditions() { return kConditions; }

std::string page_words() { return fmt::format("{}", fmt::join(kWords, " ")); }

RenderedPage render_page(const Dataset& characters, const PageCondition& condition, std::uint32_t seed) {
    RandomStream random(0, Purpose::kBenchmark, 1, seed);
    Writing writing = write_lines(characters, condition, random);
    const InkPlane& plane = writing.plane;
    const double turn = condition.turn * 3.14159265 / 180;
    const double cosine = std::cos(turn), sine = std::sin(turn);
    const double light = 6.283 * double{random.uniform()};
    const double edge = 0.35 + 0.3 * double{random.uniform()};
    GreyPicture picture{.width = static_cast<int>(plane.width * cosine + plane.height * std::abs(sine)),
                        .height = static_cast<int>(plane.height * cosine + plane.width * std::abs(sine)),
                        .pixels = {}};
    const double step = condition.height * kLineStep;
    const auto on_rule = [&](double at, double apart, double phase) {
        const double off = std::fmod(at + 8 * apart - phase, apart);
        return off < std::max(1.5, condition.height / 24.0);
    };
    for (int y = 0; y < picture.height; ++y)
        for (int x = 0; x < picture.width; ++x) {
            const double u = x + 0.5 - picture.width / 2.0, v = y + 0.5 - picture.height / 2.0;
            const double column = cosine * u + sine * v + plane.width / 2.0;
            const double row = -sine * u + cosine * v + plane.height / 2.0;
            const double ink = plane.between(column - 0.5, row - 0.5);
            double grey = condition.paper + ink * (condition.ink - condition.paper);
            if (condition.rules > 0 && on_rule(row, step, condition.height * (kMargin + 1.2)))
                grey = std::min(grey, condition.paper * (1 - condition.rules));
            if (on_rule(row, step / 4, 0) || on_rule(column, step / 4, 0)) grey *= 1 - condition.squares;
            const double along = 0.5 + 0.5 *
                                           (std::cos(light) * (2.0 * x / picture.width - 1) +
                                            std::sin(light) * (2.0 * y / picture.height - 1)) /
                                           1.414;
            grey *= (1 - condition.shade * along) * (along > edge ? 1 - condition.shadow : 1);
            if (condition.noise > 0) grey += condition.noise * double{random.normal()};
            picture.pixels.push_back(static_cast<std::uint8_t>(std::lround(255 * std::clamp(grey, 0.0, 1.0))));
        }
    return {.picture = std::move(picture), .text = std::move(writing.text)};
}

}  // namespace inkling
