#include "junk.h"

#include <cairo.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <string>
#include <vector>

#include "pictures/cairo_surface.h"

namespace inkling {
namespace {

constexpr int kSide = 120;
constexpr double kTurn = 6.283185307179586;

struct Spot {
    double x = 0;
    double y = 0;
};

/// A sheet of paper of side 1, with room about it, and a pen.
class Sheet {
  public:
    explicit Sheet(double pen) : surface_(cairo_image_surface_create(CAIRO_FORMAT_A8, kSide, kSide)) {
        check_cairo(cairo_surface_status(surface_.get()));
        context_ = cairo_create(surface_.get());
        cairo_translate(context_, 0.1 * kSide, 0.1 * kSide);
        cairo_scale(context_, 0.8 * kSide, 0.8 * kSide);
        cairo_set_line_width(context_, pen);
        cairo_set_line_cap(context_, CAIRO_LINE_CAP_ROUND);
        cairo_set_line_join(context_, CAIRO_LINE_JOIN_ROUND);
    }
    ~Sheet() { cairo_destroy(context_); }
    Sheet(const Sheet&) = delete;
    Sheet& operator=(const Sheet&) = delete;

    cairo_t* pen() const { return context_; }

    void line(std::span<const Spot> spots, bool is_closed = false) const {
        for (const Spot& spot : spots) cairo_line_to(context_, spot.x, spot.y);
        if (is_closed) cairo_close_path(context_);
        cairo_stroke(context_);
    }

    /// A smooth curve through spots (E. Catmull, R. Rom, 1974).
    void curve(std::span<const Spot> spots, bool is_closed = false) const {
        const std::size_t count = spots.size();
        const auto at = [&](std::ptrdiff_t i) {
            const auto size = static_cast<std::ptrdiff_t>(count);
            return spots[static_cast<std::size_t>(is_closed ? (i + size) % size
                                                            : std::clamp<std::ptrdiff_t>(i, 0, size - 1))];
        };
        cairo_move_to(context_, spots[0].x, spots[0].y);
        for (std::ptrdiff_t i = 0; i + (is_closed ? 0 : 1) < static_cast<std::ptrdiff_t>(count); ++i) {
            const Spot a = at(i - 1), b = at(i), c = at(i + 1), d = at(i + 2);
            cairo_curve_to(context_, b.x + (c.x - a.x) / 6, b.y + (c.y - a.y) / 6, c.x - (d.x - b.x) / 6,
                           c.y - (d.y - b.y) / 6, c.x, c.y);
        }
    }

    void circle(Spot centre, double radius, bool is_filled = false) const {
        cairo_new_sub_path(context_);
        cairo_arc(context_, centre.x, centre.y, radius, 0, kTurn);
        if (is_filled)
            cairo_fill(context_);
        else
            cairo_stroke(context_);
    }

    void glyph(const std::string& text) const {
        cairo_select_font_face(context_, "DejaVu Sans", CAIRO_FONT_SLANT_NORMAL, CAIRO_FONT_WEIGHT_NORMAL);
        cairo_set_font_size(context_, 0.8);
        cairo_text_extents_t extents;
        cairo_text_extents(context_, text.c_str(), &extents);
        cairo_move_to(context_, 0.5 - extents.width / 2 - extents.x_bearing,
                      0.5 - extents.height / 2 - extents.y_bearing);
        cairo_text_path(context_, text.c_str());
        cairo_fill_preserve(context_);
        cairo_stroke(context_);
    }

    GreyPicture picture() const {
        check_cairo(cairo_status(context_));
        cairo_surface_flush(surface_.get());
        GreyPicture picture{.width = kSide, .height = kSide, .pixels = {}};
        const unsigned char* bytes = cairo_image_surface_get_data(surface_.get());
        const int stride = cairo_image_surface_get_stride(surface_.get());
        for (int y = 0; y < kSide; ++y)
            for (int x = 0; x < kSide; ++x)
                picture.pixels.push_back(
                    static_cast<std::uint8_t>(235 - 200 * bytes[static_cast<std::ptrdiff_t>(y) * stride + x] / 255));
        return picture;
    }

  private:
    Surface surface_;
    cairo_t* context_ = nullptr;
};

double between(RandomStream& random, double low, double high) { return low + (high - low) * double{random.uniform()}; }
double some_pen(RandomStream& random) { return between(random, 0.03, 0.09); }
Spot somewhere(RandomStream& random) { return {double{random.uniform()}, double{random.uniform()}}; }

/// A drawing's hand: what is meant, give or take a little.
Spot shaken(Spot spot, RandomStream& random) {
    return {spot.x + between(random, -0.04, 0.04), spot.y + between(random, -0.04, 0.04)};
}

GreyPicture draw_scribble(const Dataset& /*characters*/, RandomStream& random) {
    const Sheet sheet(some_pen(random));
    std::vector<Spot> spots(8 + random.below(20));
    for (Spot& spot : spots) spot = somewhere(random);
    sheet.curve(spots);
    cairo_stroke(sheet.pen());
    return sheet.picture();
}

GreyPicture draw_strokes(const Dataset& /*characters*/, RandomStream& random) {
    const Sheet sheet(some_pen(random));
    for (std::uint32_t i = 4 + random.below(5); i > 0; --i)
        sheet.line(std::array{somewhere(random), somewhere(random)});
    return sheet.picture();
}

GreyPicture draw_blob(const Dataset& /*characters*/, RandomStream& random) {
    const Sheet sheet(some_pen(random));
    for (std::uint32_t i = 1 + random.below(3); i > 0; --i) {
        const Spot centre = {between(random, 0.3, 0.7), between(random, 0.3, 0.7)};
        std::vector<Spot> spots(5 + random.below(8));
        for (std::size_t k = 0; k < spots.size(); ++k) {
            const double angle = kTurn * static_cast<double>(k) / static_cast<double>(spots.size());
            const double reach = between(random, 0.1, 0.35);
            spots[k] = {centre.x + reach * std::cos(angle), centre.y + reach * std::sin(angle)};
        }
        sheet.curve(spots, true);
        cairo_fill(sheet.pen());
    }
    return sheet.picture();
}

GreyPicture draw_hatching(const Dataset& /*characters*/, RandomStream& random) {
    const Sheet sheet(between(random, 0.02, 0.06));
    cairo_rectangle(sheet.pen(), 0, 0, 1, 1);
    cairo_clip(sheet.pen());
    const double step = between(random, 0.12, 0.25);
    const double wave = random.below(2) == 0 ? 0 : between(random, 0.02, 0.06);
    for (std::uint32_t layers = 1 + random.below(2); layers > 0; --layers) {
        const double angle = between(random, 0, kTurn);
        const double dx = std::cos(angle), dy = std::sin(angle);
        for (double offset = -0.8; offset < 0.8; offset += step) {
            std::vector<Spot> spots;
            for (double along = -0.8; along <= 0.8; along += 0.05) {
                const double across = offset + wave * std::sin(20 * along);
                spots.push_back({0.5 + along * dx - across * dy, 0.5 + along * dy + across * dx});
            }
            sheet.line(spots);
        }
    }
    return sheet.picture();
}

/// One of the glyphs, turned a little, thinner or bolder.
GreyPicture draw_one_of(std::span<const char* const> glyphs, RandomStream& random) {
    const Sheet sheet(between(random, 0.005, 0.04));
    cairo_translate(sheet.pen(), 0.5, 0.5);
    cairo_rotate(sheet.pen(), between(random, -0.15, 0.15));
    cairo_scale(sheet.pen(), between(random, 0.8, 1), 1);
    cairo_translate(sheet.pen(), -0.5, -0.5);
    const std::string glyph = glyphs[random.below(static_cast<std::uint32_t>(glyphs.size()))];
    sheet.glyph(glyph);
    return sheet.picture();
}

/// That look like none of the Latin ones.
GreyPicture draw_greek_or_cyrillic(const Dataset& /*characters*/, RandomStream& random) {
    static constexpr std::array kGlyphs = {"Ж", "Щ", "Ю", "Д", "Ф", "Ψ", "Ω", "Ξ", "Σ", "Љ", "Њ", "Ш", "ж", "щ",
                                           "ю", "д", "ф", "ψ", "ξ", "λ", "π", "Λ", "Ы", "Ћ", "Ѭ", "Ѯ", "Ц", "Л"};
    return draw_one_of(kGlyphs, random);
}

GreyPicture draw_other_script(const Dataset& /*characters*/, RandomStream& random) {
    static constexpr std::array kGlyphs = {"ش", "ص", "ج", "غ", "ك", "م", "ؤ", "ني", "ქ", "წ", "ჰ", "ფ", "ჭ", "ღ",
                                           "Ֆ", "Ք", "Ձ", "Ծ", "ֆ", "ѫ", "א", "ש",  "ל", "צ", "ᔕ", "ⵣ", "ⵥ"};
    return draw_one_of(kGlyphs, random);
}

GreyPicture draw_symbol(const Dataset& /*characters*/, RandomStream& random) {
    static constexpr std::array kGlyphs = {"☂", "☎", "♞", "✂", "✈", "❄", "♻", "☯", "⚓", "⚡", "♫", "⇄", "∑", "∫",
                                           "√", "≈", "≠", "☀", "☠", "⚔", "✌", "✿", "♣", "♛", "⌘", "※", "±", "¶"};
    return draw_one_of(kGlyphs, random);
}

/// Low frequencies of noise, cut at their middle.
GreyPicture draw_texture(const Dataset& /*characters*/, RandomStream& random) {
    struct Wave {
        double x, y, phase;
    };
    std::vector<Wave> waves(12);
    const double finest = between(random, 3, 9);
    for (Wave& wave : waves)
        wave = {between(random, -finest, finest), between(random, -finest, finest), between(random, 0, kTurn)};
    GreyPicture picture{.width = kSide, .height = kSide, .pixels = {}};
    for (int y = 0; y < kSide; ++y)
        for (int x = 0; x < kSide; ++x) {
            const double u = static_cast<double>(x) / kSide, v = static_cast<double>(y) / kSide;
            const bool within = std::min({u, v, 1 - u, 1 - v}) > 0.12;
            double sum = 0;
            for (const Wave& wave : waves) sum += std::sin(kTurn * (wave.x * u + wave.y * v) + wave.phase);
            picture.pixels.push_back(within && sum > 0.5 ? 35 : 235);
        }
    return picture;
}

/// Two or three characters side by side.
GreyPicture draw_several(const Dataset& characters, RandomStream& random) {
    const int count = 2 + static_cast<int>(random.below(2));
    const int step = 20;
    GreyPicture small{.width = count * step + 8, .height = 28, .pixels = {}};
    small.pixels.resize(static_cast<std::size_t>(small.width) * 28, 0);
    for (int i = 0; i < count; ++i) {
        const auto image = characters.image(random.below(static_cast<std::uint32_t>(characters.size())));
        for (int y = 0; y < 28; ++y)
            for (int x = 0; x < 28; ++x) {
                std::uint8_t& pixel = small.pixels[static_cast<std::size_t>(y) * small.width + i * step + x];
                pixel = std::max(pixel, image[static_cast<std::size_t>(y) * 28 + static_cast<std::size_t>(x)]);
            }
    }
    constexpr int kScale = 4;
    GreyPicture picture{.width = kScale * small.width, .height = kScale * 28, .pixels = {}};
    for (int y = 0; y < picture.height; ++y)
        for (int x = 0; x < picture.width; ++x)
            picture.pixels.push_back(static_cast<std::uint8_t>(
                235 - 200 * small.pixels[static_cast<std::size_t>(y / kScale) * small.width + x / kScale] / 255));
    return picture;
}

void draw_face(const Sheet& sheet, RandomStream& random) {
    sheet.circle({0.5, 0.5}, 0.45);
    sheet.circle(shaken({0.35, 0.38}, random), 0.05, true);
    sheet.circle(shaken({0.65, 0.38}, random), 0.05, true);
    sheet.curve(std::array{Spot{0.3, 0.65}, shaken({0.5, 0.75}, random), Spot{0.7, 0.65}});
    cairo_stroke(sheet.pen());
}

void draw_house(const Sheet& sheet, RandomStream& random) {
    sheet.line(std::array{Spot{0.15, 0.45}, Spot{0.15, 1.0}, Spot{0.85, 1.0}, Spot{0.85, 0.45}}, true);
    sheet.line(std::array{Spot{0.05, 0.48}, shaken({0.5, 0.05}, random), Spot{0.95, 0.48}});
    sheet.line(std::array{Spot{0.4, 1.0}, shaken({0.4, 0.65}, random), Spot{0.6, 0.65}, Spot{0.6, 1.0}});
}

void draw_person(const Sheet& sheet, RandomStream& random) {
    sheet.circle({0.5, 0.15}, 0.13);
    sheet.line(std::array{Spot{0.5, 0.28}, Spot{0.5, 0.65}});
    sheet.line(std::array{shaken({0.2, 0.35}, random), Spot{0.5, 0.42}, shaken({0.8, 0.35}, random)});
    sheet.line(std::array{shaken({0.25, 1.0}, random), Spot{0.5, 0.65}, shaken({0.75, 1.0}, random)});
}

/// Head and neck to the right, four legs, a tail.
void draw_horse(const Sheet& sheet, RandomStream& random) {
    const std::array outline = {Spot{0.1, 0.45},  Spot{0.3, 0.4},   Spot{0.6, 0.42},  Spot{0.72, 0.2},
                                Spot{0.8, 0.05},  Spot{0.98, 0.25}, Spot{0.92, 0.32}, Spot{0.82, 0.27},
                                Spot{0.75, 0.6},  Spot{0.72, 1.0},  Spot{0.65, 1.0},  Spot{0.62, 0.68},
                                Spot{0.35, 0.68}, Spot{0.3, 1.0},   Spot{0.22, 1.0},  Spot{0.2, 0.65}};
    std::vector<Spot> spots;
    for (const Spot& spot : outline) spots.push_back(shaken(spot, random));
    sheet.curve(spots, true);
    cairo_stroke(sheet.pen());
    sheet.line(std::array{spots[0], shaken({0.0, 0.75}, random)});
}

void draw_fish(const Sheet& sheet, RandomStream& random) {
    sheet.curve(std::array{Spot{0.0, 0.5}, shaken({0.35, 0.25}, random), Spot{0.7, 0.5}, shaken({0.35, 0.75}, random)},
                true);
    cairo_stroke(sheet.pen());
    sheet.line(std::array{Spot{0.7, 0.5}, shaken({1.0, 0.25}, random), shaken({1.0, 0.75}, random)}, true);
    sheet.circle({0.2, 0.45}, 0.03, true);
}

void draw_flower(const Sheet& sheet, RandomStream& random) {
    for (int i = 0; i < 6; ++i) {
        const double angle = kTurn * i / 6 + between(random, -0.2, 0.2);
        sheet.circle({0.5 + 0.22 * std::cos(angle), 0.32 + 0.22 * std::sin(angle)}, 0.11);
    }
    sheet.curve(std::array{Spot{0.5, 0.45}, shaken({0.45, 0.7}, random), Spot{0.5, 1.0}});
    cairo_stroke(sheet.pen());
}

GreyPicture draw_drawing(const Dataset& /*characters*/, RandomStream& random) {
    static constexpr std::array kDrawings = {draw_face, draw_house, draw_person, draw_horse, draw_fish, draw_flower};
    const Sheet sheet(between(random, 0.02, 0.06));
    kDrawings[random.below(kDrawings.size())](sheet, random);
    return sheet.picture();
}

constexpr std::array kKinds = {
    JunkKind{"scribbles", false, draw_scribble},
    JunkKind{"strokes here and there", false, draw_strokes},
    JunkKind{"blobs", false, draw_blob},
    JunkKind{"hatching", false, draw_hatching},
    JunkKind{"Greek and Cyrillic letters", false, draw_greek_or_cyrillic},
    JunkKind{"several characters", true, draw_several},
    JunkKind{"drawings", true, draw_drawing},
    JunkKind{"symbols", true, draw_symbol},
    JunkKind{"letters of other scripts", true, draw_other_script},
    JunkKind{"textures", true, draw_texture},
};

}  // namespace

std::span<const JunkKind> junk_kinds() { return kKinds; }

GreyPicture draw_junk(const JunkKind& kind, const Dataset& characters, std::uint32_t index) {
    RandomStream random(1, Purpose::kBenchmark, static_cast<std::uint32_t>(&kind - kKinds.data()), index);
    return kind.draw(characters, random);
}

}  // namespace inkling
