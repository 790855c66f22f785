#pragma once

#include <cairo.h>

#include <memory>
#include <string>

namespace inkling {

struct DestroySurface {
    void operator()(cairo_surface_t* surface) const { cairo_surface_destroy(surface); }
};
using Surface = std::unique_ptr<cairo_surface_t, DestroySurface>;

/// Throws Error (failed) for any other status than success.
void check_cairo(cairo_status_t status);

/// The bytes of a PNG file of the surface. Throws Error (failed).
std::string encode_png(cairo_surface_t* surface);

}  // namespace inkling
