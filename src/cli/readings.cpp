#include "cli/readings.h"

#include <fmt/ranges.h>

namespace inkling::cli {
namespace {

std::vector<std::string> names_of(const std::vector<ReadClass>& classes, const Model& model) {
    std::vector<std::string> names;
    names.reserve(classes.size());
    for (const ReadClass& each : classes) names.push_back(model.class_names[each.label]);
    return names;
}

}  // namespace

std::string text_of(const PictureReading& picture, const Model& model, int top) {
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

}  // namespace inkling::cli
