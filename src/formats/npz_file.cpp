#include "formats/npz_file.h"

#include <fmt/ranges.h>
#include <zip.h>

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <memory>
#include <regex>

#include "core/error.h"
#include "core/printable.h"
#include "core/text.h"
#include "data/idx.h"

namespace inkling {
namespace {

constexpr std::uint64_t kMostMember = std::uint64_t{4} << 30;  // bytes, inflated
constexpr std::uint64_t kDeflateLimit = 1032;                  // what one packed byte can stand for
constexpr std::size_t kMostArrays = 100;

struct CloseArchive {
    void operator()(zip_t* archive) const { zip_discard(archive); }
};
struct CloseMember {
    void operator()(zip_file_t* member) const { zip_fclose(member); }
};
using Archive = std::unique_ptr<zip_t, CloseArchive>;
using Member = std::unique_ptr<zip_file_t, CloseMember>;

Archive open_archive(std::span<const std::byte> file, const std::string& name) {
    zip_error_t error;
    zip_error_init(&error);
    zip_source_t* source = zip_source_buffer_create(file.data(), file.size(), 0, &error);
    if (source == nullptr) throw failed("{}: {}", name, zip_error_strerror(&error));
    Archive archive(zip_open_from_source(source, ZIP_RDONLY, &error));
    if (archive == nullptr) {
        const std::string why = zip_error_strerror(&error);
        zip_source_free(source);
        zip_error_fini(&error);
        throw bad_data("{}: no archive of NumPy's ({}), expected an .npz file; save it anew", name, why);
    }
    return archive;
}

/// The member with the array, by index.
zip_uint64_t find_array(zip_t* archive, const std::string& name, const std::string& array) {
    const zip_int64_t count = zip_get_num_entries(archive, 0);
    std::vector<std::string> names;
    for (zip_int64_t i = 0; i < count; ++i) {
        const char* member = zip_get_name(archive, static_cast<zip_uint64_t>(i), ZIP_FL_ENC_RAW);
        if (member == nullptr || names.size() > kMostArrays) break;
        if (member == array + ".npy" || (array.empty() && count == 1)) return static_cast<zip_uint64_t>(i);
        names.push_back(is_utf8(member) ? printable(member) : "?");
    }
    throw bad_data("{}: holds {} arrays{}{}, expected {}", name, count, names.empty() ? "" : ": ",
                   fmt::join(names, ", "), array.empty() ? "one" : array + ".npy");
}

/// Memory is taken as bytes come, so that a size alone costs nothing.
std::vector<std::byte> read_member(zip_t* archive, zip_uint64_t index, const std::string& place) {
    zip_stat_t info;
    zip_stat_init(&info);
    constexpr zip_uint64_t kNeeded = ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE;
    if (zip_stat_index(archive, index, 0, &info) != 0 || (info.valid & kNeeded) != kNeeded)
        throw bad_data("{}: its size is not known, expected a sound .npz file; save it anew", place);
    if (info.size > kMostMember || info.size / kDeflateLimit > info.comp_size)
        throw bad_data("{}: says that {} bytes hold {}, expected {} at most", place, info.comp_size, info.size,
                       std::min(kMostMember, kDeflateLimit * info.comp_size));
    const Member member(zip_fopen_index(archive, index, 0));
    if (member == nullptr) throw bad_data("{}: {}; save it anew", place, zip_strerror(archive));
    constexpr std::size_t kBlock = std::size_t{1} << 20;
    std::vector<std::byte> bytes;
    while (true) {
        const std::size_t filled = bytes.size();
        bytes.resize(filled + std::min<std::size_t>(kBlock, info.size - filled + 1));
        const zip_int64_t read = zip_fread(member.get(), bytes.data() + filled, bytes.size() - filled);
        bytes.resize(filled + static_cast<std::size_t>(std::max<zip_int64_t>(read, 0)));
        // At the end the checksum is compared.
        if (read < 0)
            throw bad_data("{}: {} after {} bytes, expected a sound .npz file; save it anew", place,
                           zip_file_strerror(member.get()), filled);
        if (bytes.size() > info.size)
            throw bad_data("{}: holds more than the {} bytes that it says; save it anew", place, info.size);
        if (read == 0) return bytes;
    }
}

/// As https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html has it.
struct ArrayHeader {
    char kind = 0;  // of numpy.dtype: u, i, f, b
    std::size_t width = 0;
    bool big_endian = false;
    bool fortran_order = false;
    std::vector<std::size_t> shape;
    std::size_t size = 0;  // of the header, in bytes

    /// Values; false where they would be more than anything can hold.
    bool count(std::size_t& values) const {
        values = 1;
        for (const std::size_t extent : shape)
            if (__builtin_mul_overflow(values, extent, &values)) return false;
        return true;
    }
};

std::string_view text_of(std::span<const std::byte> bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::vector<std::size_t> parse_shape(std::string_view text) {
    std::vector<std::size_t> shape;
    for (const char* at = text.data(); at < text.data() + text.size();) {
        std::size_t extent = 0;
        const auto [end, error] = std::from_chars(at, text.data() + text.size(), extent);
        if (error == std::errc()) shape.push_back(extent);
        at = std::max(end, at + 1);
    }
    return shape;
}

/// A dictionary of Python's, in the one form that NumPy writes.
ArrayHeader parse_header(std::span<const std::byte> bytes, const std::string& place) {
    constexpr std::string_view kMagic = "\x93NUMPY";
    const std::string_view text = text_of(bytes);
    if (!text.starts_with(kMagic) || text.size() < 12)
        throw bad_data("{}: does not begin with \\x93NUMPY, expected an array of NumPy's", place);
    const auto byte = [&](std::size_t at) { return std::to_integer<std::size_t>(bytes[at]); };
    const std::size_t version = byte(6);
    if (version < 1 || version > 3) throw bad_data("{}: format version {}, expected 1 to 3", place, version);
    const std::size_t start = version == 1 ? 10 : 12;
    const std::size_t length =
        version == 1 ? byte(8) | byte(9) << 8 : byte(8) | byte(9) << 8 | byte(10) << 16 | byte(11) << 24;
    constexpr std::size_t kLongest = 4096;
    if (length > kLongest || start + length > text.size())
        throw bad_data("{}: a header of {} bytes, expected {} at most", place, length,
                       std::min(kLongest, text.size() - start));
    const std::string written(text.substr(start, length));
    static const std::regex pattern(
        R"(\{'descr': '([<>|=])([uifb])([1248])', 'fortran_order': (True|False), 'shape': \(((?:\d{1,15},? ?){0,4})\),? ?\}[ \n]*)");
    std::smatch match;
    if (!std::regex_match(written, match, pattern)) {
        std::string shown = written.substr(0, 60);
        std::replace_if(
            shown.begin(), shown.end(), [](char letter) { return letter < ' ' || letter > '~'; }, '?');
        throw bad_data("{}: its header is {}, expected one array of integers or floats", place, shown);
    }
    const std::string extents = match[5];
    return {.kind = match[2].str()[0],
            .width = static_cast<std::size_t>(match[3].str()[0] - '0'),
            .big_endian = match[1] == ">",
            .fortran_order = match[4] == "True",
            .shape = parse_shape(extents),
            .size = start + length};
}

template <class Stored>
double load(const std::byte* at, bool big_endian) {
    std::array<std::byte, sizeof(Stored)> bytes{};
    std::copy_n(at, sizeof(Stored), bytes.begin());
    if (big_endian) std::reverse(bytes.begin(), bytes.end());
    return static_cast<double>(std::bit_cast<Stored>(bytes));
}

using Load = double (*)(const std::byte* at, bool big_endian);

/// nullptr for a type that NumPy does not have.
Load loader(char kind, std::size_t width) {
    struct Row {
        char kind;
        std::size_t width;
        Load load;
    };
    static constexpr std::array kRows = {
        Row{'b', 1, load<std::uint8_t>},  Row{'u', 1, load<std::uint8_t>},  Row{'u', 2, load<std::uint16_t>},
        Row{'u', 4, load<std::uint32_t>}, Row{'u', 8, load<std::uint64_t>}, Row{'i', 1, load<std::int8_t>},
        Row{'i', 2, load<std::int16_t>},  Row{'i', 4, load<std::int32_t>},  Row{'i', 8, load<std::int64_t>},
        Row{'f', 4, load<float>},         Row{'f', 8, load<double>}};
    const auto* found = std::find_if(kRows.begin(), kRows.end(),
                                     [&](const Row& row) { return row.kind == kind && row.width == width; });
    return found == kRows.end() ? nullptr : found->load;
}

}  // namespace

ByteArray parse_npy(std::span<const std::byte> bytes, const std::string& place) {
    const ArrayHeader header = parse_header(bytes, place);
    const Load load = loader(header.kind, header.width);
    if (load == nullptr)
        throw bad_data("{}: numbers of type {}{}, expected integers or floats", place, header.kind, header.width);
    if (header.fortran_order && header.shape.size() > 1)
        throw bad_data("{}: stored in Fortran's order, expected C's; save numpy.ascontiguousarray of it", place);
    std::size_t count = 0;
    const std::size_t there = (bytes.size() - header.size) / header.width;
    if (!header.count(count) || count != there || there * header.width + header.size != bytes.size())
        throw bad_data("{}: {} bytes for an array of shape ({}), expected {} for each value", place,
                       bytes.size() - header.size, fmt::join(header.shape, ", "), header.width);
    ByteArray array{.shape = header.shape, .values = {}};
    array.values.resize(count);
    const std::byte* at = bytes.data() + header.size;
    for (std::size_t i = 0; i < count; ++i, at += header.width) {
        const double value = load(at, header.big_endian);
        if (!(value >= 0 && value <= 255 && value == std::floor(value)))
            throw bad_data("{}: value {} at index {}, expected whole numbers from 0 to 255", place, value, i);
        array.values[i] = static_cast<std::uint8_t>(value);
    }
    return array;
}

bool has_image_shape(const std::vector<std::size_t>& shape) {
    constexpr std::size_t kSide = kIdxImageShape.width;
    const std::vector<std::size_t> image(shape.empty() ? shape.end() : shape.begin() + 1, shape.end());
    return image == std::vector{kSide * kSide} || image == std::vector{kSide, kSide} ||
           image == std::vector<std::size_t>{kSide, kSide, 1} || image == std::vector<std::size_t>{1, kSide, kSide};
}

ByteArray parse_npz(std::span<const std::byte> file, const std::string& name, const std::string& array) {
    const Archive archive = open_archive(file, name);
    const zip_uint64_t index = find_array(archive.get(), name, array);
    const std::string place = array.empty() ? name : fmt::format("{}: {}", name, array);
    return parse_npy(read_member(archive.get(), index, place), place);
}

}  // namespace inkling
