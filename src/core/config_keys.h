#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/config.h"
#include "core/config_key.h"
#include "core/kinds.h"

namespace inkling {

/// Most values in a list of numbers.
inline constexpr std::size_t kMaxListValues = 1024;

namespace detail {

template <class Spec>
void read_member(Config& config, const ConfigKey<Spec>& key, Spec& spec, bool Spec::*member) {
    spec.*member = config.boolean(key.name, spec.*member);
}

template <class Spec, class Integer>
requires std::is_integral_v<Integer>
void read_member(Config& config, const ConfigKey<Spec>& key, Spec& spec, Integer Spec::*member) {
    spec.*member = static_cast<Integer>(config.integer(key.name, static_cast<std::int64_t>(spec.*member), key.range));
}

template <class Spec, class Real>
requires std::is_floating_point_v<Real>
void read_member(Config& config, const ConfigKey<Spec>& key, Spec& spec, Real Spec::*member) {
    spec.*member = static_cast<Real>(config.number(key.name, spec.*member, key.range));
}

template <class Spec>
void read_member(Config& config, const ConfigKey<Spec>& key, Spec& spec, std::vector<int> Spec::*member) {
    spec.*member = config.integers(key.name, spec.*member, key.range, kMaxListValues);
}

template <class Spec>
void read_member(Config& config, const ConfigKey<Spec>& key, Spec& spec, const typename ConfigKey<Spec>::Pair& pair) {
    const auto [first, second] = pair;
    const std::vector<double> values = config.numbers(key.name, {spec.*first, spec.*second}, key.range, 2);
    if (values.size() != 2) throw config.error(key.name, "has another length, expected a list of 2");
    spec.*first = static_cast<float>(values[0]);
    spec.*second = static_cast<float>(values[1]);
}

template <class Spec>
void read_key(Config& config, const ConfigKey<Spec>& key, std::type_identity_t<Spec>& spec) {
    if (key.required) config.require(key.name);
    if (key.in_place_of != nullptr && config.has(key.in_place_of) &&
        !(config.overridden(key.name) && !config.overridden(key.in_place_of))) {
        config.refuse(key.name, key.in_place_of,
                      fmt::format("and {} are both there; take one of them away", key.in_place_of));
        return;
    }
    std::visit([&](const auto& member) { read_member(config, key, spec, member); }, key.member);
}

/// The names of the kinds that know a key.
template <class Kinds>
std::vector<std::string> owners_of(std::string_view name) {
    std::vector<std::string> owners;
    for_each_kind<Kinds>([&]<class Kind>(const Kind&) {
        for (const auto& key : keys_of<Kind>())
            if (key.name == name) owners.emplace_back(Kind::kName);
    });
    return owners;
}

}  // namespace detail

/// Reads each key over the value in `spec`. Of a key and one in its place, that counts which is from an override; two
/// that are written alike are refused.
template <class Keys, class Spec>
void read_keys(Config& config, const Keys& keys, Spec& spec) {
    for (const auto& key : keys) detail::read_key(config, key, spec);
}

/// The keys with the values in `spec`, "momentum = 0.9", of a key and one in its place the one that holds.
template <class Keys, class Spec>
std::vector<std::string> write_keys(const Keys& keys, const Spec& spec) {
    std::vector<std::string> lines;
    lines.reserve(keys.size());
    const auto replaced = [&](const auto& key) {
        if (key.in_place_of != nullptr) return !takes_place(key, spec);
        return std::ranges::any_of(keys, [&](const auto& other) {
            return takes_place(other, spec) && std::string_view(other.in_place_of) == key.name;
        });
    };
    for (const auto& key : keys)
        if (!replaced(key)) lines.push_back(fmt::format("{} = {}", key.name, value_text(key, spec)));
    return lines;
}

/// Chooses one of a variant's kinds by the name under `decider`; `fallback` where there is none.
template <class Kinds>
Kinds choose_kind(Config& config, const char* decider, const Kinds& fallback) {
    return kind_at<Kinds>(config.choice(decider, fallback.index(), kind_names<Kinds>()));
}

/// Reads the chosen kind's keys over its values, and refuses those that only other kinds know. `decider` is the key by
/// which it was chosen.
template <class... Kinds>
void read_kind(Config& config, const char* decider, std::variant<Kinds...>& kinds) {
    std::visit([&]<class Kind>(Kind& kind) { read_keys(config, keys_of<Kind>(), kind); }, kinds);
    const std::string name = name_of(kinds);
    for (const std::string& key : key_names<std::variant<Kinds...>>()) {
        const std::vector<std::string> owners = detail::owners_of<std::variant<Kinds...>>(key);
        if (std::ranges::find(owners, name) == owners.end())
            config.refuse(key, decider, fmt::format("is not for {}, only for {}", name, fmt::join(owners, ", ")));
    }
}

/// The kind's keys with their values.
template <class... Kinds>
std::vector<std::string> write_kind(const std::variant<Kinds...>& kinds) {
    return std::visit([]<class Kind>(const Kind& kind) { return write_keys(keys_of<Kind>(), kind); }, kinds);
}

}  // namespace inkling
