#include "data/idx.h"

#include <algorithm>
#include <array>

#include "core/error.h"
#include "data/byte_source.h"

namespace inkling {
namespace {

constexpr std::uint32_t kImagesMagic = 2051;
constexpr std::uint32_t kLabelsMagic = 2049;
constexpr std::uint32_t kColumnMagic = 3073;
constexpr std::uint32_t kTableMagic = 3074;
constexpr std::uint32_t kMostColumns = 64;
constexpr std::size_t kBlock = std::size_t{1} << 20;
constexpr std::uint64_t kMostReserved = std::uint64_t{1} << 30;  // what deflate could hold may be more than memory

/// Big-endian.
template <class Byte>
std::uint32_t word_of(std::span<const Byte, 4> bytes) {
    std::uint32_t word = 0;
    for (const Byte byte : bytes) word = word << 8 | static_cast<std::uint32_t>(byte);
    return word;
}

std::uint32_t read_word(ByteSource& source, const std::string& name) {
    std::array<std::byte, 4> bytes{};
    if (source.read(bytes) != bytes.size()) throw bad_data("{}: ends inside the header, expected an IDX file", name);
    return word_of(std::span<const std::byte, 4>(bytes));
}

void check_magic(std::uint32_t found, std::uint32_t expected, const char* kind, const std::string& name) {
    if (found != expected)
        throw bad_data("{}: magic number {}, expected {} of an IDX file of {}", name, found, expected, kind);
}

/// Reads `count` items of `item_size` bytes and expects the end. Memory is taken as real bytes come, so that a header's
/// word alone costs nothing.
std::vector<std::uint8_t> read_body(ByteSource& source, std::uint32_t count, std::size_t item_size,
                                    std::size_t header_size, const char* kind, const std::string& name) {
    const std::uint64_t size = std::uint64_t{count} * item_size;
    if (size + header_size > source.capacity())
        throw bad_data("{}: header says {} {} ({} bytes), but the file can hold {} bytes at most", name, count, kind,
                       size + header_size, source.capacity());
    std::vector<std::uint8_t> body;
    body.reserve(std::min({size, kMostReserved, source.likely_capacity()}));
    while (body.size() < size) {
        const std::size_t filled = body.size();
        const std::size_t block = std::min<std::size_t>(kBlock, size - filled);
        body.resize(filled + block);
        const std::size_t read = source.read(std::as_writable_bytes(std::span(body).subspan(filled)));
        if (read != block)
            throw bad_data("{}: header says {} {}, but only {} are there", name, count, kind,
                           (filled + read) / item_size);
    }
    source.expect_end();
    return body;
}

void append_word(std::vector<std::byte>& file, std::uint32_t word) {
    for (int shift = 24; shift >= 0; shift -= 8) file.push_back(static_cast<std::byte>(word >> shift & 255));
}

std::vector<std::byte> encode(std::initializer_list<std::uint32_t> header, std::span<const std::uint8_t> body) {
    std::vector<std::byte> file;
    file.reserve(4 * header.size() + body.size());
    for (const std::uint32_t word : header) append_word(file, word);
    const auto bytes = std::as_bytes(body);
    file.insert(file.end(), bytes.begin(), bytes.end());
    return file;
}

}  // namespace

std::vector<std::byte> encode_idx_images(std::span<const std::uint8_t> pixels) {
    return encode({kImagesMagic, static_cast<std::uint32_t>(pixels.size() / kIdxImageShape.pixels()),
                   static_cast<std::uint32_t>(kIdxImageShape.height), static_cast<std::uint32_t>(kIdxImageShape.width)},
                  pixels);
}

std::vector<std::byte> encode_idx_column(std::span<const std::uint32_t> values) {
    std::vector<std::byte> file = encode({kColumnMagic, static_cast<std::uint32_t>(values.size())}, {});
    file.reserve(file.size() + 4 * values.size());
    for (const std::uint32_t value : values) append_word(file, value);
    return file;
}

std::vector<std::byte> encode_idx_labels(std::span<const std::uint8_t> labels) {
    return encode({kLabelsMagic, static_cast<std::uint32_t>(labels.size())}, labels);
}

std::vector<std::uint8_t> parse_idx_images(std::span<const std::byte> file, const std::string& name) {
    ByteSource source(file, name);
    check_magic(read_word(source, name), kImagesMagic, "images", name);
    const std::uint32_t count = read_word(source, name);
    const std::uint32_t rows = read_word(source, name);
    const std::uint32_t columns = read_word(source, name);
    if (rows != static_cast<std::uint32_t>(kIdxImageShape.height) ||
        columns != static_cast<std::uint32_t>(kIdxImageShape.width))
        throw bad_data("{}: images of {}x{} pixels, expected {}x{}", name, rows, columns, kIdxImageShape.height,
                       kIdxImageShape.width);
    return read_body(source, count, kIdxImageShape.pixels(), 16, "images", name);
}

std::vector<std::uint8_t> parse_idx_labels(std::span<const std::byte> file, const std::string& name) {
    ByteSource source(file, name);
    check_magic(read_word(source, name), kLabelsMagic, "labels", name);
    const std::uint32_t count = read_word(source, name);
    return read_body(source, count, 1, 8, "labels", name);
}

IdxTable parse_idx_table(std::span<const std::byte> file, const std::string& name) {
    ByteSource source(file, name);
    const std::uint32_t magic = read_word(source, name);
    if (magic != kColumnMagic && magic != kTableMagic)
        throw bad_data("{}: magic number {}, expected {} or {} of an IDX file of numbers", name, magic, kColumnMagic,
                       kTableMagic);
    IdxTable table;
    table.rows = read_word(source, name);
    if (magic == kTableMagic) table.columns = read_word(source, name);
    if (table.columns == 0 || table.columns > kMostColumns)
        throw bad_data("{}: header says {} numbers a row, expected 1 to {}", name, table.columns, kMostColumns);
    const std::vector<std::uint8_t> body = read_body(source, static_cast<std::uint32_t>(table.rows), 4 * table.columns,
                                                     magic == kTableMagic ? 12 : 8, "rows of numbers", name);
    table.values.reserve(body.size() / 4);
    for (std::size_t at = 0; at < body.size(); at += 4)
        table.values.push_back(word_of(std::span(body).subspan(at).first<4>()));
    return table;
}

}  // namespace inkling
