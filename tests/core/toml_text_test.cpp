#include "core/toml_text.h"

#include <gtest/gtest.h>

#include "core/config.h"

namespace inkling {
namespace {

std::string read_back(const std::string& toml) {
    return Config::parse("a = " + toml + "\n", "a.toml").string("a", "-");
}

TEST(TomlText, IsReadAsItWas) {
    for (const char* text : {"", "plain", "\"quoted\" \\ back", "two\nlines\n", "\ttab \r \x01 \x7f", "it's '''",
                             "end'", "\nbegins with a break", "\xc3\xa9"}) {
        EXPECT_EQ(read_back(toml_text(text)), text);
        EXPECT_EQ(toml_text(text).find('\n'), std::string::npos);
        EXPECT_EQ(read_back(toml_lines(text)), text);
    }
}

TEST(TomlText, LeavesLinesAsTheyStandWhereTomlCan) {
    EXPECT_EQ(toml_lines("a = \"b\"\nc = 1\n"), "'''\na = \"b\"\nc = 1\n'''");
    EXPECT_EQ(toml_lines("'''\n"), "\"'''\\u000a\"");
}

}  // namespace
}  // namespace inkling
