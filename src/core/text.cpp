#include "core/text.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "core/error.h"

namespace inkling {
namespace {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

/// By their byte order mark; or, as no text begins with a zero, by the zeros of a first character that has a byte in
/// ASCII.
bool has_wide_characters(std::string_view contents) {
    return contents.starts_with("\xff\xfe") || contents.starts_with("\xfe\xff") ||
           contents.substr(0, 2).find('\0') != std::string_view::npos;
}

/// The characters that so many bytes may stand for. Fewer bytes must do for those below `least`.
struct Sequence {
    unsigned char mark;  // the first byte's leading bits
    unsigned char mask;
    std::size_t more;  // bytes behind the first
    std::uint32_t least;
};
constexpr std::array<Sequence, 4> kSequences = {
    {{0x00, 0x80, 0, 0}, {0xc0, 0xe0, 1, 0x80}, {0xe0, 0xf0, 2, 0x800}, {0xf0, 0xf8, 3, 0x10000}}};

bool is_surrogate(std::uint32_t character) { return character >= 0xd800 && character < 0xe000; }

}  // namespace

std::string plain_text(std::string_view contents, const std::string& source) {
    if (has_wide_characters(contents))
        throw bad_data("{}: text in UTF-16 or UTF-32, expected UTF-8; save it anew as UTF-8", source);
    if (contents.starts_with(kByteOrderMark)) contents.remove_prefix(kByteOrderMark.size());
    std::string text;
    text.reserve(contents.size());
    for (std::size_t i = 0; i < contents.size(); ++i) {
        const bool before_line_feed = i + 1 < contents.size() && contents[i + 1] == '\n';
        if (contents[i] != '\r')
            text += contents[i];
        else if (!before_line_feed)
            text += '\n';
    }
    return text;
}

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
    while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
    return text;
}

std::string lower_case(std::string_view text) {
    std::string result(text);
    std::transform(result.begin(), result.end(), result.begin(), [](char letter) {
        return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
    });
    return result;
}

std::size_t first_character_size(std::string_view text) {
    if (text.empty()) return 0;
    const auto first = static_cast<unsigned char>(text.front());
    const auto* kind = std::find_if(kSequences.begin(), kSequences.end(),
                                    [&](const Sequence& sequence) { return (first & sequence.mask) == sequence.mark; });
    if (kind == kSequences.end() || text.size() <= kind->more) return 0;
    std::uint32_t character = first & static_cast<unsigned char>(~kind->mask);
    for (const char next : text.substr(1, kind->more)) {
        if ((static_cast<unsigned char>(next) & 0xc0) != 0x80) return 0;
        character = character << 6 | (static_cast<unsigned char>(next) & 0x3f);
    }
    const bool valid = character >= kind->least && character <= 0x10ffff && !is_surrogate(character);
    return valid ? kind->more + 1 : 0;
}

bool is_utf8(std::string_view bytes) {
    while (!bytes.empty()) {
        const std::size_t size = first_character_size(bytes);
        if (size == 0) return false;
        bytes.remove_prefix(size);
    }
    return true;
}

}  // namespace inkling
