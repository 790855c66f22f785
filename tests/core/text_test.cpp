#include "core/text.h"

#include <gtest/gtest.h>

#include <string>

namespace inkling {
namespace {

TEST(Text, IsTrimmedOfSpacesAtItsEnds) {
    EXPECT_EQ(trimmed("  a b "), "a b");
    EXPECT_EQ(trimmed("   "), "");
    EXPECT_EQ(trimmed(""), "");
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
