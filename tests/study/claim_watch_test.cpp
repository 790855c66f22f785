#include "study/claim_watch.h"

#include <gtest/gtest.h>

#include "child_process.h"

namespace inkling {
namespace {

using std::chrono::seconds;

/// A watch whose clock stands still until it is moved.
class ClaimWatchTest : public testing::Test {
  protected:
    bool lost(std::int64_t job, const std::string& claim, std::int64_t sign) {
        AskedOwners asked;
        return watch_.lost(job, claim, sign, asked);
    }

    std::chrono::nanoseconds time_{seconds(1000)};
    ClaimWatch watch_{[this] { return time_; }};
};

TEST_F(ClaimWatchTest, LeavesAClaimToAProcessThatLivesHereHoweverLongItIsSilent) {
    const ChildProcess child;
    child.stop();
    EXPECT_FALSE(lost(1, child.claim(), 5));
    time_ += std::chrono::hours(24 * 365);
    EXPECT_FALSE(lost(1, child.claim(), 5));
    EXPECT_FALSE(lost(1, new_claim(), 5));
}

TEST_F(ClaimWatchTest, TakesAClaimFromAProcessThatHasEndedAtOnce) {
    const std::string claim = dead_claim();
    EXPECT_TRUE(lost(1, claim, 5));
}

TEST_F(ClaimWatchTest, TakesAClaimFromAnotherMachineThatWasSilentWhileItWatched) {
    EXPECT_FALSE(lost(1, kElsewhere, 5));
    time_ += kClaimLifetime;
    EXPECT_FALSE(lost(1, kElsewhere, 5));
    EXPECT_FALSE(lost(2, kElsewhere, 5));  // seen for the first time
    time_ += seconds(1);
    EXPECT_TRUE(lost(1, kElsewhere, 5));
    EXPECT_FALSE(lost(2, kElsewhere, 5));
}

TEST_F(ClaimWatchTest, BeginsAnewWithEachSignOfLifeAndEachClaim) {
    for (const std::int64_t sign : {5, 4, 6}) {  // by a clock that was set back, too
        EXPECT_FALSE(lost(1, kElsewhere, sign));
        time_ += kClaimLifetime + seconds(1);
    }
    EXPECT_FALSE(lost(1, kElsewhere + "#2", 6));
    time_ += kClaimLifetime;
    EXPECT_FALSE(lost(1, kElsewhere + "#2", 6));
    time_ += seconds(1);
    EXPECT_TRUE(lost(1, kElsewhere + "#2", 6));
}

TEST(Clocks, OnlyGoForward) {
    for (const auto& clock : {awake_time, elapsed_time}) {
        const auto before = clock();
        EXPECT_LE(before, clock());
    }
}

}  // namespace
}  // namespace inkling
