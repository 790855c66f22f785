#pragma once

#include <span>
#include <string_view>
#include <vector>

namespace inkling {

/// The classes that can be written: those of EMNIST Balanced, in its order.
inline constexpr std::string_view kWrittenClasses = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabdefghnqrt";

/// One way in which people write a character: strokes of knots, as text. Knots are "x,y" in hundredths of a capital's
/// height: y = 0 is its top, 100 the line that it stands on, 45 a small letter's top, 145 where g ends. Smooth knots
/// are joined by cubic Bezier curves; one with "!" after it is a corner, and two corners are joined by a line. "|"
/// lifts the pen.
struct GlyphForm {
    char class_name;  // of kWrittenClasses: merged letters by their upper-case one
    float weight;     // how often, among the forms of its class
    std::string_view path;
};

// The table, by subject.
std::span<const GlyphForm> digit_forms();
std::span<const GlyphForm> capital_forms();
std::span<const GlyphForm> small_letter_forms();

struct Point {
    float x = 0;
    float y = 0;
};

struct Knot {
    Point at;
    bool corner = false;
};

using Skeleton = std::vector<std::vector<Knot>>;  // strokes

/// Reads GlyphForm::path. Throws Error (failed) where it has another form.
Skeleton parse_glyph(std::string_view path);

/// A form, read.
struct Glyph {
    float weight = 0;
    float size = 1;  // as people write it, to what the table says
    Skeleton skeleton;
};

/// All forms of class `label` of kWrittenClasses.
std::span<const Glyph> glyphs_of(int label);

}  // namespace inkling
