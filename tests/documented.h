#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

#include "core/files.h"
#include "core/kinds.h"

namespace inkling {

/// The cells of the row on `key` in a section of recipes/README.md, without the key; fails and is empty without one.
inline std::vector<std::string> documented_row(const std::string& section, const std::string& key) {
    std::istringstream lines(read_text(std::string(INKLING_RECIPES) + "/README.md"));
    std::string line;
    while (std::getline(lines, line) && line != "## [" + section + "]") continue;
    while (std::getline(lines, line) && line.rfind("## ", 0) != 0) {
        if (line.rfind("| `" + key + "` |", 0) != 0) continue;
        std::vector<std::string> cells;
        std::istringstream row(line.substr(line.find('|', 1) + 1));
        for (std::string cell; std::getline(row, cell, '|');) cells.push_back(cell);
        return cells;
    }
    ADD_FAILURE() << "recipes/README.md has no row on " << key << " in [" << section << "]";
    return {};
}

/// The row of recipes/README.md on a type of layer: its keys with their ranges and defaults.
inline std::string documented_layer(const std::string& type) {
    std::istringstream lines(read_text(std::string(INKLING_RECIPES) + "/README.md"));
    std::string line;
    while (std::getline(lines, line) && line.rfind("| type | keys", 0) != 0) continue;
    while (std::getline(lines, line) && line.rfind("|", 0) == 0) {
        const std::size_t end = line.find('|', 1);
        if (line.substr(0, end).find("`" + type + "`") != std::string::npos) return line.substr(end + 1) + " ";
    }
    ADD_FAILURE() << "recipes/README.md has no row on layers of type " << type;
    return {};
}

/// Every number in a text, true as 1 and false as 0.
inline std::vector<float> numbers_in(const std::string& text) {
    std::vector<float> numbers;
    const std::regex number(R"(true|false|\b[0-9][0-9.]*(e-?[0-9]+)?)");
    for (std::sregex_iterator at(text.begin(), text.end(), number), end; at != end; ++at)
        numbers.push_back(at->str() == "true" ? 1 : at->str() == "false" ? 0 : std::stof(at->str()));
    return numbers;
}

/// The part of a cell of defaults, "1e-3; nadam 2e-3; adagrad, asgd 1e-2", that is for a kind.
inline std::string default_for(const std::string& cell, const std::string& kind) {
    std::istringstream parts(cell);
    std::string usual, part;
    for (bool first = true; std::getline(parts, part, ';'); first = false) {
        if (std::regex_search(part, std::regex("\\b" + kind + "\\b"))) return part;
        if (first) usual = part;
    }
    return usual;
}

/// Expects a row's type and range to be the key's.
template <class Spec>
void expect_documented_range(const ConfigKey<Spec>& key, const std::string& cell) {
    if (std::holds_alternative<bool Spec::*>(key.member)) {
        EXPECT_EQ(cell, " true or false ") << key.name;
        return;
    }
    std::smatch found;
    // Some are bounded by another key, "0 to `epochs`".
    if (!std::regex_search(cell, found, std::regex("(more than )?[0-9.e]+ to (less than )?[0-9.e]+"))) return;
    EXPECT_EQ(numbers_in(found.str()), numbers_in(key.range.text())) << key.name;
    EXPECT_EQ(found[1].matched, key.range.without_least) << key.name;
    EXPECT_EQ(found[2].matched, key.range.without_most) << key.name;
}

/// Expects recipes/README.md to have, in that section, every kind's name in the row on `decider`, and of every key its
/// range, its default and the kinds that it is for.
template <class Kinds>
void expect_documented(const std::string& section, const std::string& decider) {
    const std::vector<std::string> choices = documented_row(section, decider);
    ASSERT_FALSE(choices.empty());
    for_each_kind<Kinds>([&]<class Kind>(const Kind& kind) {
        SCOPED_TRACE(Kind::kName);
        EXPECT_NE(choices[0].find("\"" + std::string(Kind::kName) + "\""), std::string::npos);
        for (const auto& key : keys_of<Kind>()) {
            const std::vector<std::string> row = documented_row(section, key.name);
            ASSERT_GE(row.size(), 3u);
            expect_documented_range(key, row[0]);
            EXPECT_EQ(numbers_in(default_for(row[1], Kind::kName)), numbers_in(value_text(key, kind))) << key.name;
            EXPECT_TRUE(std::regex_search(row[2], std::regex("\\b" + std::string(Kind::kName) + "\\b"))) << key.name;
        }
    });
}

}  // namespace inkling
