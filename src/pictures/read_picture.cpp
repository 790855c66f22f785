#include "pictures/read_picture.h"

#include <leptonica/allheaders.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <memory>
#include <string_view>

#include "core/error.h"
#include "core/files.h"
#include "pictures/exif_orientation.h"
#include "pictures/jpeg.h"
#include "pictures/picture_extent.h"

namespace inkling {
namespace {

constexpr std::uint64_t kLargestFile = std::uint64_t{256} << 20;

struct Destroy {
    void operator()(PIX* picture) const { pixDestroy(&picture); }
};
using Pix = std::unique_ptr<PIX, Destroy>;

const l_uint8* data_of(std::span<const std::byte> file) { return reinterpret_cast<const l_uint8*>(file.data()); }

template <class Word>
Word word_at(std::span<const std::byte> file, std::size_t at, bool big_endian) {
    Word word = 0;
    for (std::size_t i = 0; i < sizeof(Word); ++i)
        word |= static_cast<Word>(std::to_integer<Word>(file[at + i]) << 8 * (big_endian ? sizeof(Word) - 1 - i : i));
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
        const auto height = static_cast<std::int32_t>(word_at<std::uint32_t>(file, kHeightAt, false));
        return {word_at<std::uint32_t>(file, kWidthAt, false),
                static_cast<std::uint64_t>(std::abs(static_cast<std::int64_t>(height)))};
    }
    l_int32 format = 0, width = 0, height = 0, bits = 0, samples = 0, has_map = 0;
    if (pixReadHeaderMem(data_of(file), file.size(), &format, &width, &height, &bits, &samples, &has_map) != 0 ||
        width < 0 || height < 0)
        throw bad_data("{}: its header is damaged, expected the size of a picture", name);
    return {static_cast<std::uint64_t>(width), static_cast<std::uint64_t>(height)};
}

/// Tells where a PNG is damaged; libpng would say it on the terminal.
void check_png(std::span<const std::byte> file, const std::string& name) {
    std::size_t at = 8;
    while (true) {
        if (file.size() - at < 12) throw bad_data("{}: cut off at byte {}, expected a chunk of PNG", name, file.size());
        const auto size = word_at<std::uint32_t>(file, at, true);
        if (size > file.size() - at - 12)
            throw bad_data("{}: a chunk of {} bytes at byte {}, but {} are left, expected a sound PNG", name, size, at,
                           file.size() - at - 12);
        const auto checked = file.subspan(at + 4, size + 4);
        const auto sum = crc32(0, reinterpret_cast<const Bytef*>(checked.data()), static_cast<uInt>(checked.size()));
        if (sum != word_at<std::uint32_t>(file, at + 8 + size, true))
            throw bad_data("{}: the chunk at byte {} does not agree with its checksum, expected a sound PNG", name, at);
        if (word_at<std::uint32_t>(file, at + 4, true) == 0x49454E44) return;  // IEND
        at += 12 + size;
    }
}

/// Once for the process: what is wrong with a file, an Error says.
void silence_leptonica() {
    static const bool silent = [] {
        setMsgSeverity(L_SEVERITY_NONE);
        leptSetStderrHandler([](const char*) {});
        return true;
    }();
    static_cast<void>(silent);
}

Pix decode(std::span<const std::byte> file, Kind kind, const std::string& name) {
    check_extent(extent_of(file, kind, name), name);
    if (kind == Kind::kPng) check_png(file, name);
    Pix picture(pixReadMem(data_of(file), file.size()));
    if (picture == nullptr) throw bad_data("{}: damaged or cut off, expected a sound picture", name);
    if (pixGetColormap(picture.get()) != nullptr)
        picture.reset(pixRemoveColormap(picture.get(), REMOVE_CMAP_BASED_ON_SRC));
    if (picture != nullptr && pixGetDepth(picture.get()) != 32) picture.reset(pixConvertTo8(picture.get(), FALSE));
    if (picture == nullptr) throw bad_data("{}: of a depth that is not known, expected a picture", name);
    const PictureExtent extent{static_cast<std::uint64_t>(pixGetWidth(picture.get())),
                               static_cast<std::uint64_t>(pixGetHeight(picture.get()))};
    check_extent(extent, name);
    return picture;
}

std::uint8_t grey_of(l_uint32 word, bool has_alpha, int paper) {
    l_int32 red = 0, green = 0, blue = 0, alpha = 255;
    extractRGBAValues(word, &red, &green, &blue, &alpha);
    const int grey = (299 * red + 587 * green + 114 * blue + 500) / 1000;
    return static_cast<std::uint8_t>(has_alpha ? (grey * alpha + paper * (255 - alpha) + 127) / 255 : grey);
}

GreyPicture to_grey(PIX* picture, int paper) {
    GreyPicture grey{.width = pixGetWidth(picture), .height = pixGetHeight(picture), .pixels = {}};
    grey.pixels.reserve(static_cast<std::size_t>(grey.width) * static_cast<std::size_t>(grey.height));
    const bool has_alpha = pixGetSpp(picture) == 4;
    const bool is_grey = pixGetDepth(picture) == 8;
    for (int y = 0; y < grey.height; ++y) {
        const l_uint32* line = pixGetData(picture) + static_cast<std::ptrdiff_t>(y) * pixGetWpl(picture);
        for (int x = 0; x < grey.width; ++x)
            grey.pixels.push_back(is_grey ? static_cast<std::uint8_t>(GET_DATA_BYTE(line, x))
                                          : grey_of(line[x], has_alpha, paper));
    }
    return grey;
}

bool is_blank(const GreyPicture& picture) {
    constexpr int kContrast = 16;
    const auto [darkest, lightest] = std::minmax_element(picture.pixels.begin(), picture.pixels.end());
    return *lightest - *darkest < kContrast;
}

}  // namespace

GreyPicture parse_picture(std::span<const std::byte> file, const std::string& name) {
    silence_leptonica();
    const Kind kind = kind_of(file, name);
    if (kind == Kind::kJpeg) return turned_upright(decode_jpeg(file, name), exif_orientation(file));
    const Pix picture = decode(file, kind, name);
    GreyPicture grey = to_grey(picture.get(), 255);
    if (pixGetSpp(picture.get()) == 4 && is_blank(grey)) grey = to_grey(picture.get(), 0);
    return grey;
}

GreyPicture read_picture(const std::filesystem::path& path) {
    return parse_picture(read_file(path, kLargestFile), path.string());
}

bool has_picture_name(const std::filesystem::path& path) {
    static constexpr std::array<std::string_view, 11> kEndings = {".png", ".jpg", ".jpeg", ".bmp",  ".pnm", ".pbm",
                                                                  ".pgm", ".ppm", ".tif",  ".tiff", ".webp"};
    std::string ending = path.extension().string();
    std::transform(ending.begin(), ending.end(), ending.begin(), [](char letter) {
        return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter + 32) : letter;
    });
    return std::find(kEndings.begin(), kEndings.end(), ending) != kEndings.end();
}

}  // namespace inkling
