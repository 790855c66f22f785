#pragma once

#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <variant>
#include <vector>

#include "core/kinds.h"

namespace inkling {

/// Sets a key's member to what a fixture has under its name; leaves it where it has nothing.
template <class Spec>
void set_from_fixture(const ConfigKey<Spec>& key, std::type_identity_t<Spec>& spec, const nlohmann::json& settings) {
    if (!settings.contains(key.name)) return;
    const nlohmann::json& value = settings.at(key.name);
    const auto set = [&](const auto& member) {
        if constexpr (std::is_same_v<decltype(member), const typename ConfigKey<Spec>::Pair&>) {
            spec.*member[0] = value.at(0).template get<float>();
            spec.*member[1] = value.at(1).template get<float>();
        } else {
            value.get_to(spec.*member);
        }
    };
    std::visit(set, key.member);
}

/// The kind called `name`, set up as a fixture that a script of tools/ wrote: its keys are the recipes'.
template <class Kinds>
Kinds fixture_kind(const std::string& name, const nlohmann::json& settings) {
    const std::vector<std::string> names = kind_names<Kinds>();
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (names[i] != name) continue;
        Kinds kinds = kind_at<Kinds>(i);
        std::visit(
            [&]<class Kind>(Kind& kind) {
                for (const auto& key : keys_of<Kind>()) set_from_fixture(key, kind, settings);
            },
            kinds);
        return kinds;
    }
    throw std::invalid_argument("nothing is called " + name);
}

/// The variant's kinds for which no value is among `names`: a fixture's, a test's.
template <class Kinds>
std::vector<std::string> kinds_missing_in(const std::vector<std::string>& names) {
    std::vector<std::string> missing;
    for (const std::string& name : kind_names<Kinds>())
        if (std::find(names.begin(), names.end(), name) == names.end()) missing.push_back(name);
    return missing;
}

}  // namespace inkling
