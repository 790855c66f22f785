#include "study/challenger.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <set>
#include <sstream>

#include "core/config.h"
#include "core/error.h"

namespace inkling {
namespace {

constexpr const char* kNetwork = "network";

std::string text_of(const toml::node& node) {
    std::ostringstream text;
    node.visit([&](const auto& value) {
        text << toml::toml_formatter{value, toml::toml_formatter::default_flags & ~toml::format_flags::indentation};
    });
    std::string line = text.str();
    std::replace(line.begin(), line.end(), '\n', ' ');
    return line;
}

void add_settings(std::vector<std::string>& settings, const std::string& toml, bool network) {
    const toml::table root = toml::parse(toml);
    for (const auto& [section, node] : root) {
        if (!node.is_table() || (section.str() == kNetwork) != network) continue;
        for (const auto& [key, value] : *node.as_table())
            settings.push_back(fmt::format("{}.{}={}", section.str(), key.str(), text_of(value)));
    }
}

bool is_the_studys(const std::string& setting) {
    return setting.starts_with("training.epochs=") || setting.starts_with("training.seed=");
}

/// The keys of [network] that the baseline says and the challenger does not.
std::vector<std::string> left_out(const std::vector<std::string>& baseline,
                                  const std::vector<std::string>& challenger) {
    std::vector<std::string> keys;
    for (const std::string& setting : baseline) {
        const std::string key = setting.substr(0, setting.find('='));
        if (key.starts_with("network.") && std::none_of(challenger.begin(), challenger.end(), [&](const auto& other) {
                return other.starts_with(key + "=");
            }))
            keys.push_back(key);
    }
    return keys;
}

}  // namespace

std::vector<std::string> recipe_settings(const std::string& toml) {
    std::vector<std::string> settings;
    add_settings(settings, toml, true);
    add_settings(settings, to_toml(parse_recipe(toml, "a recipe")), false);
    return settings;
}

Candidate challenger_candidate(const StudyFamily& family) {
    const std::vector<std::string> baseline = recipe_settings(family.baseline);
    const std::vector<std::string> challenger = recipe_settings(family.challenger);
    const std::set<std::string> same(baseline.begin(), baseline.end());
    std::vector<std::string> overrides;
    for (const std::string& setting : challenger)
        if (!same.contains(setting) && !is_the_studys(setting)) overrides.push_back(setting);
    Candidate candidate = candidate_with(family, overrides);

    const Recipe made = make_recipe(family, candidate, family.final_epochs, 0);
    Recipe wanted = parse_recipe(family.challenger, "the challenger");
    wanted.name = made.name;
    wanted.training.epochs = made.training.epochs;
    wanted.training.seed = made.training.seed;
    if (to_toml(made) != to_toml(wanted))
        throw wrong_usage("it says nothing of {}, which the baseline does; write what it shall be",
                          fmt::join(left_out(baseline, challenger), ", "));
    return candidate;
}

}  // namespace inkling
