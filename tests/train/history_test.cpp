#include "train/history.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "refusal.h"

namespace inkling {
namespace {

const std::string kHeader =
    "epoch,learning_rate,train_loss,train_accuracy,validation_loss,validation_accuracy,seconds,images_per_second\n";

TEST(History, ReadsWhatItWrote) {
    const double none = std::numeric_limits<double>::quiet_NaN();
    const std::vector<EpochRecord> history = {{1, 1e-3, 2.5, 0.25, 2.25, 0.5, 1.5, 1000},
                                              {2, 5e-4, 1, 0.75, none, none, 1, 2000}};
    const std::vector<EpochRecord> read = parse_history(history_csv(history), "history.csv");
    ASSERT_EQ(read.size(), 2u);
    EXPECT_EQ(read[0].epoch, 1);
    EXPECT_EQ(read[0].learning_rate, 1e-3);
    EXPECT_EQ(read[0].validation_accuracy, 0.5);
    EXPECT_EQ(read[1].train_loss, 1);
    EXPECT_TRUE(std::isnan(read[1].validation_loss));
    EXPECT_EQ(read[1].images_per_second, 2000);
    EXPECT_TRUE(parse_history(history_csv({}), "history.csv").empty());
}

TEST(History, IsReadAsASpreadsheetSavesIt) {
    const std::string lines = kHeader + "1,1,1,1,1,1,1,1\n2,1,1,1,,,1,1\n";
    std::string windows = "\xef\xbb\xbf";
    for (const char character : lines) windows += character == '\n' ? "\r\n" : std::string(1, character);
    std::string mac = lines;
    std::replace(mac.begin(), mac.end(), '\n', '\r');
    const std::string unended = lines.substr(0, lines.size() - 1);
    for (const std::string& text : {windows, mac, unended})
        EXPECT_EQ(history_csv(parse_history(text, "history.csv")), lines) << text;
}

TEST(History, RefusesWhatItDidNotWrite) {
    const auto refusal = [](const std::string& csv) {
        return data_refusal([&] { parse_history(csv, "history.csv"); });
    };
    EXPECT_TRUE(contains(refusal(""), "history.csv:1: expected the line \"epoch,"));
    EXPECT_TRUE(contains(refusal("loss\n1\n"), "history.csv:1:"));
    EXPECT_TRUE(contains(refusal(kHeader + "1,1,1,1,1,1,1\n2"), "history.csv:3: \"2\", expected epoch 2"));
    EXPECT_TRUE(contains(refusal(kHeader + "1,1,1,1,1,1,1,1,1\n"), "history.csv:2:"));
    EXPECT_TRUE(
        contains(refusal(kHeader + "1,1,x,1,1,1,1,1\n"), "history.csv:2: \"1,1,x,1,1,1,1,1\", expected epoch 1"));
    EXPECT_TRUE(contains(refusal(kHeader + "2,1,1,1,1,1,1,1\n"), "expected epoch 1"));
}

}  // namespace
}  // namespace inkling
