#include "study/time_left.h"

#include <gtest/gtest.h>

namespace inkling {
namespace {

Outlook of_seconds(double left) { return {.seconds_left = left}; }

TEST(TimeLeft, IsTheForecastsUntilSomethingIsDecided) {
    TimeLeft left;
    EXPECT_EQ(left.expect({}, 1, {}), std::nullopt);
    EXPECT_EQ(left.expect(of_seconds(300), 2, {}), 150);
}

TEST(TimeLeft, GoesByTheRateOfTheLastDecision) {
    TimeLeft left;
    left.expect(of_seconds(400), 1, {});
    const Decision slower{.border = 1, .spent = 200, .expected = 800};
    EXPECT_EQ(left.expect(of_seconds(300), 1, slower), 600);
    EXPECT_EQ(left.expect(of_seconds(100), 1, slower), 200) << "twice the forecast until more is decided";
    const Decision as_forecast{.border = 2, .spent = 500, .expected = 590};
    EXPECT_EQ(left.expect(of_seconds(90), 1, as_forecast), 90);
}

TEST(TimeLeft, TakesNoRateFromADecisionThatAnEarlierProcessMade) {
    TimeLeft left;
    const Decision earlier{.border = 3, .spent = 200, .expected = 900};
    EXPECT_EQ(left.expect(of_seconds(100), 1, earlier), 100);
    EXPECT_EQ(left.expect(of_seconds(80), 1, earlier), 80);
    EXPECT_EQ(left.expect(of_seconds(50), 1, Decision{.border = 4, .spent = 300, .expected = 400}), 100);
}

TEST(TimeLeft, GoesOnWhileTheSameTrainingsRun) {
    TimeLeft left;
    EXPECT_EQ(left.later(3), std::nullopt);
    EXPECT_EQ(left.share_later(0.25, 3), 0.25) << "nothing is known";
    left.expect(of_seconds(40), 1, {});
    EXPECT_EQ(left.later(10), 30);
    EXPECT_DOUBLE_EQ(left.share_later(0.6, 10), 0.7);
    EXPECT_EQ(left.later(50), 0) << "it takes longer than expected";
    EXPECT_EQ(left.share_later(0.6, 50), 1);
}

TEST(TimeLeft, TakesNoRateWhereNothingIsMeasured) {
    TimeLeft left;
    left.expect({}, 1, {});
    const Decision first{.border = 1, .spent = 10, .expected = 100};
    EXPECT_EQ(left.expect({}, 1, first), std::nullopt);
    EXPECT_EQ(left.expect(of_seconds(40), 1, first), 40);
}

}  // namespace
}  // namespace inkling
