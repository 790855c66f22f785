#include "core/html.h"

#include <span>

#include "core/base64.h"
#include "core/hash.h"

namespace inkling {

std::string script_hash(std::string_view script) {
    return "sha256-" + base64(sha256_digest(std::as_bytes(std::span(script))));
}

std::string json_for_html(std::string_view json) {
    std::string text;
    text.reserve(json.size());
    for (const char character : json) {
        if (character == '<')
            text += "\\u003c";
        else
            text += character;
    }
    return text;
}

std::string fill_places(std::string_view html, const std::function<std::string(std::string_view)>& find) {
    std::string page;
    for (;;) {
        const std::size_t begin = html.find("{{");
        if (begin == std::string_view::npos) return page.append(html);
        const std::size_t end = html.find("}}", begin);
        page.append(html.substr(0, begin)).append(find(html.substr(begin + 2, end - begin - 2)));
        html.remove_prefix(end + 2);
    }
}

}  // namespace inkling
