#include "deploy/page.h"

#include <nlohmann/json.hpp>

#include "core/files.h"
#include "core/html.h"
#include "deploy/pad_parts.h"

namespace inkling {

std::string page_html(std::span<const PadNetwork> networks) {
    const PadParts parts = pad_parts();
    auto json = nlohmann::ordered_json::array();
    for (const PadNetwork& network : networks) json.push_back(to_json(network));
    const std::string text = json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
    return fill_places(parts.html, [&](std::string_view place) -> std::string {
        if (place == "palette") return std::string(parts.palette);
        if (place == "page_style") return std::string(parts.page_style);
        if (place == "style") return std::string(parts.style);
        if (place == "script") return std::string(parts.script);
        if (place == "page_script") return std::string(parts.page_script);
        if (place == "script_hash") return script_hash(parts.script);
        if (place == "page_script_hash") return script_hash(parts.page_script);
        return json_for_html(text);
    });
}

void save_page(const std::filesystem::path& path, std::span<const PadNetwork> networks) {
    write_file(path, page_html(networks));
}

}  // namespace inkling
