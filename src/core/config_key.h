#pragma once

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <cstdint>
#include <string>
#include <type_traits>
#include <variant>
#include <vector>

#include "core/range.h"

namespace inkling {

/// A key of a recipe, and the member of `Spec` that it sets. Listed once, keys are read, checked and written alike
/// (config_keys.h).
template <class Spec>
struct ConfigKey {
    using Pair = std::array<float Spec::*, 2>;
    using Member = std::variant<bool Spec::*, int Spec::*, float Spec::*, double Spec::*, std::uint64_t Spec::*,
                                std::vector<int> Spec::*, Pair>;
    const char* name;
    Member member;
    Range range{0, 0};
    bool required = false;
    const char* in_place_of = nullptr;  // a key that says the same otherwise; holds unless this one's number is 0
};

/// The key's value in `spec` as TOML: "0.9", "[0.9, 0.999]".
template <class Spec>
std::string value_text(const ConfigKey<Spec>& key, const std::type_identity_t<Spec>& spec) {
    const auto text = [&](const auto& member) -> std::string {
        if constexpr (std::is_same_v<decltype(member), const typename ConfigKey<Spec>::Pair&>)
            return fmt::format("[{}, {}]", spec.*member[0], spec.*member[1]);
        else if constexpr (std::is_same_v<decltype(member), std::vector<int> Spec::*const&>)
            return fmt::format("[{}]", fmt::join(spec.*member, ", "));
        else
            return fmt::format("{}", spec.*member);
    };
    return std::visit(text, key.member);
}

/// Calls visit with each number that the key sets in `spec`, for checking against its range; true and false are none.
template <class Spec, class Visit>
void for_each_number(const ConfigKey<Spec>& key, const std::type_identity_t<Spec>& spec, Visit&& visit) {
    const auto read = [&](const auto& member) {
        if constexpr (std::is_same_v<decltype(member), const typename ConfigKey<Spec>::Pair&>) {
            for (const auto part : member) visit(static_cast<double>(spec.*part));
        } else if constexpr (std::is_same_v<decltype(member), std::vector<int> Spec::*const&>) {
            for (const int value : spec.*member) visit(static_cast<double>(value));
        } else if constexpr (!std::is_same_v<decltype(member), bool Spec::*const&>) {
            visit(static_cast<double>(spec.*member));
        }
    };
    std::visit(read, key.member);
}

/// Whether the key holds in `spec`, if it is one that stands in the place of another.
template <class Spec>
bool takes_place(const ConfigKey<Spec>& key, const std::type_identity_t<Spec>& spec) {
    bool holds = false;
    if (key.in_place_of != nullptr) for_each_number(key, spec, [&](double number) { holds = number != 0; });
    return holds;
}

}  // namespace inkling
