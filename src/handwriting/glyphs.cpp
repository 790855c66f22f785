#include "handwriting/glyphs.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "core/error.h"

namespace inkling {
namespace {

/// Takes "x,y" or "x,y!" off the front of `text`.
Knot take_knot(std::string_view& text, std::string_view path) {
    std::array<int, 2> place{};
    for (std::size_t i = 0; i < place.size(); ++i) {
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), place[i]);
        if (error != std::errc()) throw failed("glyph \"{}\": expected a whole number before \"{}\"", path, text);
        text.remove_prefix(static_cast<std::size_t>(end - text.data()));
        if (i == 1) break;
        if (!text.starts_with(',')) throw failed("glyph \"{}\": expected a comma before \"{}\"", path, text);
        text.remove_prefix(1);
    }
    const bool corner = text.starts_with('!');
    if (corner) text.remove_prefix(1);
    return {.at = {static_cast<float>(place[0]), static_cast<float>(place[1])}, .corner = corner};
}

/// In NIST's forms digits are smaller and small letters larger than print would have them.
constexpr float kDigitSize = 0.96f;
constexpr float kSmallLetterSize = 1.08f;

struct Subject {
    std::span<const GlyphForm> forms;
    float size;
};

using GlyphTable = std::vector<std::vector<Glyph>>;  // of each class

GlyphTable read_table() {
    GlyphTable table(kWrittenClasses.size());
    for (const auto& [forms, size] : {Subject{digit_forms(), kDigitSize}, Subject{capital_forms(), 1},
                                      Subject{small_letter_forms(), kSmallLetterSize}})
        for (const GlyphForm& form : forms) {
            const std::size_t label = kWrittenClasses.find(form.class_name);
            if (label == kWrittenClasses.npos) throw failed("glyph \"{}\": no class {}", form.path, form.class_name);
            table[label].push_back({.weight = form.weight, .size = size, .skeleton = parse_glyph(form.path)});
        }
    return table;
}

}  // namespace

Skeleton parse_glyph(std::string_view path) {
    Skeleton strokes(1);
    std::string_view rest = path;
    while (true) {
        rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
        if (rest.starts_with('|')) {
            strokes.emplace_back();
            rest.remove_prefix(1);
        } else if (!rest.empty()) {
            strokes.back().push_back(take_knot(rest, path));
        } else {
            break;
        }
    }
    for (const auto& stroke : strokes)
        if (stroke.size() < 2) throw failed("glyph \"{}\": a stroke of fewer than two knots", path);
    return strokes;
}

std::span<const Glyph> glyphs_of(int label) {
    static const GlyphTable table = read_table();
    return table.at(static_cast<std::size_t>(label));
}

}  // namespace inkling
