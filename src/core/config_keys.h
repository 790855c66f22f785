#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "core/config.h"

namespace inkling {

/// A key of a section, and the member of `Spec` that it sets. Listed once, keys are read, checked and written alike.
template <class Spec>
struct ConfigKey {
    using Pair = std::array<float Spec::*, 2>;
    using Member = std::variant<bool Spec::*, int Spec::*, float Spec::*, double Spec::*, std::uint64_t Spec::*,
                                std::vector<int> Spec::*, Pair>;
    const char* name;
    Member member;
    Range range{0, 0};
    std::uint32_t kinds = ~std::uint32_t{0};  // a bit for each kind of Spec that knows the key
    bool required = false;
};

/// The bits of ConfigKey::kinds.
template <class Kind>
constexpr std::uint32_t kind_bits(std::initializer_list<Kind> kinds) {
    std::uint32_t bits = 0;
    for (const Kind kind : kinds) bits |= std::uint32_t{1} << static_cast<unsigned>(kind);
    return bits;
}

/// What kind of Spec is read, by the value of the key `decider`; `names` has all kinds. The default is for sections of
/// a single kind.
struct ConfigKind {
    std::size_t kind = 0;
    std::span<const std::string> names = {};
    const char* decider = "kind";
};

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

template <class Spec, class Value>
std::string member_text(const Spec& spec, Value Spec::*member) {
    if constexpr (std::is_same_v<Value, std::vector<int>>)
        return fmt::format("[{}]", fmt::join(spec.*member, ", "));
    else
        return fmt::format("{}", spec.*member);
}

template <class Spec>
std::string member_text(const Spec& spec, const typename ConfigKey<Spec>::Pair& pair) {
    return fmt::format("[{}, {}]", spec.*pair[0], spec.*pair[1]);
}

inline bool knows(std::uint32_t kinds, std::size_t kind) { return (kinds >> kind & 1) != 0; }

}  // namespace detail

/// Reads the keys that the kind knows over the values in `spec`, and refuses those that only other kinds know.
template <class Spec>
void read_keys(Config& config, std::span<const ConfigKey<Spec>> keys, Spec& spec, const ConfigKind& kind = {}) {
    for (const ConfigKey<Spec>& key : keys) {
        if (detail::knows(key.kinds, kind.kind)) {
            if (key.required) config.require(key.name);
            std::visit([&](const auto& member) { detail::read_member(config, key, spec, member); }, key.member);
            continue;
        }
        std::vector<std::string> owners;
        for (std::size_t i = 0; i < kind.names.size(); ++i)
            if (detail::knows(key.kinds, i)) owners.push_back(kind.names[i]);
        config.refuse(key.name, kind.decider,
                      fmt::format("is not for {}, only for {}", kind.names[kind.kind], fmt::join(owners, ", ")));
    }
}

/// The keys that the kind knows with the values in `spec`: "momentum = 0.9".
template <class Spec>
std::vector<std::string> write_keys(std::span<const ConfigKey<Spec>> keys, const Spec& spec, std::size_t kind = 0) {
    std::vector<std::string> lines;
    for (const ConfigKey<Spec>& key : keys)
        if (detail::knows(key.kinds, kind))
            lines.push_back(fmt::format(
                "{} = {}", key.name,
                std::visit([&](const auto& member) { return detail::member_text(spec, member); }, key.member)));
    return lines;
}

}  // namespace inkling
