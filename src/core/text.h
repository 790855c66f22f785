#pragma once

#include <string>
#include <string_view>

namespace inkling {

/// The text of a file that people edit, whatever they edited it with: without UTF-8's byte order mark, and with "\n"
/// for the line ends of Windows (CR LF) and of old Macs (CR). Everything that reads such a text takes it through here.
/// `source` names it in messages. Throws Error (bad data) where it is UTF-16 or UTF-32.
std::string plain_text(std::string_view contents, const std::string& source);

/// The text without the spaces before and behind it.
std::string_view trimmed(std::string_view text);

/// The text with the letters A to Z as a to z, and all else as it is.
std::string lower_case(std::string_view text);

/// Bytes of the first character of a text in UTF-8; 0 where the text is empty or does not begin with one.
std::size_t first_character_size(std::string_view text);

/// Whether the bytes are UTF-8 (RFC 3629), as JSON, TOML and SQLite want all text to be.
bool is_utf8(std::string_view bytes);

}  // namespace inkling
