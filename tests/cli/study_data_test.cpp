#include <gtest/gtest.h>

#include "cli/json_file.h"
#include "program.h"
#include "refusal.h"
#include "temporary_folder.h"
#include "toy_data.h"

namespace inkling {
namespace {

constexpr const char* kRecipe = R"(
[network]
family = "mlp"
hidden = [8]
[training]
batch_size = 8
[optimizer]
kind = "adam"
learning_rate = 0.003
)";

constexpr const char* kStudy = R"(
[budgets.quick]
data_fraction = 1
folds = 3
final_seeds = 1
epochs = { mlp = 1 }
final_epochs = { mlp = 12 }
[families.mlp]
baseline = "mlp.toml"
[[techniques]]
name = "activation"
key = "network.activation"
values = ["relu", "tanh"]
)";

/// A study of data that are not as EMNIST's.
class StudyData : public testing::Test {
  protected:
    void SetUp() override {
        write_file(folder_ / "mlp.toml", kRecipe);
        write_file(folder_ / "s.toml", kStudy);
    }

    ProgramEnd study(const std::vector<std::string>& more) const {
        std::vector<std::string> arguments = {"study", "s.toml", "--data", ".", "--out", "out", "--threads", "1"};
        arguments.insert(arguments.end(), more.begin(), more.end());
        return run_program(folder_.path(), arguments);
    }

    nlohmann::json json(const std::string& path) const { return read_json(folder_ / path); }

    TemporaryFolder folder_;
};

TEST_F(StudyData, LackMostOfTheirClasses) {
    // Four of Balanced's 47, and one image of a fifth.
    std::vector<std::uint8_t> train = toy_labels(60);
    std::vector<std::uint8_t> test = toy_labels(20);
    for (auto* labels : {&train, &test})
        for (std::uint8_t& label : *labels) label = static_cast<std::uint8_t>(label + 10);
    train.back() = 45;
    write_part(folder_.path(), "balanced", "train", toy_images(60, 1, true), train);
    write_part(folder_.path(), "balanced", "test", toy_images(20, 2, true), test);
    const ProgramEnd end = study({"--split", "balanced"});
    ASSERT_EQ(end.status, 0) << end.output;
    EXPECT_TRUE(contains(end.output,
                         "note: fewer than 6 images, one for each fold, the fresh ones too, and one to tune by, of r: "
                         "some judge without\n"));
    const auto report = json("out/report.json");
    EXPECT_EQ(report["data"]["classes"].size(), 47u);
    EXPECT_EQ(report["study"]["failed_trainings"], 0);
    // As in scikit-learn, classes that are neither there nor predicted do not count.
    EXPECT_GT(report["models"][0]["test"]["macro_f1"].get<double>(), 0.2) << "4 of 47 are 0.085";
}

TEST_F(StudyData, AreReadAlikeWhereverTheStudyGoesOn) {
    write_part(folder_.path(), "mine", "train", toy_images(60, 1, false), toy_labels(60));
    write_part(folder_.path(), "mine", "test", toy_images(20, 2, false), toy_labels(20));
    const ProgramEnd begun = study({"--split", "mine", "--orientation", "upright"});
    ASSERT_EQ(begun.status, 0) << begun.output;
    const std::string classes =
        "assumed of split mine: its labels, 0 to 3, are the names of its classes, as there is no "
        "emnist-mine-mapping.txt";
    EXPECT_EQ(begun.output.substr(0, begun.output.find('\n')), classes);
    EXPECT_EQ(begun.output.find("assumed", 1), std::string::npos) << "said once";
    EXPECT_EQ(json("out/best/mlp/seed-0/record.json")["data"]["orientation"], "upright");
    const auto models = json("out/report.json")["models"];

    const ProgramEnd turned = study({"--split", "mine", "--orientation", "transposed", "--quiet"});
    EXPECT_EQ(turned.status, 2);
    EXPECT_TRUE(contains(turned.output, "this study reads its images as upright"));
    for (const std::vector<std::string>& again : std::vector<std::vector<std::string>>{
             {"report", "out"}, {"study", "out"}, {"study", "s.toml", "--data", ".", "--out", "out"}}) {
        const ProgramEnd end = run_program(folder_.path(), again);
        ASSERT_EQ(end.status, 0) << end.output;
        EXPECT_EQ(end.output.substr(0, end.output.find('\n')), classes);
        EXPECT_EQ(json("out/report.json")["models"][0]["test"], models[0]["test"]) << again[0];
    }
}

TEST_F(StudyData, HaveTooFewImagesForTheFolds) {
    write_part(folder_.path(), "digits", "train", toy_images(8, 1, true), toy_labels(8));
    write_part(folder_.path(), "digits", "test", toy_images(8, 2, true), toy_labels(8));
    const ProgramEnd end = study({"--split", "digits", "--quiet"});
    EXPECT_EQ(end.status, 3);
    EXPECT_EQ(end.output,
              "inkling: split digits: no class has more than 2 samples, but cross-validation needs one for each of 6 "
              "folds, of which one is to tune by; take a split with more images\n");
    EXPECT_FALSE(std::filesystem::exists(folder_ / "out"));
}

TEST_F(StudyData, HaveOneClassOnly) {
    for (const char* part : {"train", "test"})
        write_part(folder_.path(), "mine", part, toy_images(20, 1, true), std::vector<std::uint8_t>(20, 7));
    const ProgramEnd end = study({"--split", "mine", "--orientation", "transposed", "--quiet"});
    EXPECT_EQ(end.status, 3);
    EXPECT_EQ(
        end.output,
        "inkling: split mine: all images are of one class, 7, but a network needs two or more to tell apart; take "
        "a split with more classes\n");
    EXPECT_FALSE(std::filesystem::exists(folder_ / "out"));
    const ProgramEnd training =
        run_program(folder_.path(), {"train", "mlp.toml", "--data", ".", "--split", "mine", "--out", "run", "--quiet"});
    EXPECT_EQ(training.status, 3);
    EXPECT_EQ(training.output, end.output);
    EXPECT_FALSE(std::filesystem::exists(folder_ / "run"));
}

}  // namespace
}  // namespace inkling
