#include "core/csv.h"

#include <gtest/gtest.h>

#include <vector>

namespace inkling {
namespace {

std::string line(const std::vector<std::string>& fields) { return csv_line(fields); }

TEST(Csv, WritesPlainFieldsAsTheyAre) {
    EXPECT_EQ(line({"a", "", "0.5", " b c ", "ä"}), "a,,0.5, b c ,ä\n");
    EXPECT_EQ(line({"", ""}), ",\n");
    EXPECT_EQ(line({"only"}), "only\n");
}

TEST(Csv, QuotesWhatHasAMeaningInCsv) {
    EXPECT_EQ(line({",", "\"", "a\nb", "a\rb", "x"}), "\",\",\"\"\"\",\"a\nb\",\"a\rb\",x\n");
    EXPECT_EQ(line({"say \"a, b\""}), "\"say \"\"a, b\"\"\"\n");
}

}  // namespace
}  // namespace inkling
