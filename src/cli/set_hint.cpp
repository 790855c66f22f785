#include "cli/set_hint.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>
#include <vector>

#include "train/recipe.h"

namespace inkling::cli {
namespace {

/// As recipes write it: "--label-smoothing" is label_smoothing.
std::string key_name(const std::string& option) {
    std::string name = option.substr(std::min(option.find_first_not_of('-'), option.size()));
    std::replace(name.begin(), name.end(), '-', '_');
    return name;
}

std::string section_of(const std::string& key) { return key.substr(0, key.find('.')); }

}  // namespace

std::string set_hint(const std::string& option, const std::string& value) {
    const std::string name = key_name(option);
    const std::vector<std::string> keys = recipe_keys();
    std::set<std::string> sections;  // that have a key of that very name
    for (const std::string& key : keys)
        if (key.ends_with("." + name)) sections.insert(section_of(key));
    std::vector<std::string> hints;
    for (const std::string& key : keys) {
        const bool longer = key.ends_with("_" + name) && (sections.empty() || sections.contains(section_of(key)));
        if (longer || key.ends_with("." + name) || key == name + ".kind")
            hints.push_back(fmt::format("--set {}={}", key, value));
    }
    return fmt::format("{}", fmt::join(hints, " or "));
}

}  // namespace inkling::cli
