#include "report/encoding.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <vector>

#include "core/error.h"
#include "core/hash.h"

namespace inkling {
namespace {

using Bytes = std::vector<std::byte>;

void append_word(Bytes& bytes, std::uint32_t word) {
    for (int shift = 24; shift >= 0; shift -= 8) bytes.push_back(static_cast<std::byte>(word >> shift));
}

/// A chunk of a PNG file: length, name, body, checksum of name and body.
void append_chunk(Bytes& png, std::string_view name, std::span<const std::byte> body) {
    append_word(png, static_cast<std::uint32_t>(body.size()));
    const auto begin = static_cast<std::ptrdiff_t>(png.size());
    for (const char letter : name) png.push_back(static_cast<std::byte>(letter));
    png.insert(png.end(), body.begin(), body.end());
    const std::span<const std::byte> named(png.data() + begin, name.size() + body.size());
    append_word(png, static_cast<std::uint32_t>(
                         crc32(0, reinterpret_cast<const Bytef*>(named.data()), static_cast<uInt>(named.size()))));
}

Bytes compress(std::span<const std::byte> bytes) {
    Bytes compressed(compressBound(bytes.size()));
    uLongf size = compressed.size();
    if (compress2(reinterpret_cast<Bytef*>(compressed.data()), &size, reinterpret_cast<const Bytef*>(bytes.data()),
                  bytes.size(), Z_BEST_COMPRESSION) != Z_OK)
        throw failed("a picture of {} bytes could not be compressed; not enough memory", bytes.size());
    compressed.resize(size);
    return compressed;
}

}  // namespace

std::string base64(std::span<const std::byte> bytes) {
    constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string text;
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        const std::size_t count = std::min<std::size_t>(bytes.size() - i, 3);
        std::uint32_t word = 0;
        for (std::size_t j = 0; j < 3; ++j)
            word = word << 8 | (j < count ? std::to_integer<std::uint32_t>(bytes[i + j]) : 0);
        for (std::size_t j = 0; j < 4; ++j) text += j <= count ? kDigits[word >> (18 - 6 * j) & 63] : '=';
    }
    return text;
}

std::string image_uri(std::span<const std::uint8_t> pixels, Shape shape) {
    constexpr std::array kSignature = {0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a};
    Bytes png;
    for (const int byte : kSignature) png.push_back(static_cast<std::byte>(byte));
    Bytes header;
    append_word(header, static_cast<std::uint32_t>(shape.width));
    append_word(header, static_cast<std::uint32_t>(shape.height));
    for (const int byte : {8, 0, 0, 0, 0}) header.push_back(static_cast<std::byte>(byte));  // 8 bits, grey
    append_chunk(png, "IHDR", header);
    Bytes rows;
    const auto width = static_cast<std::size_t>(shape.width);
    for (std::size_t row = 0; row < static_cast<std::size_t>(shape.height); ++row) {
        rows.push_back(std::byte{0});  // no filter
        for (const std::uint8_t ink : pixels.subspan(row * width, width))
            rows.push_back(static_cast<std::byte>(255 - ink));
    }
    append_chunk(png, "IDAT", compress(rows));
    append_chunk(png, "IEND", {});
    return "data:image/png;base64," + base64(png);
}

std::string script_hash(std::string_view script) {
    const std::string digits = sha256(std::as_bytes(std::span(script)));
    Bytes hash;
    for (std::size_t i = 0; i < digits.size(); i += 2) {
        int byte = 0;
        std::from_chars(digits.data() + i, digits.data() + i + 2, byte, 16);
        hash.push_back(static_cast<std::byte>(byte));
    }
    return "sha256-" + base64(hash);
}

}  // namespace inkling
