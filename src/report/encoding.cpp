#include "report/encoding.h"

#include "core/base64.h"
#include "pictures/png.h"

namespace inkling {

std::string image_uri(std::span<const std::uint8_t> pixels, Shape shape) {
    const std::string png = png_of(pixels, shape);
    return "data:image/png;base64," + base64(std::as_bytes(std::span(png)));
}

}  // namespace inkling
