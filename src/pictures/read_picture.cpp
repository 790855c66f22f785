#include "pictures/read_picture.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>

#include "core/error.h"
#include "core/files.h"
#include "core/text.h"
#include "pictures/decode_jpeg.h"
#include "pictures/decode_png.h"
#include "pictures/decode_pnm.h"
#include "pictures/exif_orientation.h"
#include "pictures/picture_extent.h"
#include "pictures/pix.h"

namespace inkling {
namespace {

constexpr std::uint64_t kLargestFile = std::uint64_t{256} << 20;
constexpr std::array<std::string_view, 11> kEndings = {".png", ".jpg", ".jpeg", ".bmp",  ".pnm", ".pbm",
                                                       ".pgm", ".ppm", ".tif",  ".tiff", ".webp"};

const l_uint8* data_of(std::span<const std::byte> file) { return reinterpret_cast<const l_uint8*>(file.data()); }

/// Little-endian.
std::uint32_t word_at(std::span<const std::byte> file, std::size_t at) {
    std::uint32_t word = 0;
    for (std::size_t i = 0; i < 4; ++i) word |= std::to_integer<std::uint32_t>(file[at + i]) << 8 * i;
    return word;
}

enum class Kind { kPng, kJpeg, kBmp, kPnm, kTiff, kWebp };

Kind kind_of(std::span<const std::byte> file, const std::string& name) {
    l_int32 format = IFF_UNKNOWN;
    if (file.size() >= 12) findFileFormatBuffer(data_of(file), &format);
    switch (format) {
        case IFF_PNG:
            return Kind::kPng;
        case IFF_JFIF_JPEG:
            return Kind::kJpeg;
        case IFF_BMP:
            return Kind::kBmp;
        case IFF_PNM:
            return Kind::kPnm;
        case IFF_TIFF:
        case IFF_TIFF_PACKBITS:
        case IFF_TIFF_RLE:
        case IFF_TIFF_G3:
        case IFF_TIFF_G4:
        case IFF_TIFF_LZW:
        case IFF_TIFF_ZIP:
        case IFF_TIFF_JPEG:
            return Kind::kTiff;
        case IFF_WEBP:
            return Kind::kWebp;
        default:
            throw bad_data("{}: no picture, expected PNG, JPEG, BMP, PNM, TIFF or WebP", name);
    }
}

/// What the header says. Nothing is decoded.
PictureExtent extent_of(std::span<const std::byte> file, Kind kind, const std::string& name) {
    if (kind == Kind::kBmp) {
        constexpr std::size_t kWidthAt = 18;
        constexpr std::size_t kHeightAt = 22;
        if (file.size() < kHeightAt + 4) throw bad_data("{}: ends inside the header, expected a BMP picture", name);
        const auto height = static_cast<std::int32_t>(word_at(file, kHeightAt));
        return {word_at(file, kWidthAt), static_cast<std::uint64_t>(std::abs(static_cast<std::int64_t>(height)))};
    }
    l_int32 format = 0, width = 0, height = 0, bits = 0, samples = 0, has_map = 0;
    if (pixReadHeaderMem(data_of(file), file.size(), &format, &width, &height, &bits, &samples, &has_map) != 0 ||
        width < 0 || height < 0)
        throw bad_data(
            "{}: its header is damaged or of a kind that is not read, expected the size of a picture; save it anew as "
            "PNG",
            name);
    return {static_cast<std::uint64_t>(width), static_cast<std::uint64_t>(height)};
}

/// Leptonica calls one damaged.
void refuse_animated_webp(std::span<const std::byte> file, const std::string& name) {
    constexpr std::size_t kHeaderAt = 12;
    constexpr std::size_t kFlagsAt = 20;
    constexpr std::byte kAnimated{2};
    if (file.size() > kFlagsAt && std::memcmp(&file[kHeaderAt], "VP8X", 4) == 0 &&
        (file[kFlagsAt] & kAnimated) != std::byte{0})
        throw bad_data("{}: an animated WebP, expected one still image; save one of its images by itself", name);
}

Pix decode(std::span<const std::byte> file, Kind kind, const std::string& name) {
    if (kind == Kind::kWebp) refuse_animated_webp(file, name);
    check_extent(extent_of(file, kind, name), name);
    Pix picture(pixReadMem(data_of(file), file.size()));
    if (picture == nullptr)
        throw bad_data(
            "{}: damaged, cut off or of a kind that is not read, expected a sound picture; save it anew as PNG", name);
    if (pixGetColormap(picture.get()) != nullptr)
        picture.reset(pixRemoveColormap(picture.get(), REMOVE_CMAP_BASED_ON_SRC));
    if (picture != nullptr && pixGetDepth(picture.get()) != 32) picture.reset(pixConvertTo8(picture.get(), FALSE));
    if (picture == nullptr) throw bad_data("{}: of a depth that is not known, expected a picture", name);
    const PictureExtent extent{static_cast<std::uint64_t>(pixGetWidth(picture.get())),
                               static_cast<std::uint64_t>(pixGetHeight(picture.get()))};
    check_extent(extent, name);
    return picture;
}

GreyPicture to_grey(PIX* picture) {
    const int width = pixGetWidth(picture), height = pixGetHeight(picture);
    const bool is_grey = pixGetDepth(picture) == 8;
    const bool has_alpha = pixGetSpp(picture) == 4;
    std::vector<std::uint8_t> values;
    values.reserve(static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * (is_grey ? 1 : 4));
    for (int y = 0; y < height; ++y) {
        const l_uint32* line = pixGetData(picture) + static_cast<std::ptrdiff_t>(y) * pixGetWpl(picture);
        for (int x = 0; x < width; ++x) {
            if (is_grey) {
                values.push_back(static_cast<std::uint8_t>(GET_DATA_BYTE(line, x)));
                continue;
            }
            l_int32 red = 0, green = 0, blue = 0, alpha = 0;
            extractRGBAValues(line[x], &red, &green, &blue, &alpha);
            for (const l_int32 value : {red, green, blue, has_alpha ? alpha : 255})
                values.push_back(static_cast<std::uint8_t>(value));
        }
    }
    return is_grey ? GreyPicture{.width = width, .height = height, .pixels = std::move(values)}
                   : grey_of_rgba(values, width, height);
}

}  // namespace

GreyPicture parse_picture(std::span<const std::byte> file, const std::string& name) {
    silence_leptonica();
    if (is_pnm(file)) return decode_pnm(file, name);
    const Kind kind = kind_of(file, name);
    if (kind == Kind::kPng) return decode_png(file, name);
    if (kind == Kind::kJpeg) return turned_upright(decode_jpeg(file, name), exif_orientation(file));
    return to_grey(decode(file, kind, name).get());
}

GreyPicture read_picture(const std::filesystem::path& path) {
    return parse_picture(read_file(path, kLargestFile), path.string());
}

bool has_picture_name(const std::filesystem::path& path) {
    return std::ranges::count(kEndings, lower_case(path.extension().string())) > 0;
}

std::string picture_endings() { return fmt::format("{}", fmt::join(kEndings, ", ")); }

}  // namespace inkling
