#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace inkling {

/// What a run's bytes and speed depend on besides its recipe, data, seed and threads.
struct Environment {
    std::string inkling = {};  // versions
    std::string onednn = {};
    std::string compiler = {};
    std::string processor = {};        // its model's name
    std::string instruction_set = {};  // "x86-64-v4"; empty in records older than the choice
    int processors = 0;                // that the system offers

    bool operator==(const Environment&) const = default;
};

/// `version` is the program's.
Environment this_environment(const std::string& version);

/// "x86-64-v4, now x86-64-v3; oneDNN 2.6.0, now 3.2.0": what differs between two environments that makes the last
/// digits of results differ; empty where nothing does, as far as both say.
std::string numeric_difference(const Environment& before, const Environment& now);

/// As it is written everywhere: {"versions": {...}, "machine": {...}}.
nlohmann::ordered_json to_json(const Environment& environment);
/// Throws nlohmann's exceptions where the JSON does not hold one.
Environment read_environment(const nlohmann::ordered_json& json);

}  // namespace inkling
