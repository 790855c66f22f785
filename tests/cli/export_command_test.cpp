#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "cli/trained_runs.h"
#include "deploy/onnx/onnx_file.h"
#include "refusal.h"

namespace inkling {
namespace {

class ExportCommand : public TrainedRuns {
  protected:
    /// What --json says of the networks on a page.
    nlohmann::json exported(std::vector<std::string> arguments) const {
        arguments.insert(arguments.begin(), "export");
        for (const char* more : {"--page", "page.html", "--json", "page.json"}) arguments.emplace_back(more);
        const ProgramEnd end = run(arguments);
        EXPECT_EQ(end.status, 0) << end.output;
        return json("page.json")["networks"];
    }
};

TEST_F(ExportCommand, WritesAPageAndSaysWhatSmallerWeightsCost) {
    const ProgramEnd end = run({"export", "a", "--page", "page.html"});
    ASSERT_EQ(end.status, 0) << end.output;
    EXPECT_TRUE(contains(end.output, "toy: weights of 8 bits read "));
    EXPECT_TRUE(contains(end.output, " points to the "));
    EXPECT_TRUE(contains(end.output, "written: page.html, 0.0"));
    EXPECT_TRUE(contains(read_text(folder_ / "page.html"), "<!doctype html>"));
    EXPECT_TRUE(contains(read_text(folder_ / "page.html"), "\"name\":\"toy\""));
}

TEST_F(ExportCommand, MeasuresByTheTestPartThatTheRunRemembers) {
    const auto network = exported({"a", "--weights", "32"}).at(0);
    EXPECT_EQ(network["bits"], 32);
    EXPECT_EQ(network["accuracy"], json("a/metrics.json")["test"]["accuracy"]);
    EXPECT_EQ(network["accuracy"], network["accuracy_before"]);
}

TEST_F(ExportCommand, TakesModelFilesAndMeasuresThemByNamedData) {
    const std::string model = "a/model.safetensors";
    const auto alone = exported({model}).at(0);
    EXPECT_EQ(alone["bits"], 8);
    EXPECT_TRUE(alone["accuracy"].is_null());
    EXPECT_TRUE(contains(alone["untested"], "--data"));
    EXPECT_FALSE(exported({model, "--data", "."}).at(0)["accuracy"].is_null());
}

TEST_F(ExportCommand, LeavesATestPartUnreadThatItsRunLeftUnread) {
    train("held", "2", {"--holdout"});
    EXPECT_TRUE(contains(exported({"held"}).at(0)["untested"], "left the test part unread"));
    EXPECT_FALSE(exported({"held", "--data", "."}).at(0)["accuracy"].is_null());
}

TEST_F(ExportCommand, WorksWhereTheRunsDataAreGone) {
    std::filesystem::remove(folder_ / "emnist-toy-test-images-idx3-ubyte.gz");
    EXPECT_TRUE(contains(exported({"a"}).at(0)["untested"], "toy"));
}

TEST_F(ExportCommand, TellsNetworksOfOneNameApart) {
    const auto networks = exported({"a", "a/model.safetensors"});
    EXPECT_EQ(networks.at(0)["name"], "toy (a)");
    EXPECT_EQ(networks.at(1)["name"], "toy (a/model.safetensors)");
}

TEST_F(ExportCommand, WritesOnnxAndSaysWhatItReadsAndWrites) {
    if (!has_onnx()) GTEST_SKIP() << "built without ONNX";
    const ProgramEnd end = run({"export", "a", "--onnx", "a.onnx", "--bytes", "--json", "onnx.json"});
    ASSERT_EQ(end.status, 0) << end.output;
    EXPECT_TRUE(contains(end.output, "toy: image (N, 1, 28, 28), bytes 0 to 255, to logits (N, "));
    EXPECT_TRUE(contains(end.output, "written: a.onnx, 0.0"));
    EXPECT_EQ(json("onnx.json")["bytes"], std::filesystem::file_size(folder_ / "a.onnx"));
}

TEST_F(ExportCommand, QuantizesOnnxByTrainingImagesAndSaysWhatThatCosts) {
    if (!has_onnx()) GTEST_SKIP() << "built without ONNX";
    const auto quantization = [&](std::vector<std::string> arguments) {
        arguments.insert(arguments.begin(), "export");
        for (const char* more : {"--onnx", "a.onnx", "--quantize", "int8", "--json", "onnx.json"})
            arguments.emplace_back(more);
        const ProgramEnd end = run(arguments);
        EXPECT_EQ(end.status, 0) << end.output;
        return std::pair(end.output, json("onnx.json")["quantization"]);
    };
    const auto [output, by_run] = quantization({"a"});
    EXPECT_TRUE(contains(output, "toy: int8, by 200 training images: it read "));
    EXPECT_TRUE(contains(output, " points to the "));
    EXPECT_EQ(by_run["calibration_images"], 200);
    EXPECT_EQ(by_run["accuracy_before"], json("a/metrics.json")["test"]["accuracy"]);
    EXPECT_NEAR(by_run["accuracy"], by_run["accuracy_before"], 0.02);
    EXPECT_EQ(quantization({"a/model.safetensors", "--data", "."}).second, by_run);
    train("held", "2", {"--holdout"});
    EXPECT_TRUE(contains(quantization({"held"}).second["untested"], "left the test part unread"));
}

TEST_F(ExportCommand, WritesCodeAndSaysWhatItTakes) {
    const ProgramEnd header = run({"export", "a", "--header", "a.h", "--json", "header.json"});
    ASSERT_EQ(header.status, 0) << header.output;
    EXPECT_TRUE(contains(header.output, "toy: weights of 32 bits, 0."));
    EXPECT_TRUE(contains(read_text(folder_ / "a.h"), "inline void predict(const std::uint8_t* image, float* logits)"));
    EXPECT_EQ(json("header.json")["bytes"], std::filesystem::file_size(folder_ / "a.h"));
    const ProgramEnd c = run({"export", "a", "--c", "a.c", "--weights", "8"});
    ASSERT_EQ(c.status, 0) << c.output;
    EXPECT_TRUE(contains(c.output, "toy: weights of 8 bits, 0."));
    EXPECT_TRUE(contains(read_text(folder_ / "a.c"), "typedef signed char Weight;"));
}

TEST_F(ExportCommand, WritesAModuleForPyTorchAndSaysWhatItLoads) {
    const ProgramEnd end = run({"export", "a", "--torch", "a.py"});
    ASSERT_EQ(end.status, 0) << end.output;
    EXPECT_TRUE(contains(end.output, "toy: load(\"a/model.safetensors\") gives the network"));
    EXPECT_TRUE(contains(read_text(folder_ / "a.py"), "class Network(nn.Sequential):"));
}

TEST_F(ExportCommand, WritesACardByTheRunsRecord) {
    const ProgramEnd end = run({"export", "a", "--card", "a.md"});
    ASSERT_EQ(end.status, 0) << end.output;
    const std::string card = read_text(folder_ / "a.md");
    EXPECT_TRUE(contains(card, "# toy\n"));
    const double accuracy = json("a/metrics.json")["test"]["accuracy"];
    EXPECT_TRUE(contains(card, fmt::format("| accuracy | {:.2f}%, 95% interval ", 100 * accuracy)));
    EXPECT_TRUE(contains(card, "part of toy:"));
    train("unread", "2", {"--no-test"});
    ASSERT_EQ(run({"export", "unread", "--card", "unread.md"}).status, 0);
    EXPECT_TRUE(contains(read_text(folder_ / "unread.md"), "It was not tested"));
    const ProgramEnd refused = run({"export", "a/model.safetensors", "--card", "b.md"});
    EXPECT_EQ(refused.status, 2);
    EXPECT_TRUE(contains(refused.output, "expected a run's folder"));
}

TEST_F(ExportCommand, MetadataPointToTheCard) {
    EXPECT_TRUE(contains(read_text(folder_ / "a/model.safetensors"), "inkling export RUN --card FILE.md"));
    if (!has_onnx()) GTEST_SKIP() << "built without ONNX";
    std::filesystem::create_directory(folder_ / "cards");
    ASSERT_EQ(run({"export", "a", "--onnx", "a.onnx", "--card", "cards/a.md"}).status, 0);
    EXPECT_TRUE(contains(read_text(folder_ / "cards/a.md"), "# toy\n"));
    EXPECT_TRUE(contains(read_text(folder_ / "a.onnx"), "cards/a.md"));
    const ProgramEnd refused = run({"export", "a/model.safetensors", "--onnx", "b.onnx", "--card", "b.md"});
    EXPECT_EQ(refused.status, 2);
    EXPECT_TRUE(contains(refused.output, "expected a run's folder"));
    EXPECT_FALSE(std::filesystem::exists(folder_ / "b.onnx"));
}

TEST_F(ExportCommand, SaysWhereABuildHasNoOnnx) {
    if (has_onnx()) GTEST_SKIP() << "built with ONNX";
    const ProgramEnd end = run({"export", "a", "--onnx", "a.onnx", "--quiet"});
    EXPECT_EQ(end.status, 1);
    EXPECT_TRUE(contains(end.output, "a.onnx: this build of the program has no ONNX"));
}

TEST_F(ExportCommand, RefusesWhatIsNoModel) {
    const auto refused = [&](const std::vector<std::string>& arguments, int status, const std::string& message) {
        const ProgramEnd end = run(arguments);
        EXPECT_EQ(end.status, status);
        EXPECT_TRUE(contains(end.output, message));
        EXPECT_EQ(std::count(end.output.begin(), end.output.end(), '\n'), 1) << end.output;
        EXPECT_FALSE(std::filesystem::exists(folder_ / "page.html"));
    };
    std::filesystem::create_directory(folder_ / "empty");
    refused({"export", "none", "--page", "page.html"}, 3, "none: ");
    refused({"export", "empty", "--page", "page.html"}, 3, "empty");
    refused({"export", "toy.toml", "--page", "page.html"}, 3, "toy.toml: ");
    refused({"export", "a"}, 2, "name one and its file");
    refused({"export", "a", "--page", "page.html", "--onnx", "a.onnx"}, 2, "--page and --onnx");
    refused({"export", "a", "--page", "page.html", "--fold"}, 2, "go with --onnx");
    refused({"export", "a", "--onnx", "a.onnx", "--weights", "8"}, 2, "--weights 8 goes with");
    refused({"export", "a", "--c", "a.c", "--quantize", "int8"}, 2, "--quantize go with --onnx, found --c");
    refused({"export", "a", "--onnx", "a.onnx", "--quantize", "int4"}, 2, "--quantize");
    if (has_onnx()) {
        const std::vector<std::string> quantizing = {"export", "a/model.safetensors", "--onnx",
                                                     "a.onnx", "--quantize",          "int8"};
        refused(quantizing, 2, "remembers none; name their folder with --data");
        std::vector<std::string> elsewhere = quantizing;
        elsewhere.insert(elsewhere.end(), {"--data", "empty"});
        refused(elsewhere, 3, "empty");
    }
    refused({"export", "a", "a", "--c", "a.c"}, 2, "--c takes one network, found 2");
    refused({"export", "a", "a", "--onnx", "a.onnx"}, 2, "--onnx takes one network, found 2");
    refused({"export", "a", "--onnx", "none/a.onnx", "--quiet"}, 1, "none/a.onnx: ");
    refused({"export", "a", "--page", "none/page.html", "--quiet"}, 1, "none/page.html: ");
    refused({"export", "a", "--page", "page.html", "--weights", "7"}, 2, "--weights");
}

}  // namespace
}  // namespace inkling
