#include "core/printable.h"

#include <fmt/format.h>

namespace inkling {

std::string escaped(std::string_view text) {
    std::string result;
    for (const char c : text)
        result += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? fmt::format("\\x{:02x}", c) : std::string(1, c);
    return result;
}

std::string printable(std::string_view text) {
    constexpr std::size_t kMost = 120;
    std::string result = escaped(text.substr(0, kMost));
    if (text.size() > kMost) {
        // A character of several bytes may have been cut.
        while (!result.empty() && (static_cast<unsigned char>(result.back()) & 0xc0) == 0x80) result.pop_back();
        if (!result.empty() && (static_cast<unsigned char>(result.back()) & 0x80) != 0) result.pop_back();
        result += "...";
    }
    return result;
}

}  // namespace inkling
