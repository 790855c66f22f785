#include "deploy/picture_reading.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/path_text.h"

namespace inkling {
namespace {

using Json = nlohmann::ordered_json;

/// How readings are written.
struct Form {
    const Model& model;
    const std::optional<ConformalSets>& sets;
    std::size_t top;
};

Json character_json(const PictureBox& box, const Reading& reading, const Form& form) {
    Json classes = Json::array();
    for (const ReadClass& each : std::span(reading.classes).first(std::min(form.top, reading.classes.size())))
        classes.push_back({{"name", form.model.class_names[each.label]}, {"probability", each.probability}});
    Json json = {{"box", {{"x", box.x}, {"y", box.y}, {"width", box.width}, {"height", box.height}}},
                 {"classes", classes}};
    if (form.sets) {
        json["set"] = Json::array();
        for (const ReadClass& each : set_of(reading.classes, *form.sets))
            json["set"].push_back(form.model.class_names[each.label]);
    }
    if (reading.strangeness) json["is_character"] = *reading.is_character();
    return json;
}

}  // namespace

std::optional<ConformalSets> find_sets(const Model& model, const std::string& coverage) {
    const auto found = std::ranges::find_if(
        model.sets, [&](const ConformalSets& sets) { return fmt::format("{}", sets.coverage) == coverage; });
    return found == model.sets.end() ? std::nullopt : std::optional(*found);
}

Json to_json(std::span<const PictureReading> pictures, const Model& model, const std::optional<ConformalSets>& sets,
             std::size_t top) {
    const Form form{model, sets, top};
    Json result = Json::object();
    if (sets) result["coverage"] = sets->coverage;
    result["pictures"] = Json::array();
    for (const PictureReading& picture : pictures) {
        Json& json = result["pictures"].emplace_back(Json{{"file", path_text(picture.file)}});
        if (!picture.error.empty()) {
            json["error"] = picture.error;
            continue;
        }
        if (picture.page) json["text"] = picture.page->text();
        json["characters"] = Json::array();
        if (picture.reading) json["characters"].push_back(character_json(picture.image.box, *picture.reading, form));
        if (!picture.page) continue;
        for (const std::vector<PageWord>& line : picture.page->lines)
            for (const PageWord& word : line)
                for (const PageCharacter& character : word.characters)
                    json["characters"].push_back(character_json(character.box, character.reading, form));
    }
    return result;
}

}  // namespace inkling
