#include "report/label_audit.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "data/excluded_images.h"
#include "temporary_folder.h"
#include "toy_data.h"

namespace inkling {
namespace {

/// What a network reads each of eight images as: the last but one as class 1, all others as they are labelled.
Readings toy_readings() {
    std::vector<float> probabilities;
    for (std::size_t image = 0; image < 8; ++image)
        for (std::size_t c = 0; c < kToyClasses; ++c)
            probabilities.push_back(c == (image == 6 ? 1 : image % kToyClasses) ? 0.97f : 0.01f);
    return read_together({probabilities, probabilities});
}

TEST(LabelAudit, ListsDoubtedLabelsAsCsvThatATrainingCanLeaveOut) {
    Dataset data = toy_dataset(8);
    data.class_names = {"0", "\"", ",", "3"};
    const LabelAudit audit = audit_labels(toy_readings(), data, 0.05);
    EXPECT_EQ(doubts_csv(audit, data),
              "image,given,suggested,given_probability,suggested_probability,margin\n"
              "6,\",\",\"\"\"\",0.01000,0.97000,-0.96000\n");
    EXPECT_EQ(parse_excluded_images(doubts_csv(audit, data), "labels.csv", 8), (std::vector<std::uint32_t>{6}));
}

TEST(LabelAudit, TellsMachinesWhatErrorsAre) {
    const Dataset data = toy_dataset(8);
    LabelAudit audit = audit_labels(toy_readings(), data, 0.05);
    audit.networks[0] = {.recipe = "toy", .seed = 3, .accuracy = audit.networks[0].accuracy};
    const nlohmann::ordered_json json = audit_json(audit, data);
    EXPECT_EQ(json["images"], 8);
    EXPECT_EQ(json["accuracy"], 7.0 / 8);
    EXPECT_EQ(json["networks"][0]["seed"], 3);
    EXPECT_EQ(json["networks"][1]["accuracy"], 7.0 / 8);
    EXPECT_EQ(json["listed"], 1);
    ASSERT_EQ(json["pairs"].size(), 1u);
    EXPECT_EQ(json["pairs"][0]["classes"], (std::vector<std::string>{"1", "2"}));
    EXPECT_EQ(json["pairs"][0]["wrong_label"], 1);
    EXPECT_EQ(json["errors"]["all"], 1);
    EXPECT_EQ(json["classes"][2]["listed"], 1);
    EXPECT_EQ(json["classes"][2]["estimated_wrong"], 0.5);
    ASSERT_EQ(json["noise"].size(), 1u);
    EXPECT_EQ(json["noise"][0]["given"], "2");
    EXPECT_EQ(json["noise"][0]["true"], "1");
    EXPECT_EQ(json["noise"][0]["share"], 1.0 / 8);
}

TEST(LabelAudit, DrawsWhatItDoubtsIfThereIsAny) {
    const TemporaryFolder folder;
    const Dataset data = toy_dataset(8);
    EXPECT_EQ(save_audit(folder.path(), audit_labels(toy_readings(), data, 0.05), data).size(), 3u);
    EXPECT_EQ(read_text(folder / "labels.png").substr(0, 8), "\x89PNG\r\n\x1a\n");
    // Another audit in the same folder leaves no picture of the one before.
    EXPECT_EQ(save_audit(folder.path(), audit_labels(toy_readings(), data, 0.005), data).size(), 2u);
    EXPECT_FALSE(std::filesystem::exists(folder / "labels.png"));
}

}  // namespace
}  // namespace inkling
