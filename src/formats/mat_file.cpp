#include "formats/mat_file.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>
#include <memory>

#include "core/error.h"

namespace inkling {
namespace {

constexpr std::size_t kHeader = 128;
constexpr std::uint64_t kMostInflated = std::uint64_t{4} << 30;

// Types of elements and classes of arrays, as MathWorks number them.
constexpr std::uint32_t kMatrix = 14;
constexpr std::uint32_t kCompressed = 15;
constexpr std::uint32_t kStructClass = 2;
constexpr std::uint32_t kFirstNumberClass = 6;  // double, single, integers of 8 to 64 bits
constexpr std::uint32_t kLastNumberClass = 15;
constexpr std::uint32_t kComplexFlag = 0x0800;

template <class Number>
Number load(std::span<const std::byte> bytes) {
    std::array<std::byte, sizeof(Number)> copy{};
    std::copy_n(bytes.begin(), sizeof(Number), copy.begin());
    return std::bit_cast<Number>(copy);
}

Error cut_off(const std::string& place) {
    return bad_data("{}: ends in the middle, expected a sound MATLAB file; get the file again", place);
}

struct Element {
    std::uint32_t type = 0;
    std::span<const std::byte> data;
};

/// Takes the next element off `rest`. Elements but packed ones begin at multiples of 8 bytes; up to 4 bytes of data may
/// stand within the tag.
Element next(std::span<const std::byte>& rest, const std::string& place) {
    constexpr std::size_t kTag = 8;
    if (rest.size() < kTag) throw cut_off(place);
    const auto word = load<std::uint32_t>(rest);
    if (word >> 16 != 0) {
        const std::uint32_t size = word >> 16;
        if (size > 4) throw bad_data("{}: a small element of {} bytes, expected 4 at most", place, size);
        const Element element{word & 0xFFFF, rest.subspan(4, size)};
        rest = rest.subspan(kTag);
        return element;
    }
    const std::size_t size = load<std::uint32_t>(rest.subspan(4));
    if (size > rest.size() - kTag)
        throw bad_data("{}: an element of {} bytes, but {} are left, expected a sound MATLAB file; get the file again",
                       place, size, rest.size() - kTag);
    const Element element{word, rest.subspan(kTag, size)};
    const std::size_t padded = word == kCompressed ? size : (size + 7) / 8 * 8;
    rest = rest.subspan(kTag + std::min(padded, rest.size() - kTag));
    return element;
}

std::string_view text_of(std::span<const std::byte> bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

struct NumberType {
    std::size_t width = 0;  // 0: no type of numbers
    double (*load)(std::span<const std::byte>) = nullptr;
};

template <class Number>
constexpr NumberType number_type() {
    return {sizeof(Number), [](std::span<const std::byte> bytes) { return static_cast<double>(load<Number>(bytes)); }};
}

NumberType find_type(std::uint32_t type) {
    static constexpr std::array<NumberType, 14> kTypes = {NumberType{},
                                                          number_type<std::int8_t>(),
                                                          number_type<std::uint8_t>(),
                                                          number_type<std::int16_t>(),
                                                          number_type<std::uint16_t>(),
                                                          number_type<std::int32_t>(),
                                                          number_type<std::uint32_t>(),
                                                          number_type<float>(),
                                                          NumberType{},
                                                          number_type<double>(),
                                                          NumberType{},
                                                          NumberType{},
                                                          number_type<std::int64_t>(),
                                                          number_type<std::uint64_t>()};
    return type < kTypes.size() ? kTypes[type] : NumberType{};
}

/// A stream of zlib's, whole.
std::vector<std::byte> inflated(std::span<const std::byte> packed, const std::string& name) {
    z_stream stream{};
    if (inflateInit(&stream) != Z_OK) throw failed("{}: cannot start to inflate", name);
    const std::unique_ptr<z_stream, int (*)(z_stream*)> end(&stream, inflateEnd);
    // zlib's interface lacks const here but does not write to its input. An element's size has 32 bits.
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(packed.data()));
    stream.avail_in = static_cast<uInt>(packed.size());
    constexpr std::size_t kBlock = std::size_t{1} << 20;
    std::vector<std::byte> bytes;
    int status = Z_OK;
    while (status == Z_OK) {
        const std::size_t filled = bytes.size();
        if (filled > kMostInflated)
            throw bad_data("{}: a variable of more than {} bytes, expected EMNIST's", name, kMostInflated);
        bytes.resize(filled + std::min(kBlock, std::max<std::size_t>(4 * packed.size(), 64)));
        stream.next_out = reinterpret_cast<Bytef*>(bytes.data() + filled);
        stream.avail_out = static_cast<uInt>(bytes.size() - filled);
        status = inflate(&stream, Z_NO_FLUSH);
        bytes.resize(bytes.size() - stream.avail_out);
    }
    if (status != Z_STREAM_END)
        throw bad_data("{}: packed data are damaged at byte {} of {}, expected a sound MATLAB file; get the file again",
                       name, stream.total_in, packed.size());
    return bytes;
}

}  // namespace

MatValue::MatValue(std::span<const std::byte> contents, std::string place) : place_(std::move(place)), rest_(contents) {
    const Element flags = next(rest_, place_);
    if (flags.data.size() < 4) throw cut_off(place_);
    const auto word = load<std::uint32_t>(flags.data);
    class_ = word & 0xFF;
    if ((word & kComplexFlag) != 0) throw bad_data("{}: complex numbers, expected real ones", place_);
    const Element extents = next(rest_, place_);
    if (extents.data.size() != 8) throw bad_data("{}: {} dimensions, expected 2", place_, extents.data.size() / 4);
    rows_ = load<std::uint32_t>(extents.data);
    columns_ = load<std::uint32_t>(extents.data.subspan(4));
    name_ = text_of(next(rest_, place_).data);
}

MatValue MatValue::field(std::string_view name) const {
    if (class_ != kStructClass || rows_ != 1 || columns_ != 1)
        throw bad_data("{}: no struct of one element, expected one with field '{}'", place_, name);
    std::span<const std::byte> rest = rest_;
    const Element length_element = next(rest, place_);
    const std::string_view names = text_of(next(rest, place_).data);
    if (length_element.data.size() != 4) throw cut_off(place_);
    const std::size_t length = load<std::uint32_t>(length_element.data);
    if (length == 0 || names.size() % length != 0)
        throw bad_data("{}: field names of {} bytes in {}, expected a sound MATLAB file", place_, length, names.size());
    for (std::size_t at = 0; at < names.size(); at += length) {
        const Element value = next(rest, place_);
        const std::string_view found = names.substr(at, length);
        if (found.substr(0, found.find('\0')) != name) continue;
        if (value.type != kMatrix)
            throw bad_data("{}.{}: element type {}, expected {} of a matrix", place_, name, value.type, kMatrix);
        return {value.data, fmt::format("{}.{}", place_, name)};
    }
    throw bad_data("{}: no field '{}', expected EMNIST's", place_, name);
}

template <class Number>
std::vector<Number> MatValue::read(std::uint32_t most) const {
    if (class_ < kFirstNumberClass || class_ > kLastNumberClass)
        throw bad_data("{}: array class {}, expected numbers", place_, class_);
    std::span<const std::byte> rest = rest_;
    const Element values = next(rest, place_);
    const NumberType type = find_type(values.type);
    if (type.width == 0) throw bad_data("{}: element type {}, expected numbers", place_, values.type);
    if (std::uint64_t{rows_} * columns_ != values.data.size() / type.width || values.data.size() % type.width != 0)
        throw bad_data("{}: {} bytes for {}x{} numbers, expected {} for each", place_, values.data.size(), rows_,
                       columns_, type.width);
    std::vector<Number> numbers(rows_ * columns_);
    if (numbers.empty()) return numbers;
    for (std::size_t column = 0; column < columns_; ++column)
        for (std::size_t row = 0; row < rows_; ++row) {
            const double value = type.load(values.data.subspan((column * rows_ + row) * type.width));
            if (!(value >= 0 && value <= most && value == std::floor(value)))
                throw bad_data("{}: value {} in row {}, column {}, expected whole numbers from 0 to {}", place_, value,
                               row + 1, column + 1, most);
            numbers[row * columns_ + column] = static_cast<Number>(value);
        }
    return numbers;
}

std::vector<std::uint32_t> MatValue::numbers(std::uint32_t most) const { return read<std::uint32_t>(most); }

std::vector<std::uint8_t> MatValue::bytes() const { return read<std::uint8_t>(255); }

MatFile::MatFile(std::span<const std::byte> file, std::string name) : name_(std::move(name)) {
    if (text_of(file).starts_with("MATLAB 7.3"))
        throw bad_data("{}: a MATLAB file of version 7.3, expected 5 to 7; save it anew with -v7", name_);
    if (file.size() < kHeader || !text_of(file).starts_with("MATLAB"))
        throw bad_data("{}: does not begin as MATLAB's files do, expected one of version 5 to 7", name_);
    if (text_of(file).substr(kHeader - 2, 2) != "IM")
        throw bad_data("{}: a big-endian MATLAB file, expected a little-endian one; save it anew", name_);
    rest_ = file.subspan(kHeader);
}

MatValue MatFile::variable(std::string_view name) {
    while (!rest_.empty()) {
        Element element = next(rest_, name_);
        if (element.type == kCompressed) {
            inflated_ = inflated(element.data, name_);
            std::span<const std::byte> contents = inflated_;
            element = next(contents, name_);
        }
        if (element.type != kMatrix) continue;
        MatValue value(element.data, name_);
        if (value.name_ != name) continue;
        value.place_ = fmt::format("{}: {}", name_, name);
        return value;
    }
    throw bad_data("{}: no variable '{}', expected EMNIST's", name_, name);
}

}  // namespace inkling
