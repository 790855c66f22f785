#include "pictures/decode_pnm.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "pictures/picture_extent.h"

namespace inkling {
namespace {

constexpr std::uint64_t kMostMaxval = 65535;

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

struct Header {
    bool plain = false;  // numbers as text
    bool bits = false;   // 1 is black
    std::uint64_t channels = 1;
    std::uint64_t width = 0;
    std::uint64_t height = 0;
    std::uint64_t maxval = 1;

    std::uint64_t samples() const { return channels * width * height; }
};

/// What is left of a file.
class Rest {
  public:
    Rest(std::span<const std::byte> file, const std::string& name)
        : text_(reinterpret_cast<const char*>(file.data()), file.size()), name_(name) {}

    /// A number behind spaces and comments; larger ones than `most` as `most` + 1.
    std::uint64_t number(std::uint64_t most) {
        skip_blanks();
        if (text_.empty() || !is_digit(text_.front())) throw damaged("a number");
        std::uint64_t number = 0;
        for (; !text_.empty() && is_digit(text_.front()); text_.remove_prefix(1))
            number = std::min(10 * number + static_cast<std::uint64_t>(text_.front() - '0'), most + 1);
        return number;
    }

    /// A plain PBM's next pixel, which needs no space before the one behind it.
    bool bit() {
        skip_blanks();
        if (text_.empty() || (text_.front() != '0' && text_.front() != '1')) throw damaged("0 or 1");
        const bool bit = text_.front() == '1';
        text_.remove_prefix(1);
        return bit;
    }

    /// The bytes behind the one space that ends a raw picture's header.
    std::string_view raw(std::uint64_t size) {
        if (text_.empty() || !is_space(text_.front())) throw damaged("a space behind the header");
        text_.remove_prefix(1);
        expect_bytes(size);
        return text_.substr(0, size);
    }

    /// Before memory is taken for what they hold.
    void expect_bytes(std::uint64_t least) const {
        if (text_.size() < least) throw damaged(fmt::format("{} bytes of pixels, not {}", least, text_.size()));
    }

    Error damaged(const std::string& expected) const {
        return bad_data("{}: damaged or cut off, expected {}", name_, expected);
    }

  private:
    void skip_blanks() {
        while (!text_.empty() && (is_space(text_.front()) || text_.front() == '#')) {
            const bool comment = text_.front() == '#';
            text_.remove_prefix(comment ? std::min(text_.find_first_of("\r\n"), text_.size()) : 1);
        }
    }

    std::string_view text_;
    const std::string& name_;
};

/// A sample as a level from 0 to 255, rounded.
std::uint8_t level(std::uint64_t sample, const Header& header, const Rest& rest) {
    if (sample > header.maxval) throw rest.damaged(fmt::format("levels of {} at most", header.maxval));
    return static_cast<std::uint8_t>((255 * sample + header.maxval / 2) / header.maxval);
}

std::uint8_t level_of_bit(bool black) { return black ? 0 : 255; }

Header read_header(std::span<const std::byte> file, Rest& rest, const std::string& name) {
    const int kind = std::to_integer<int>(file[1]) - '0';
    Header header{
        .plain = kind <= 3, .bits = kind == 1 || kind == 4, .channels = kind == 3 || kind == 6 ? 3u : 1u, .maxval = 1};
    constexpr std::uint64_t kMostSide = 1'000'000'000;
    header.width = rest.number(kMostSide);
    header.height = rest.number(kMostSide);
    check_extent({header.width, header.height}, name);
    if (!header.bits) header.maxval = rest.number(kMostMaxval);
    if (header.maxval == 0 || header.maxval > kMostMaxval)
        throw bad_data("{}: its brightest level is {}, expected 1 to {}", name,
                       header.maxval == 0 ? "0" : fmt::format("above {}", kMostMaxval), kMostMaxval);
    return header;
}

std::vector<std::uint8_t> read_plain(Rest& rest, const Header& header) {
    // Numbers have a space between them.
    rest.expect_bytes(header.bits ? header.samples() : 2 * header.samples() - 1);
    std::vector<std::uint8_t> levels(header.samples());
    for (std::uint8_t& each : levels)
        each = header.bits ? level_of_bit(rest.bit()) : level(rest.number(kMostMaxval), header, rest);
    return levels;
}

std::vector<std::uint8_t> read_raw_bits(Rest& rest, const Header& header) {
    const std::uint64_t row_bytes = (header.width + 7) / 8;
    const std::string_view bytes = rest.raw(row_bytes * header.height);
    std::vector<std::uint8_t> levels;
    levels.reserve(header.samples());
    for (std::uint64_t y = 0; y < header.height; ++y)
        for (std::uint64_t x = 0; x < header.width; ++x)
            levels.push_back(level_of_bit((bytes[y * row_bytes + x / 8] >> (7 - x % 8) & 1) != 0));
    return levels;
}

std::vector<std::uint8_t> read_raw(Rest& rest, const Header& header) {
    if (header.bits) return read_raw_bits(rest, header);
    const std::size_t size = header.maxval > 255 ? 2 : 1;  // of a sample; of two bytes, the higher one is first
    const std::string_view bytes = rest.raw(size * header.samples());
    const auto byte = [&](std::size_t at) { return static_cast<std::uint64_t>(static_cast<unsigned char>(bytes[at])); };
    std::vector<std::uint8_t> levels(header.samples());
    for (std::size_t i = 0; i < levels.size(); ++i)
        levels[i] = level(size == 2 ? byte(2 * i) << 8 | byte(2 * i + 1) : byte(i), header, rest);
    return levels;
}

std::vector<std::uint8_t> with_alpha(std::span<const std::uint8_t> rgb) {
    std::vector<std::uint8_t> rgba;
    rgba.reserve(rgb.size() / 3 * 4);
    for (std::size_t at = 0; at < rgb.size(); at += 3)
        for (const std::uint8_t value : {rgb[at], rgb[at + 1], rgb[at + 2], std::uint8_t{255}}) rgba.push_back(value);
    return rgba;
}

}  // namespace

bool is_pnm(std::span<const std::byte> file) {
    if (file.size() < 3 || file[0] != std::byte{'P'}) return false;
    const char kind = std::to_integer<char>(file[1]), next = std::to_integer<char>(file[2]);
    return kind >= '1' && kind <= '6' && (is_space(next) || next == '#');
}

GreyPicture decode_pnm(std::span<const std::byte> file, const std::string& name) {
    Rest rest(file.subspan(2), name);
    const Header header = read_header(file, rest, name);
    std::vector<std::uint8_t> levels = header.plain ? read_plain(rest, header) : read_raw(rest, header);
    const auto width = static_cast<int>(header.width), height = static_cast<int>(header.height);
    if (header.channels == 3) return grey_of_rgba(with_alpha(levels), width, height);
    return {.width = width, .height = height, .pixels = std::move(levels)};
}

}  // namespace inkling
