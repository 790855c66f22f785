#include "deploy/page.h"

#include <nlohmann/json.hpp>

#include "core/error.h"
#include "core/files.h"
#include "core/html.h"
#include "deploy/pad_parts.h"
#include "deploy/page_network.h"

namespace inkling {
namespace {

using nlohmann::ordered_json;

constexpr Shape kImage{1, 28, 28};

ordered_json network_json(const PadNetwork& network) {
    const Model& model = network.model;
    const std::string name = network.name.empty() ? model.recipe.name : network.name;
    if (const Shape input = model.recipe.network.input; input != kImage)
        throw bad_data("{}: it reads images of {}x{}x{}, expected 1x28x28, which is what the page makes of writing",
                       name, input.channels, input.height, input.width);
    ordered_json json = {{"name", name},
                         {"split", model.split},
                         {"classes", model.class_names},
                         {"parameters", model.parameters.size()},
                         {"accuracy", network.accuracy ? ordered_json(*network.accuracy) : ordered_json(nullptr)},
                         {"calibrated", model.temperature != 1 || !model.sets.empty()},
                         {"mean", model.normalization.mean},
                         {"deviation", model.normalization.deviation},
                         {"sets", ordered_json::array()}};
    for (const ConformalSets& sets : model.sets)
        json["sets"].push_back({{"coverage", sets.coverage}, {"least_probability", sets.least_probability}});
    json.update(page_network(model, network.format));
    return json;
}

}  // namespace

ordered_json pad_networks(std::span<const PadNetwork> networks) {
    auto json = ordered_json::array();
    for (const PadNetwork& network : networks) json.push_back(network_json(network));
    return json;
}

void save_page(const std::filesystem::path& path, std::span<const PadNetwork> networks) {
    const PadParts parts = pad_parts();
    const std::string json = pad_networks(networks).dump(-1, ' ', false, ordered_json::error_handler_t::replace);
    write_file(path, fill_places(parts.html, [&](std::string_view place) -> std::string {
                   if (place == "palette") return std::string(parts.palette);
                   if (place == "page_style") return std::string(parts.page_style);
                   if (place == "style") return std::string(parts.style);
                   if (place == "script") return std::string(parts.script);
                   if (place == "page_script") return std::string(parts.page_script);
                   if (place == "script_hash") return script_hash(parts.script);
                   if (place == "page_script_hash") return script_hash(parts.page_script);
                   return json_for_html(json);
               }));
}

}  // namespace inkling
