#include "pictures/canvas.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "core/files.h"
#include "core/text.h"
#include "pictures/cairo_surface.h"

namespace inkling {
namespace {

void set_colour(cairo_t* context, Colour colour) {
    cairo_set_source_rgb(context, colour.red / 255.0, colour.green / 255.0, colour.blue / 255.0);
}

void set_font(cairo_t* context, double size) {
    cairo_select_font_face(context, "sans-serif", CAIRO_FONT_SLANT_NORMAL, CAIRO_FONT_WEIGHT_NORMAL);
    cairo_set_font_size(context, size);
}

/// The text with "\xfc" for bytes that are not UTF-8, as a file's name may have them: Cairo takes nothing else, and
/// draws nothing more once it was given some.
std::string drawable(std::string_view text) {
    std::string result;
    while (!text.empty()) {
        const std::size_t size = first_character_size(text);
        result += size > 0 ? std::string(text.substr(0, size))
                           : fmt::format("\\x{:02x}", static_cast<unsigned char>(text.front()));
        text.remove_prefix(std::max<std::size_t>(size, 1));
    }
    return result;
}

}  // namespace

struct Canvas::Context {
    cairo_t* cairo = nullptr;
    ~Context() { cairo_destroy(cairo); }
};

Canvas::Canvas(int width, int height) : context_(std::make_unique<Context>()) {
    const Surface surface(cairo_image_surface_create(CAIRO_FORMAT_RGB24, width, height));
    context_->cairo = cairo_create(surface.get());
    fill(0, 0, width, height, kWhite);
}

Canvas::~Canvas() = default;

void Canvas::fill(double x, double y, double width, double height, Colour colour) {
    set_colour(context_->cairo, colour);
    cairo_rectangle(context_->cairo, x, y, width, height);
    cairo_fill(context_->cairo);
    check_cairo(cairo_status(context_->cairo));
}

void Canvas::line(std::span<const Point> points, double width, Colour colour) {
    set_colour(context_->cairo, colour);
    cairo_set_line_width(context_->cairo, width);
    cairo_set_line_join(context_->cairo, CAIRO_LINE_JOIN_ROUND);
    cairo_new_path(context_->cairo);  // text leaves a point behind
    for (const Point& point : points) cairo_line_to(context_->cairo, point.x, point.y);
    cairo_stroke(context_->cairo);
    check_cairo(cairo_status(context_->cairo));
}

void Canvas::image(double x, double y, double scale, std::span<const std::uint8_t> pixels, Shape shape) {
    const Surface surface(cairo_image_surface_create(CAIRO_FORMAT_RGB24, shape.width, shape.height));
    check_cairo(cairo_surface_status(surface.get()));
    unsigned char* bytes = cairo_image_surface_get_data(surface.get());
    const int stride = cairo_image_surface_get_stride(surface.get());
    for (int row = 0; row < shape.height; ++row) {
        auto* words = reinterpret_cast<std::uint32_t*>(bytes + static_cast<std::ptrdiff_t>(row) * stride);
        for (int column = 0; column < shape.width; ++column)
            words[column] = 0x010101u * (255u - pixels[static_cast<std::size_t>(row) * shape.width + column]);
    }
    cairo_surface_mark_dirty(surface.get());
    cairo_save(context_->cairo);
    cairo_translate(context_->cairo, x, y);
    cairo_scale(context_->cairo, scale, scale);
    cairo_set_source_surface(context_->cairo, surface.get(), 0, 0);
    cairo_pattern_set_filter(cairo_get_source(context_->cairo), CAIRO_FILTER_NEAREST);
    cairo_rectangle(context_->cairo, 0, 0, shape.width, shape.height);
    cairo_fill(context_->cairo);
    cairo_restore(context_->cairo);
    check_cairo(cairo_status(context_->cairo));
}

void Canvas::text(double x, double y, const std::string& text, double size, Colour colour, Align align) {
    const double share = align == Align::kLeft ? 0 : align == Align::kCentre ? 0.5 : 1;
    set_font(context_->cairo, size);
    set_colour(context_->cairo, colour);
    cairo_move_to(context_->cairo, x - share * text_width(text, size), y);
    cairo_show_text(context_->cairo, drawable(text).c_str());
    check_cairo(cairo_status(context_->cairo));
}

double Canvas::text_width(const std::string& text, double size) const {
    cairo_text_extents_t extents;
    set_font(context_->cairo, size);
    cairo_text_extents(context_->cairo, drawable(text).c_str(), &extents);
    return extents.x_advance;
}

void Canvas::save(const std::filesystem::path& path) const {
    write_file(path, std::string_view(encode_png(cairo_get_target(context_->cairo))));
}

}  // namespace inkling
