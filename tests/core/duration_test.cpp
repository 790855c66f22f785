#include "core/duration.h"

#include <gtest/gtest.h>

namespace inkling {
namespace {

TEST(Duration, IsReadInHoursMinutesAndSeconds) {
    EXPECT_EQ(parse_duration("90s"), 90);
    EXPECT_EQ(parse_duration("10m"), 600);
    EXPECT_EQ(parse_duration("1h30m"), 5400);
    EXPECT_EQ(parse_duration("2h0m5s"), 7205);
}

TEST(Duration, IsNothingElse) {
    for (const char* text : {"", "10", "m", "30m1h", "1h 30m", "-5m", "1.5h", "9999999h", "99999999999999999999s"})
        EXPECT_EQ(parse_duration(text), std::nullopt) << text;
}

TEST(Duration, IsWrittenAsItIsRead) {
    EXPECT_EQ(duration_text(5400), "1h30m");
    EXPECT_EQ(duration_text(90), "1m30s");
    EXPECT_EQ(duration_text(0.2), "0s");
    for (const double seconds : {60.0, 480.0, 86399.0}) EXPECT_EQ(parse_duration(duration_text(seconds)), seconds);
}

}  // namespace
}  // namespace inkling
