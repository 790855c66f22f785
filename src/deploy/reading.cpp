#include "deploy/reading.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace inkling {
namespace {

using Json = nlohmann::ordered_json;

Json character_json(const Reading& reading, const std::vector<std::string>& class_names) {
    const PictureBox& box = reading.character.box;
    Json classes = Json::array();
    Json set = Json::array();
    for (const ReadClass& each : reading.classes)
        classes.push_back({{"name", class_names[each.label]}, {"probability", each.probability}});
    for (const ReadClass& each : reading.set) set.push_back(class_names[each.label]);
    Json json = {{"box", {{"x", box.x}, {"y", box.y}, {"width", box.width}, {"height", box.height}}},
                 {"classes", classes}};
    if (!reading.set.empty()) json["set"] = set;
    return json;
}

}  // namespace

std::optional<ConformalSets> find_sets(const Model& model, const std::string& coverage) {
    const auto found = std::ranges::find_if(
        model.sets, [&](const ConformalSets& sets) { return fmt::format("{}", sets.coverage) == coverage; });
    return found == model.sets.end() ? std::nullopt : std::optional(*found);
}

Json to_json(std::span<const Reading> readings, const std::vector<std::string>& class_names,
             const std::optional<ConformalSets>& sets) {
    Json result = Json::object();
    if (sets) result["coverage"] = sets->coverage;
    result["pictures"] = Json::array();
    for (const Reading& reading : readings) {
        Json json = {{"file", reading.file}};
        if (!reading.error.empty()) {
            json["error"] = reading.error;
        } else {
            json["characters"] = Json::array();
            if (reading.has_ink()) json["characters"].push_back(character_json(reading, class_names));
        }
        result["pictures"].push_back(std::move(json));
    }
    return result;
}

}  // namespace inkling
