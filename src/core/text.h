#pragma once

#include <string_view>

namespace inkling {

/// The text without the spaces before and behind it.
std::string_view trimmed(std::string_view text);

/// Whether the bytes are UTF-8 (RFC 3629), as JSON, TOML and SQLite want all text to be.
bool is_utf8(std::string_view bytes);

}  // namespace inkling
