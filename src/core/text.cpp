#include "core/text.h"

#include <algorithm>

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

}  // namespace inkling
