#include "core/path_text.h"

#include <gtest/gtest.h>

#include "core/text.h"

namespace inkling {
namespace {

TEST(PathText, IsThePathItselfWhereThatIsText) {
    for (const char* path : {"runs/cnn-0", "/data/100% caf\xc3\xa9", "", "a b"}) {
        EXPECT_EQ(path_text(path), path);
        EXPECT_EQ(path_from_text(path), std::filesystem::path(path));
    }
}

TEST(PathText, NamesAnyBytesAndLeadsBackToThem) {
    const std::filesystem::path path = "/data/100% alt\xfc\xe4/x";
    EXPECT_EQ(path_text(path), "file:///data/100%25%20alt%FC%E4/x");
    EXPECT_EQ(path_from_text(path_text(path)), path);
    const std::filesystem::path relative = "alt\xfc";
    EXPECT_TRUE(is_utf8(path_text(relative)));
    EXPECT_EQ(path_from_text(path_text(relative)), std::filesystem::absolute(relative));
}

TEST(PathText, TakesAnUnfinishedEscapeAsItStands) {
    EXPECT_EQ(path_from_text("file:///a%F"), std::filesystem::path("/a%F"));
    EXPECT_EQ(path_from_text("file:///a%zz"), std::filesystem::path("/a%zz"));
}

}  // namespace
}  // namespace inkling
