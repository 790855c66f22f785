#pragma once

#include <algorithm>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "core/config_key.h"

namespace inkling {

// One table a concept. What there are several kinds of - activations, optimizers, schedules, layers - is a variant, and
// each of its structs a row: kName, as recipes and messages call the kind; members for its parameters, with their
// defaults; kKeys, the recipe's keys for them (a struct without members has none). Whatever else is asked of all kinds
// is asked through std::visit, so that a kind that cannot answer does not compile.

/// The keys of a kind, whatever their number.
template <class Kind>
constexpr auto keys_of() {
    if constexpr (requires { Kind::kKeys; }) {
        return std::span(Kind::kKeys);
    } else {
        static_assert(std::is_empty_v<Kind>, "a kind with parameters lists their keys in kKeys");
        return std::span<const ConfigKey<Kind>>();
    }
}

/// Calls visit(kind) for each of a variant's kinds with its defaults, in their order.
template <class Kinds, class Visit>
constexpr void for_each_kind(Visit&& visit) {
    [&]<std::size_t... kIndex>(std::index_sequence<kIndex...>) {
        (visit(std::variant_alternative_t<kIndex, Kinds>{}), ...);
    }
    (std::make_index_sequence<std::variant_size_v<Kinds>>{});
}

/// The names of a variant's kinds, in their order.
template <class Kinds>
std::vector<std::string> kind_names() {
    std::vector<std::string> names;
    for_each_kind<Kinds>([&](const auto& kind) { names.emplace_back(kind.kName); });
    return names;
}

/// The keys of a variant's kinds, each once.
template <class Kinds>
std::vector<std::string> key_names() {
    std::vector<std::string> names;
    for_each_kind<Kinds>([&]<class Kind>(const Kind&) {
        for (const auto& key : keys_of<Kind>())
            if (std::ranges::find(names, key.name) == names.end()) names.emplace_back(key.name);
    });
    return names;
}

/// A variant's index-th kind, with its defaults.
template <class Kinds>
Kinds kind_at(std::size_t index) {
    Kinds result;
    for_each_kind<Kinds>([&](auto kind) {
        if (index-- == 0) result = std::move(kind);
    });
    return result;
}

template <class... Kinds>
const char* name_of(const std::variant<Kinds...>& kinds) {
    return std::visit([](const auto& kind) { return kind.kName; }, kinds);
}

}  // namespace inkling
