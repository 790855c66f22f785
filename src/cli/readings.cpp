#include "cli/readings.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/path_text.h"

namespace inkling::cli {
namespace {

using Json = nlohmann::ordered_json;

std::vector<std::string> names_of(const std::vector<ReadClass>& classes, const Model& model) {
    std::vector<std::string> names;
    names.reserve(classes.size());
    for (const ReadClass& each : classes) names.push_back(model.class_names[each.label]);
    return names;
}

Json character_json(const PictureBox& box, const Reading& reading, const Model& model,
                    const std::optional<ConformalSets>& sets) {
    Json classes = Json::array();
    for (const ReadClass& each : reading.classes)
        classes.push_back({{"name", model.class_names[each.label]}, {"probability", each.probability}});
    Json json = {{"box", {{"x", box.x}, {"y", box.y}, {"width", box.width}, {"height", box.height}}},
                 {"classes", classes}};
    if (sets) json["set"] = names_of(set_of(reading.classes, *sets), model);
    if (reading.strangeness) json["is_character"] = *reading.is_character();
    return json;
}

}  // namespace

std::string text_of(const ReadPicture& picture, const Model& model, int top) {
    if (!picture.reading) return "no ink";
    std::vector<std::string> parts;
    for (const ReadClass& each : picture.reading->classes) {
        if (parts.size() == static_cast<std::size_t>(top)) break;
        parts.push_back(fmt::format("{} {:.1f}%", model.class_names[each.label], 100 * each.probability));
    }
    const bool is_character = picture.reading->is_character().value_or(true);
    return fmt::format("{}{}", is_character ? "" : "no character, else ", fmt::join(parts, "  "));
}

std::string set_text(const Reading& reading, const Model& model, const std::optional<ConformalSets>& sets) {
    if (!sets) return {};
    return fmt::format("{}", fmt::join(names_of(set_of(reading.classes, *sets), model), " or "));
}

Json to_json(const std::vector<ReadPicture>& pictures, const Model& model, const std::optional<ConformalSets>& sets) {
    Json result = Json::object();
    if (sets) result["coverage"] = sets->coverage;
    result["pictures"] = Json::array();
    for (const ReadPicture& picture : pictures) {
        Json& json = result["pictures"].emplace_back(Json{{"file", path_text(picture.file)}});
        if (!picture.error.empty()) {
            json["error"] = picture.error;
            continue;
        }
        if (picture.page) json["text"] = picture.page->text();
        json["characters"] = Json::array();
        if (picture.reading)
            json["characters"].push_back(character_json(picture.image.box, *picture.reading, model, sets));
        if (!picture.page) continue;
        for (const std::vector<PageWord>& line : picture.page->lines)
            for (const PageWord& word : line)
                for (const PageCharacter& character : word.characters)
                    json["characters"].push_back(character_json(character.box, character.reading, model, sets));
    }
    return result;
}

}  // namespace inkling::cli
