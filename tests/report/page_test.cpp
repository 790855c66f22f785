#include "report/page.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "core/files.h"
#include "refusal.h"
#include "temporary_folder.h"

namespace inkling {
namespace {

using nlohmann::ordered_json;

/// What stands between two texts, the first time.
std::string between(const std::string& text, const std::string& before, const std::string& after) {
    const std::size_t begin = text.find(before) + before.size();
    return text.substr(begin, text.find(after, begin) - begin);
}

std::size_t times(const std::string& text, const std::string& part) {
    std::size_t count = 0;
    for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
    return count;
}

const std::string kFigures = "<script id=\"figures\" type=\"application/json\">";

TEST(ReportPage, CarriesItsFiguresAsTheyAre) {
    const ordered_json figures = {{"kind", "run"}, {"share", 0.1}, {"name", "a \"b\" \\ \u00e9"}};
    EXPECT_EQ(ordered_json::parse(between(report_page(figures), kFigures, "</script>")), figures);
}

TEST(ReportPage, CannotBeLeftByWhatTheFiguresSay) {
    const std::string plain = report_page({{"name", ""}});
    const std::string name = "</script><script>alert(1)</script><!-- <img src=x onerror=alert(1)> {{style}}";
    const std::string page = report_page({{"name", name}});
    for (const char* markup : {"<script", "</script", "<!--", "<img"})
        EXPECT_EQ(times(page, markup), times(plain, markup)) << markup;
    EXPECT_EQ(ordered_json::parse(between(page, kFigures, "</script>"))["name"], name);
}

TEST(ReportPage, AllowsNoScriptButItsOwnAndNoNetwork) {
    const std::string page = report_page(ordered_json::object());
    const std::string policy = between(page, "content=\"default-src", "\"");
    EXPECT_TRUE(contains(policy, "'none'"));
    EXPECT_EQ(times(policy, "'sha256-"), 3u);
    EXPECT_EQ(times(between(policy, "script-src", ";"), "unsafe"), 0u);
    EXPECT_EQ(times(page, "src=\"http"), 0u);
    EXPECT_EQ(times(page, "<link"), 0u);
    EXPECT_EQ(times(page, "{{"), times(between(page, kFigures, "</script>"), "{{"));
}

TEST(ReportPage, LoadsItselfAgainOnlyWhileItsStudyRuns) {
    const auto reloads = [](const nlohmann::ordered_json& figures) {
        return contains(report_page(figures), "http-equiv=\"refresh\"");
    };
    EXPECT_TRUE(reloads({{"unfinished", {{"running", true}}}}));
    EXPECT_FALSE(reloads({{"unfinished", {{"running", false}}}}));
    EXPECT_FALSE(reloads({{"kind", "study"}}));
}

TEST(ReportPage, ReplacesBytesThatAreNoText) {
    const std::string page = report_page({{"name", "a\xff"}});
    EXPECT_EQ(ordered_json::parse(between(page, kFigures, "</script>"))["name"], "a\ufffd");
}

TEST(SaveReport, WritesPageAndFigures) {
    const TemporaryFolder folder;
    ordered_json figures = {{"kind", "run"}, {"share", 0.1}, {"pad", {{"networks", {"weights"}}}}};
    const auto paths = save_report(folder / "new", figures);
    ASSERT_EQ(paths.size(), 2u);
    EXPECT_EQ(read_text(folder / "new" / "report.html"), report_page(figures));
    figures.erase("pad");
    EXPECT_EQ(ordered_json::parse(read_text(folder / "new" / "report.json")), figures);
}

}  // namespace
}  // namespace inkling
