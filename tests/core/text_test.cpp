#include "core/text.h"

#include <gtest/gtest.h>

#include "core/config.h"
#include "refusal.h"

namespace inkling {
namespace {

using std::string_literals::operator""s;

TEST(PlainText, DropsAByteOrderMarkAtTheBeginningAlone) {
    EXPECT_EQ(plain_text("\xef\xbb\xbf"
                         "a\n\xef\xbb\xbf",
                         "x"),
              "a\n\xef\xbb\xbf");
    EXPECT_EQ(plain_text("\xef\xbb\xbf", "x"), "");
    EXPECT_EQ(plain_text("\xef\xbb", "x"), "\xef\xbb");
    EXPECT_EQ(plain_text("", "x"), "");
}

TEST(PlainText, HasOneKindOfLineEnd) {
    EXPECT_EQ(plain_text("a\r\nb\rc\nd", "x"), "a\nb\nc\nd");
    EXPECT_EQ(plain_text("\r\r\n\n\r", "x"), "\n\n\n\n");
    EXPECT_EQ(plain_text("a\r\n\r\nb\r", "x"), "a\n\nb\n");
}

TEST(PlainText, SaysWhatToDoAboutWideCharacters) {
    for (const std::string& wide : {"\xff\xfe"
                                    "1\0"s,
                                    "\xfe\xff\0"
                                    "1"s,
                                    "\xff\xfe\0\0"s, "\0\0\xfe\xff"s, "1\0 \0"s,
                                    "\0"
                                    "1\0 "s})
        EXPECT_EQ(data_refusal([&] { plain_text(wide, "m.txt"); }),
                  "m.txt: text in UTF-16 or UTF-32, expected UTF-8; save it anew as UTF-8");
    EXPECT_EQ(plain_text("ab\0"s, "x"), "ab\0"s);
}

TEST(PlainText, LetsRecipesBeReadWhateverWroteThem) {
    const auto value = [](const std::string& text) { return Config::parse(text, "r.toml").integer("b", 0, {0, 9}); };
    for (const char* text : {"\xef\xbb\xbf"
                             "a = 1\r\nb = 2\r\n",
                             "a = 1\rb = 2\r", "a = 1\r\n# note\rb = 2", "b = 2"})
        EXPECT_EQ(value(text), 2) << text;
    EXPECT_EQ(usage_refusal([&] {
                  value(
                      "\xff\xfe"
                      "a\0=\0"s);
              }),
              "r.toml: text in UTF-16 or UTF-32, expected UTF-8; save it anew as UTF-8");
    EXPECT_TRUE(contains(usage_refusal([&] { value("a = 1\r\rb = \r"); }), "r.toml:3: this is not TOML"));
}

TEST(Text, IsTrimmedOfSpacesAtItsEnds) {
    EXPECT_EQ(trimmed("  a b "), "a b");
    EXPECT_EQ(trimmed("   "), "");
    EXPECT_EQ(trimmed(""), "");
}

TEST(Text, IsMadeLowerCaseInAsciiAlone) {
    EXPECT_EQ(lower_case("Train @[`{ AZaz.PNG"), "train @[`{ azaz.png");
    EXPECT_EQ(lower_case("\xc3\x84"), "\xc3\x84");
}

TEST(Text, IsUtf8FromTheFirstCharacterToTheLast) {
    for (const char* text : {"", "plain", "caf\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x96\x8b", "\xf4\x8f\xbf\xbf"})
        EXPECT_TRUE(is_utf8(text)) << text;
}

TEST(Text, IsNoUtf8WhereBytesAreMissingNeedlessOrOutOfRange) {
    for (const char* bytes : {"\xfc", "a\xe4z", "\x80", "\xc3", "\xe2\x82", "\xc3(", "\xc0\xaf", "\xe0\x80\xaf",
                              "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xf8\x88\x80\x80\x80"})
        EXPECT_FALSE(is_utf8(bytes)) << bytes;
}

}  // namespace
}  // namespace inkling
