#include "train/environment.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace inkling {
namespace {

TEST(NumericDifference, TellsWhatMakesTheLastDigitsDiffer) {
    const Environment before{.onednn = "2.6", .processor = "a processor", .instruction_set = "x86-64-v4"};
    Environment now = before;
    EXPECT_EQ(numeric_difference(before, now), "");
    now.processor = "another of its kind";
    EXPECT_EQ(numeric_difference(before, now), "");
    now.onednn = "3.2";
    EXPECT_EQ(numeric_difference(before, now), "oneDNN 2.6, now 3.2");
    now.instruction_set = "x86-64-v3";
    EXPECT_EQ(numeric_difference(before, now), "x86-64-v4, now x86-64-v3; oneDNN 2.6, now 3.2");
    EXPECT_EQ(numeric_difference(Environment{}, now), "");
}

TEST(Environment, ComesBackFromItsJson) {
    const Environment here = this_environment("1.2.3");
    EXPECT_EQ(read_environment(to_json(here)), here);
    EXPECT_EQ(here.instruction_set.substr(0, 8), "x86-64-v");
    nlohmann::ordered_json old = to_json(here);
    old.at("machine").erase("instruction_set");
    EXPECT_EQ(read_environment(old).instruction_set, "");
}

}  // namespace
}  // namespace inkling
