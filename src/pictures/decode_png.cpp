#include "pictures/decode_png.h"

#include <png.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <vector>

#include "core/error.h"
#include "pictures/picture_extent.h"

namespace inkling {
namespace {

Error damaged(const std::string& name, const char* why) {
    return bad_data("{}: damaged or cut off ({}), expected a sound PNG", name, why);
}

/// What libpng's callbacks need. Errors leave libpng by longjmp(), so that all memory stands here, with who calls.
struct RowReading {
    png_structp png = nullptr;
    png_infop info = nullptr;
    std::span<const std::byte> rest;
    std::span<const png_bytep> rows;
    std::array<char, 128> fault{};

    ~RowReading() { png_destroy_read_struct(&png, &info, nullptr); }
};

[[noreturn]] void leave(png_structp png, png_const_charp why) {
    auto& reading = *static_cast<RowReading*>(png_get_error_ptr(png));
    std::strncpy(reading.fault.data(), why, reading.fault.size() - 1);
    png_longjmp(png, 1);
}

void ignore(png_structp, png_const_charp) {}

void give_bytes(png_structp png, png_bytep bytes, std::size_t size) {
    auto& reading = *static_cast<RowReading*>(png_get_io_ptr(png));
    if (size > reading.rest.size()) png_error(png, "read beyond end of data");
    std::memcpy(bytes, reading.rest.data(), size);
    reading.rest = reading.rest.subspan(size);
}

/// Asks for what png_image_finish_read() gives of 16 bits as PNG_FORMAT_RGBA: levels without a gamma are linear light.
void ask_for_rgba(png_structp png, png_infop info) {
    const bool has_alpha =
        (png_get_color_type(png, info) & PNG_COLOR_MASK_ALPHA) != 0 || png_get_valid(png, info, PNG_INFO_tRNS) != 0;
    png_set_expand(png);
    png_set_gray_to_rgb(png);
    png_set_alpha_mode_fixed(png, PNG_ALPHA_PNG, PNG_GAMMA_LINEAR);  // the file's gamma, unless it says another
    png_set_scale_16(png);
    if (!has_alpha) png_set_add_alpha(png, 255, PNG_FILLER_AFTER);
    png_set_alpha_mode_fixed(png, PNG_ALPHA_PNG, PNG_DEFAULT_sRGB);
    png_set_interlace_handling(png);
}

/// Returns whether it could. No object that needs its destructor may stand in here.
bool read_rows(RowReading& reading) {
    if (setjmp(png_jmpbuf(reading.png)) != 0) return false;  // NOLINT(modernize-avoid-setjmp-longjmp): libpng's way
    png_set_read_fn(reading.png, &reading, give_bytes);
    png_read_info(reading.png, reading.info);
    ask_for_rgba(reading.png, reading.info);
    png_read_update_info(reading.png, reading.info);
    if (png_get_rowbytes(reading.png, reading.info) !=
            std::size_t{4} * png_get_image_width(reading.png, reading.info) ||
        png_get_image_height(reading.png, reading.info) != reading.rows.size())
        png_error(reading.png, "its size changes");
    png_read_image(reading.png, const_cast<png_bytepp>(reading.rows.data()));
    return true;
}

/// Whether the header, which was read already, says 16 bits and interlaced. Of those, versions of libpng's simplified
/// interface give wrong pixels (Debian's 1.6.39) or write beyond them (CVE-2025-65018).
bool is_wide_and_interlaced(std::span<const std::byte> file) {
    constexpr std::size_t kDepthAt = 24;
    constexpr std::size_t kInterlaceAt = 28;
    return file.size() > kInterlaceAt && file[kDepthAt] == std::byte{16} && file[kInterlaceAt] != std::byte{0};
}

/// By libpng's interface of rows.
std::vector<std::uint8_t> read_interlaced(std::span<const std::byte> file, const png_image& size,
                                          const std::string& name) {
    std::vector<std::uint8_t> pixels(std::size_t{4} * size.width * size.height);
    std::vector<png_bytep> rows(size.height);
    for (std::size_t row = 0; row < rows.size(); ++row) rows[row] = &pixels[row * 4 * size.width];
    RowReading reading;
    reading.rest = file;
    reading.rows = rows;
    reading.png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &reading, leave, ignore);
    if (reading.png != nullptr) reading.info = png_create_info_struct(reading.png);
    if (reading.info == nullptr) throw failed("{}: cannot start to decode PNG", name);
    if (!read_rows(reading)) throw damaged(name, reading.fault.data());
    return pixels;
}

}  // namespace

GreyPicture decode_png(std::span<const std::byte> file, const std::string& name) {
    png_image image{};
    image.version = PNG_IMAGE_VERSION;
    const std::unique_ptr<png_image, void (*)(png_image*)> end(&image, png_image_free);
    if (png_image_begin_read_from_memory(&image, file.data(), file.size()) == 0) throw damaged(name, image.message);
    check_extent({image.width, image.height}, name);
    const auto width = static_cast<int>(image.width), height = static_cast<int>(image.height);
    if (is_wide_and_interlaced(file)) return grey_of_rgba(read_interlaced(file, image, name), width, height);
    image.format = PNG_FORMAT_RGBA;
    std::vector<std::uint8_t> pixels(PNG_IMAGE_SIZE(image));
    if (png_image_finish_read(&image, nullptr, pixels.data(), 0, nullptr) == 0) throw damaged(name, image.message);
    return grey_of_rgba(pixels, width, height);
}

}  // namespace inkling
