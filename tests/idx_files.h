#pragma once

#include <zlib.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/files.h"

namespace inkling {

using Bytes = std::vector<std::byte>;

inline constexpr std::size_t kSide = 28;
inline constexpr std::size_t kPixels = kSide * kSide;

/// An IDX header of 32-bit big-endian words, and a body after it.
inline Bytes idx_file(std::initializer_list<std::uint32_t> header, std::span<const std::uint8_t> body) {
    Bytes file;
    for (const std::uint32_t word : header)
        for (int shift = 24; shift >= 0; shift -= 8) file.push_back(static_cast<std::byte>(word >> shift));
    for (const std::uint8_t value : body) file.push_back(std::byte{value});
    return file;
}

inline Bytes idx_images(std::span<const std::uint8_t> pixels) {
    return idx_file({2051, static_cast<std::uint32_t>(pixels.size() / kPixels), 28, 28}, pixels);
}

inline Bytes idx_labels(std::span<const std::uint8_t> labels) {
    return idx_file({2049, static_cast<std::uint32_t>(labels.size())}, labels);
}

inline Bytes gzip(std::span<const std::byte> contents) {
    z_stream stream{};
    deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY);
    Bytes compressed(deflateBound(&stream, contents.size()));
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(contents.data()));
    stream.avail_in = static_cast<uInt>(contents.size());
    stream.next_out = reinterpret_cast<Bytef*>(compressed.data());
    stream.avail_out = static_cast<uInt>(compressed.size());
    deflate(&stream, Z_FINISH);
    compressed.resize(stream.total_out);
    deflateEnd(&stream);
    return compressed;
}

/// `count` images that differ, each with its ink in a stroke `length` pixels along the file's rows (as wide as 4).
inline std::vector<std::uint8_t> strokes(std::size_t count, std::size_t length) {
    std::vector<std::uint8_t> pixels(count * kPixels);
    for (std::size_t i = 0; i < count; ++i)
        for (std::size_t row = 0; row < 4; ++row)
            for (std::size_t column = 0; column < length + i % 3; ++column)
                pixels[i * kPixels + (row + i % 7) * kSide + column] = static_cast<std::uint8_t>(100 + i % 100);
    return pixels;
}

/// Writes one part of a split, gzipped, by EMNIST's naming.
inline void write_part(const std::filesystem::path& folder, const std::string& split, const std::string& part,
                       std::span<const std::uint8_t> pixels, std::span<const std::uint8_t> labels) {
    const std::string stem = "emnist-" + split + "-" + part;
    write_file(folder / (stem + "-images-idx3-ubyte.gz"), gzip(idx_images(pixels)));
    write_file(folder / (stem + "-labels-idx1-ubyte.gz"), gzip(idx_labels(labels)));
}

/// The folder of the real split "sample": $INKLING_DATA, else beside the repository; empty if there is none.
inline std::filesystem::path real_data_folder() {
    const char* named = std::getenv("INKLING_DATA");
    const std::filesystem::path folder = named != nullptr && *named != '\0'
                                             ? std::filesystem::path(named)
                                             : std::filesystem::path(INKLING_FIXTURES) / "../../../shared/emnist";
    return std::filesystem::exists(folder / "emnist-sample-mapping.txt") ? folder : std::filesystem::path();
}

}  // namespace inkling
