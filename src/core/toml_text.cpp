#include "core/toml_text.h"

#include <fmt/format.h>

#include <algorithm>

namespace inkling {
namespace {

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

}  // namespace

std::string toml_text(const std::string& text) {
    std::string result = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\')
            result += {'\\', c};
        else if (is_control(c))
            result += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
        else
            result += c;
    }
    return result + "\"";
}

std::string toml_lines(const std::string& text) {
    const bool as_it_stands =
        text.find("'''") == std::string::npos && !text.ends_with('\'') &&
        std::none_of(text.begin(), text.end(), [](char c) { return c != '\n' && c != '\t' && is_control(c); });
    // The line break behind the opening quotes does not count.
    return as_it_stands ? fmt::format("'''\n{}'''", text) : toml_text(text);
}

}  // namespace inkling
