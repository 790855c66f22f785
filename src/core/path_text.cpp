#include "core/path_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <string_view>

#include "core/text.h"

namespace inkling {
namespace {

constexpr std::string_view kScheme = "file://";

bool stands_in_uri(char c) {
    constexpr std::string_view kMarks = "/-._~";
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           kMarks.find(c) != std::string_view::npos;
}

}  // namespace

std::string path_text(const std::filesystem::path& path) {
    if (is_utf8(path.native())) return path.string();
    const std::filesystem::path whole = std::filesystem::absolute(path);
    std::string uri(kScheme);
    for (const char c : whole.native())
        uri += stands_in_uri(c) ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
    return uri;
}

std::filesystem::path path_from_text(const std::string& text) {
    // No absolute path begins so, and no other is recorded.
    if (!text.starts_with("file:///")) return text;
    std::string path;
    for (std::size_t i = kScheme.size(); i < text.size(); ++i) {
        unsigned byte = 0;
        const char* const digits = text.data() + i + 1;
        const bool escaped =
            text[i] == '%' && i + 2 < text.size() && std::from_chars(digits, digits + 2, byte, 16).ptr == digits + 2;
        path += escaped ? static_cast<char>(byte) : text[i];
        if (escaped) i += 2;
    }
    return path;
}

}  // namespace inkling
