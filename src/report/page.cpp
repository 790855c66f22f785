#include "report/page.h"

#include <fmt/format.h>

#include <array>
#include <nlohmann/json.hpp>

#include "core/files.h"
#include "core/html.h"
#include "deploy/pad_parts.h"
#include "report/page_parts.h"

namespace inkling {
namespace {

using nlohmann::ordered_json;

/// Of the page of a study that runs, so that one watches it.
constexpr const char* kRefresh = "<meta http-equiv=\"refresh\" content=\"10\">\n";

std::string dump(const ordered_json& figures, int indent) {
    return figures.dump(indent, ' ', false, ordered_json::error_handler_t::replace);
}

}  // namespace

std::string report_page(const ordered_json& figures) {
    const PageParts parts = page_parts();
    const PadParts pad = pad_parts();
    const bool reloads = figures.contains("unfinished") && figures["unfinished"].value("running", false);
    return fill_places(parts.html, [&](std::string_view place) -> std::string {
        if (place == "refresh") return reloads ? kRefresh : "";
        if (place == "palette") return std::string(pad.palette);
        if (place == "pad_style") return std::string(pad.style);
        if (place == "pad") return std::string(pad.script);
        if (place == "pad_hash") return script_hash(pad.script);
        if (place == "style") return std::string(parts.style);
        if (place == "notices") return std::string(parts.notices);
        if (place == "vega") return std::string(parts.vega);
        if (place == "script") return std::string(parts.script);
        if (place == "vega_hash") return script_hash(parts.vega);
        if (place == "script_hash") return script_hash(parts.script);
        return json_for_html(dump(figures, -1));
    });
}

std::vector<std::filesystem::path> save_report(const std::filesystem::path& folder, const ordered_json& figures) {
    std::vector<std::filesystem::path> paths = {folder / "report.html", folder / "report.json"};
    make_folder(folder);
    write_file(paths[0], report_page(figures));
    // A network's weights are no figures.
    ordered_json kept = figures;
    kept.erase("pad");
    write_file(paths[1], dump(kept, 2) + "\n");
    return paths;
}

}  // namespace inkling
