#include "pictures/png.h"

#include "core/error.h"
#include "pictures/cairo_surface.h"

namespace inkling {
namespace {

cairo_status_t append(void* text, const unsigned char* bytes, unsigned size) noexcept {
    try {
        static_cast<std::string*>(text)->append(reinterpret_cast<const char*>(bytes), size);
    } catch (const std::bad_alloc&) {
        // Cairo is C: no exception may pass through it.
        return CAIRO_STATUS_NO_MEMORY;
    }
    return CAIRO_STATUS_SUCCESS;
}

}  // namespace

void check_cairo(cairo_status_t status) {
    if (status != CAIRO_STATUS_SUCCESS) throw failed("cannot draw the picture ({})", cairo_status_to_string(status));
}

std::string encode_png(cairo_surface_t* surface) {
    std::string png;
    check_cairo(cairo_surface_write_to_png_stream(surface, append, &png));
    return png;
}

std::string png_of(std::span<const std::uint8_t> pixels, Shape shape) {
    // Cairo writes coverage alone as greys.
    const Surface surface(cairo_image_surface_create(CAIRO_FORMAT_A8, shape.width, shape.height));
    check_cairo(cairo_surface_status(surface.get()));
    unsigned char* const bytes = cairo_image_surface_get_data(surface.get());
    const int stride = cairo_image_surface_get_stride(surface.get());
    for (int row = 0; row < shape.height; ++row)
        for (int column = 0; column < shape.width; ++column)
            bytes[static_cast<std::ptrdiff_t>(row) * stride + column] =
                255 - pixels[static_cast<std::size_t>(row) * shape.width + column];
    cairo_surface_mark_dirty(surface.get());
    return encode_png(surface.get());
}

}  // namespace inkling
