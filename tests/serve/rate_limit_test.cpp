#include "serve/rate_limit.h"

#include <gtest/gtest.h>

namespace inkling::serve {
namespace {

using Clock = RateLimit::Clock;

int admitted(RateLimit& limit, const std::string& client, int requests, Clock::time_point now) {
    int count = 0;
    for (int i = 0; i < requests; ++i) count += limit.admits(client, now) ? 1 : 0;
    return count;
}

TEST(RateLimit, AdmitsASecondsRequestsAndThenTheRate) {
    RateLimit limit(10);
    const Clock::time_point begin{};
    EXPECT_EQ(admitted(limit, "a", 50, begin), 10);
    EXPECT_EQ(admitted(limit, "b", 50, begin), 10) << "each client has its own";
    EXPECT_EQ(admitted(limit, "a", 50, begin + std::chrono::milliseconds(450)), 4);
    EXPECT_EQ(admitted(limit, "a", 50, begin + std::chrono::hours(1)), 10);
}

TEST(RateLimit, OfLessThanOneASecondAdmitsOneAtATime) {
    RateLimit limit(0.5);
    const Clock::time_point begin{};
    EXPECT_EQ(admitted(limit, "a", 5, begin), 1);
    EXPECT_EQ(admitted(limit, "a", 5, begin + std::chrono::seconds(1)), 0);
    EXPECT_EQ(admitted(limit, "a", 5, begin + std::chrono::seconds(2)), 1);
}

TEST(RateLimit, WithoutARateAdmitsAll) {
    RateLimit limit(0);
    EXPECT_EQ(admitted(limit, "a", 1000, Clock::time_point{}), 1000);
}

TEST(RateLimit, ForgetsWhoWasQuietAndRefusesMoreClientsThanItKeeps) {
    RateLimit limit(1);
    const Clock::time_point begin{};
    for (std::size_t i = 0; i < RateLimit::kMostClients; ++i) EXPECT_TRUE(limit.admits(std::to_string(i), begin));
    EXPECT_FALSE(limit.admits("one more", begin));
    EXPECT_TRUE(limit.admits("one more", begin + std::chrono::seconds(1)));
}

}  // namespace
}  // namespace inkling::serve
