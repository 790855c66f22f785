#include <gtest/gtest.h>

#include <cstdlib>
#include <nlohmann/json.hpp>

#include "cli/json_file.h"
#include "program.h"
#include "refusal.h"
#include "temporary_folder.h"

namespace inkling {
namespace {

using nlohmann::json;

constexpr const char* kNote = "handwriting made by Inkling, not EMNIST";

const std::string kNetwork = R"(
[network]
family = "mlp"
hidden = [4]
[training]
epochs = 1
batch_size = 512
validation_fraction = 0.1
)";

const std::string kStudy = R"(
name = "small"
[budgets.quick]
folds = 2
data_fraction = 0.01
final_seeds = 1
epochs = { mlp = 1 }
final_epochs = { mlp = 1 }
[families.mlp]
baseline = "mlp.toml"
[[techniques]]
name = "activation"
key = "network.activation"
values = ["relu", "tanh"]
)";

/// A machine without EMNIST.
class SyntheticCommand : public testing::Test {
  protected:
    SyntheticCommand() {
        ::unsetenv("INKLING_DATA");
        ::setenv("XDG_CACHE_HOME", (folder_ / "cache").c_str(), 1);
        write_file(folder_ / "mlp.toml", kNetwork);
        write_file(folder_ / "small.toml", kStudy);
    }

    ProgramEnd run(const std::vector<std::string>& arguments) const { return run_program(folder_.path(), arguments); }
    json read(const std::string& name) const { return read_json(folder_ / name); }

    TemporaryFolder folder_;
};

TEST_F(SyntheticCommand, SynthWritesASplitThatEveryCommandReads) {
    const ProgramEnd made = run({"data", "synth", "--train", "94", "--test", "47", "--seed", "3", "--out", "new/made"});
    ASSERT_EQ(made.status, 0) << made.output;
    EXPECT_TRUE(
        contains(made.output, "written to new/made as split synthetic: handwriting made by Inkling, not EMNIST"));
    const ProgramEnd info = run({"data", "info", "--data", "new/made", "--split", "synthetic", "--json", "info.json"});
    ASSERT_EQ(info.status, 0) << info.output;
    const json parts = read("info.json")["splits"][0]["parts"];
    EXPECT_EQ(parts["train"]["class_histogram"], json(std::vector<int>(47, 2)));
    EXPECT_EQ(parts["test"]["class_histogram"], json(std::vector<int>(47, 1)));
    EXPECT_EQ(run({"data", "show", "--data", "new/made", "--split", "synthetic", "--out", "sheet.png"}).status, 0);
}

TEST_F(SyntheticCommand, SynthGivesTheSameBytesOnAnyNumberOfThreads) {
    for (const char* threads : {"1", "3"})
        ASSERT_EQ(
            run({"data", "synth", "--train", "150", "--test", "0", "--threads", threads, "--out", threads}).status, 0);
    const std::string images = "emnist-synthetic-train-images-idx3-ubyte.gz";
    EXPECT_EQ(read_file(folder_ / "1" / images), read_file(folder_ / "3" / images));
    EXPECT_FALSE(std::filesystem::exists(folder_ / "1" / "emnist-synthetic-test-images-idx3-ubyte.gz"));
}

TEST_F(SyntheticCommand, SynthRefusesWhatItCannotDoInOneLine) {
    const auto refused = [&](const std::vector<std::string>& more) {
        std::vector<std::string> arguments = {"data", "synth"};
        arguments.insert(arguments.end(), more.begin(), more.end());
        ProgramEnd end = run(arguments);
        EXPECT_EQ(std::count(end.output.begin(), end.output.end(), '\n'), 1) << end.output;
        return end;
    };
    EXPECT_EQ(refused({"--train", "-1", "--out", "x"}).status, 2);
    EXPECT_EQ(refused({"--train", "10000001", "--out", "x"}).status, 2);
    EXPECT_EQ(refused({"--test", "99999999999999999999999", "--out", "x"}).status, 2);
    EXPECT_EQ(refused({"--seed", "-1", "--out", "x"}).status, 2);
    EXPECT_EQ(refused({"--train", "5"}).status, 2);
    EXPECT_EQ(refused({"--train", "0", "--test", "0", "--out", "x"}).status, 2);
    const ProgramEnd unwritable = refused({"--train", "5", "--test", "0", "--out", "mlp.toml/below"});
    EXPECT_EQ(unwritable.status, 1);
    EXPECT_TRUE(contains(unwritable.output, "mlp.toml/below: cannot make the folder"));
    EXPECT_FALSE(std::filesystem::exists(folder_ / "x"));
}

TEST_F(SyntheticCommand, ShowNeedsNoFolder) {
    const ProgramEnd shown = run({"data", "show", "--split", "synthetic", "--count", "12"});
    ASSERT_EQ(shown.status, 0) << shown.output;
    EXPECT_TRUE(std::filesystem::exists(folder_ / "synthetic-test.png"));
}

TEST_F(SyntheticCommand, CompareMeasuresTwoSplits) {
    ASSERT_EQ(run({"data", "synth", "--train", "0", "--test", "200", "--seed", "8", "--out", "made"}).status, 0);
    for (const auto& file : std::filesystem::directory_iterator(folder_ / "made")) {
        std::string name = file.path().filename();
        std::filesystem::rename(file, file.path().parent_path() / name.replace(7, 9, "mine"));
    }
    const ProgramEnd end = run({"data", "compare", "--data", "made", "--split", "mine", "--json", "compare.json"});
    ASSERT_EQ(end.status, 0) << end.output;
    EXPECT_TRUE(contains(end.output, "picture: mine-synthetic.png"));
    EXPECT_TRUE(std::filesystem::exists(folder_ / "mine-synthetic.png"));
    const json measures = read("compare.json");
    EXPECT_EQ(measures["mine"]["images"], 200);
    EXPECT_EQ(measures["synthetic"]["images"], 9400);
    EXPECT_NEAR(measures["mine"]["ink"]["mean"], measures["synthetic"]["ink"]["mean"], 0.02);
}

TEST_F(SyntheticCommand, TrainAndEvalNeedNoFolderAndRecordWhatTheImagesAre) {
    const ProgramEnd end = run({"train", "mlp.toml", "--split", "synthetic", "--out", "run"});
    ASSERT_EQ(end.status, 0) << end.output;
    EXPECT_TRUE(contains(end.output, "data: split synthetic (handwriting made by Inkling, not EMNIST): 42300 images"));
    const json data = read("run/record.json")["data"];
    EXPECT_EQ(data["split"], "synthetic");
    EXPECT_EQ(data["folder"], "");
    EXPECT_EQ(data["note"], kNote);
    EXPECT_TRUE(data["sha256"].contains("synthetic handwriting, generator 1, seed 0, train part of 47000 images"));
    EXPECT_EQ(read("run/metrics.json")["split"], "synthetic");
    const ProgramEnd judged = run({"eval", "run", "--json", "eval.json"});
    ASSERT_EQ(judged.status, 0) << judged.output;
    EXPECT_EQ(read("eval.json")["accuracy"], read("run/metrics.json")["test"]["accuracy"]);
}

TEST_F(SyntheticCommand, ANamedFolderWithoutTheSplitIsAnError) {
    std::filesystem::create_directory(folder_ / "empty");
    for (const char* command : {"train", "study"}) {
        const ProgramEnd end = run({command, command == std::string("train") ? "mlp.toml" : "small.toml", "--data",
                                    "empty", "--split", "synthetic"});
        EXPECT_EQ(end.status, 3);
        EXPECT_TRUE(contains(end.output, "empty: no files of EMNIST"));
    }
    EXPECT_EQ(run({"study", "small.toml", "--data", "nowhere"}).status, 3);
    EXPECT_EQ(run({"study", "small.toml", "--split", "letters", "--offline"}).status, 3);
    ::setenv("INKLING_DATA", "nowhere", 1);
    EXPECT_EQ(run({"study", "small.toml", "--offline"}).status, 3);
    ::unsetenv("INKLING_DATA");
    EXPECT_FALSE(std::filesystem::exists(folder_ / "studies"));
}

TEST_F(SyntheticCommand, AStudyWithoutEmnistSaysInItsFirstAndLastLinesAndItsRecordsWhatItStudies) {
    const ProgramEnd end = run({"study", "small.toml", "--offline"});
    ASSERT_EQ(end.status, 0) << end.output;
    EXPECT_TRUE(
        end.output.starts_with("synthetic images: handwriting made by Inkling, not EMNIST, because there is none "
                               "here\n  fetching it was ruled out\n"))
        << end.output;
    EXPECT_TRUE(
        end.output.ends_with("\nsynthetic images: handwriting made by Inkling, not EMNIST; nothing above says "
                             "how well EMNIST is read\n"))
        << end.output;
    const std::string study = "studies/small-synthetic-quick";
    const json report = read(study + "/report.json");
    EXPECT_EQ(report["data"]["note"], kNote);
    EXPECT_EQ(report["data"]["split"], "synthetic");
    EXPECT_TRUE(contains(report["data"]["files"].dump(), "synthetic handwriting, generator 1, seed 0"));
    EXPECT_EQ(read(study + "/best/mlp/seed-0/record.json")["data"]["note"], kNote);
    EXPECT_TRUE(contains(read_text(folder_ / study / "report.html"), "id=\"note\""));
    EXPECT_EQ(run({"study", study, "--status"}).status, 0);
}

TEST_F(SyntheticCommand, AQuietStudyWithoutEmnistStillWarnsOfWhatItStudies) {
    const ProgramEnd end = run({"study", "small.toml", "--offline", "--quiet"});
    ASSERT_EQ(end.status, 0) << end.output;
    EXPECT_EQ(end.output,
              "inkling: warning: this study is of handwriting made by Inkling, not EMNIST, because there is none here: "
              "fetching it was ruled out\n");
    // Whoever asks for synthetic images knows.
    EXPECT_EQ(run({"study", "small.toml", "--split", "synthetic", "--out", "asked", "--quiet"}).output, "");
}

}  // namespace
}  // namespace inkling
