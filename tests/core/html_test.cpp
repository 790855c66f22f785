#include "core/html.h"

#include <gtest/gtest.h>

namespace inkling {
namespace {

TEST(ScriptHash, IsThatOfTheContentSecurityPolicysStandard) {
    EXPECT_EQ(script_hash("alert('Hello, world.');"), "sha256-qznLcsROx4GACP2dm0UCKCzCG+HiZ1guq6ZZDob/Tng=");
}

TEST(JsonForHtml, HoldsNoMarkup) {
    EXPECT_EQ(json_for_html(R"({"name": "</script><!--"})"), R"({"name": "\u003c/script>\u003c!--"})");
}

TEST(FillPlaces, PutsTextsWhereTheTemplateNamesThem) {
    const auto twice = [](std::string_view place) { return std::string(place) + std::string(place); };
    EXPECT_EQ(fill_places("<p>{{a}}</p>{{bc}}.", twice), "<p>aa</p>bcbc.");
    EXPECT_EQ(fill_places("", twice), "");
}

TEST(FillPlaces, LooksForNoPlacesInWhatItPutsIn) {
    EXPECT_EQ(fill_places("{{a}}", [](std::string_view) { return std::string("{{a}}"); }), "{{a}}");
}

}  // namespace
}  // namespace inkling
