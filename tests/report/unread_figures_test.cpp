#include "report/unread_figures.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "toy_data.h"

namespace inkling {
namespace {

/// A network that reads each image as one of four classes, with this probability.
JudgedRun reader(const std::vector<int>& read, float probability) {
    JudgedRun run;
    for (const int label : read)
        for (int c = 0; c < 4; ++c)
            run.evaluation.probabilities.push_back(c == label ? probability : (1 - probability) / 3);
    return run;
}

nlohmann::ordered_json figures(const std::vector<JudgedRun>& runs, const ReportData& data) {
    std::vector<const JudgedRun*> pointers;
    for (const JudgedRun& run : runs) pointers.push_back(&run);
    return unread_figures(pointers, data);
}

/// Images labelled 0 1 2 3 0 1 2 3, as the toy data come.
ReportData eight_images() { return {.folder = {}, .train = {}, .test = toy_dataset(8)}; }

TEST(UnreadFigures, TellWhatNoneReadsFromWhatSomeRead) {
    const ReportData data = eight_images();
    //                                  0: none, alike | 1: none, not alike | 4: one does | 5: one does not
    const auto json = figures({reader({1, 0, 2, 3, 2, 1, 2, 3}, 0.9f), reader({1, 2, 2, 3, 2, 1, 2, 3}, 0.8f),
                               reader({1, 2, 2, 3, 0, 2, 2, 3}, 0.7f)},
                              data);
    EXPECT_EQ(json["networks"], 3);
    EXPECT_EQ(json["images"], 8);
    EXPECT_EQ(json["errors"], 3);
    EXPECT_EQ(json["none"], 2);
    EXPECT_EQ(json["unanimous"], 1);
    EXPECT_EQ(json["to_gain"], 1);
    EXPECT_EQ(json["to_lose"], 1);
    ASSERT_EQ(json["pictures"].size(), 2u);
    EXPECT_EQ(json["pictures"][0]["index"], 0);
    EXPECT_EQ(json["pictures"][0]["label"], data.test.class_names[0]);
    EXPECT_EQ(json["pictures"][0]["read"], data.test.class_names[1]);
    EXPECT_NEAR(json["pictures"][0]["probability"].get<double>(), 0.8, 1e-6);
    EXPECT_EQ(json["pictures"][1]["index"], 1);
    EXPECT_EQ(json["pairs"].size(), 3u);
}

TEST(UnreadFigures, NeedTwoNetworks) {
    EXPECT_TRUE(figures({reader({0, 1, 2, 3, 0, 1, 2, 3}, 0.9f)}, eight_images()).is_null());
}

}  // namespace
}  // namespace inkling
