#pragma once

#include <string>

namespace inkling {

/// Text in quotes, as TOML wants it, on one line.
std::string toml_text(const std::string& text);

/// Text of several lines, as it stands, between triple quotes; on one line where TOML cannot have it so.
std::string toml_lines(const std::string& text);

}  // namespace inkling
