#include "report/encoding.h"

#include "core/base64.h"
#include "core/hash.h"
#include "pictures/png.h"

namespace inkling {

std::string image_uri(std::span<const std::uint8_t> pixels, Shape shape) {
    const std::string png = png_of(pixels, shape);
    return "data:image/png;base64," + base64(std::as_bytes(std::span(png)));
}

std::string script_hash(std::string_view script) {
    return "sha256-" + base64(sha256_digest(std::as_bytes(std::span(script))));
}

}  // namespace inkling
