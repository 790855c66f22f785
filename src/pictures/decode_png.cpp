#include "pictures/decode_png.h"

#include <png.h>

#include <memory>
#include <vector>

#include "core/error.h"
#include "pictures/picture_extent.h"

namespace inkling {

GreyPicture decode_png(std::span<const std::byte> file, const std::string& name) {
    png_image image{};
    image.version = PNG_IMAGE_VERSION;
    const std::unique_ptr<png_image, void (*)(png_image*)> end(&image, png_image_free);
    const auto refuse = [&] {
        return bad_data("{}: damaged or cut off ({}), expected a sound PNG", name, image.message);
    };
    if (png_image_begin_read_from_memory(&image, file.data(), file.size()) == 0) throw refuse();
    check_extent({image.width, image.height}, name);
    image.format = PNG_FORMAT_RGBA;
    std::vector<std::uint8_t> pixels(PNG_IMAGE_SIZE(image));
    if (png_image_finish_read(&image, nullptr, pixels.data(), 0, nullptr) == 0) throw refuse();
    return grey_of_rgba(pixels, static_cast<int>(image.width), static_cast<int>(image.height));
}

}  // namespace inkling
